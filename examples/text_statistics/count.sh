#!/bin/sh
# Independent count of the text-statistics job: count.sh FILE1 FILE2 prints the JSON that C8 must equal.
# A number is a maximal run of ASCII digits within one file; grep finds the runs, awk counts them.
set -eu
export LC_ALL=C
for file in "$1" "$2"; do grep -aoE '[0-9]+' "$file" || true; done |
  sed -E 's/^0+([0-9])/\1/' | sort | uniq -c |
  awk '{
    count = $1; value = $2; length_ = length(value)
    total += count
    if (length_ < 3) low += count
    else if (length_ == 3 && substr(value, 1, 1) == "1") middle += count
    else high += count
    if (substr(value, length_) % 2 == 0) even += count; else odd += count
    printf "%d %d %s\n", count, length_, value
  }
  END { printf "T %d %d %d %d %d %d\n", total, low, middle, high, even, odd }' |
  sort -k1,1nr -k2,2n -k3,3 |
  awk '$1 == "T" { t = $0; next } n < 10 { n++; list = list (n > 1 ? "," : "") "{\"value\":\"" $3 "\",\"count\":" $1 "}" }
  END { split(t, f, " ")
    printf "{\"total\":%d,\"below_100\":%d,\"from_100_to_199\":%d,\"from_200\":%d,\"even\":%d,\"odd\":%d,\"most_frequent\":[%s]}\n",
      f[2], f[3], f[4], f[5], f[6], f[7], list }'
