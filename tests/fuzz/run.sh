#!/usr/bin/env bash
# Builds the fuzz targets (preset `fuzz`: clang 14, libFuzzer, ASan and UBSan) and runs each, one after the other.
#   tests/fuzz/run.sh [--seconds N] [target ...]      N is for each target, 60 by default
#   tests/fuzz/run.sh analyzer [--seconds N]          random task programs: what the analyzer reads is what they register
# What is learnt stays in build/fuzz/corpus. A fault ends the run: its input is kept in build/fuzz, and its path printed.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=60
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=${2:?"--seconds wants a number"}; shift 2 ;;
    -h|--help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
    -*) echo "run.sh: unknown option $1; use --seconds N" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || targets=(instance plan job task_graph manifest message)

# The analyzer is compared with what programs do when they run: another build, and no libFuzzer.
rest=()
for target in "${targets[@]}"; do
  if [ "$target" != analyzer ]; then
    rest+=("$target")
    continue
  fi
  cmake --preset release >/dev/null
  cmake --build --preset release --target mort-analyze analyzer_oracle | tail -n 1
  printf 'analyzer: '
  python3 tests/fuzz/analyzer_programs.py --build build/release --seconds "$seconds"
done
[ ${#rest[@]} -gt 0 ] || exit 0
targets=("${rest[@]}")

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz | tail -n 1
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target
  mkdir -p "$corpus"
  seeds=(tests/data/fuzz/"$target")
  [ "$target" = instance ] && seeds+=(tests/data/instances)
  printf '%s: ' "$target"
  log=build/fuzz/$target.log
  if ! build/fuzz/fuzz/"${target}"_fuzz -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
      -use_value_profile=1 -print_final_stats=1 -artifact_prefix=build/fuzz/"$target"- "$corpus" "${seeds[@]}" \
      >"$log" 2>&1; then
    echo "a fault:"
    grep -E 'ERROR|SUMMARY|runtime error|check failed|Test unit written' "$log" >&2 || tail -n 20 "$log" >&2
    exit 1
  fi
  awk '/stat::number_of_executed_units/ {runs = $2} /stat::new_units_added/ {new = $2} /cov:/ {for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1)}
       /stat::peak_rss_mb/ {rss = $2} END {printf "%d runs, %d new inputs, coverage %d, %d MB\n", runs, new, cov, rss}' "$log"
done
