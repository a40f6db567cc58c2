#!/usr/bin/env bash
# From nothing to the paper's text-statistics job on three local nodes, checked against an independent count.
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/install.sh
echo "building Mort"
cmake --preset release >/dev/null
cmake --build --preset release --target mort mort-worker mort-analyze | tail -n 1

job=examples/text_statistics
report=$(mktemp)
trap 'rm -f "$report"' EXIT
build/release/bin/mort run "$job/job.yaml" --nodes 3 --set passes=1 --json >"$report"

echo
echo "Topics: samples sent, delivered, lost; payload bytes by way; latency"
jq -r '["TOPIC","SENT","DELIVERED","LOST","MEMORY","NETWORK","P50_us","P99_us"], (.topics[] | [.topic, .sent, .delivered, .lost,
  .paths.memory, .paths.network, .latency_us.p50, .latency_us.p99]) | @tsv' "$report" | column -t
echo
echo "Result (C8):"
jq .results.C8 "$report"

expected=$("$job/count.sh" "$job/data/raw1.txt" "$job/data/raw2.txt")
if [ "$(jq -cS .results.C8 "$report")" = "$(jq -cS . <<<"$expected")" ]; then
  echo "The result equals the independent count by grep and awk."
else
  echo "The result differs from the independent count: $expected" >&2
  exit 1
fi
