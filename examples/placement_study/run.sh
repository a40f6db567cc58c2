#!/usr/bin/env bash
# The paper's experiments: builds the study, runs it, draws figures 11 to 13 and writes report.md.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: examples/placement_study/run.sh [--seeds N] [--out DIR] [--trace CSV] [--quick]
  --seeds N    instances for each point of a figure (default 10)
  --out DIR    folder for results.csv, report.md and the figures (default build/placement_study)
  --trace CSV  shapes of jobs from a batch_task.csv of the Alibaba cluster trace v2018
  --quick      2 seeds, every second point, short searches: to see that it runs
EOF
}
refuse() { echo "run.sh: $1" >&2; usage >&2; exit 2; }

here=$(pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
seeds=10 out=$root/build/placement_study trace="" quick=() budget_ms=50 best_ms=2000
given_seeds=""
while [ $# -gt 0 ]; do
  case $1 in
    --seeds|--out|--trace) [ $# -ge 2 ] || refuse "$1 needs a value" ;;&
    --seeds) given_seeds=$2; shift 2 ;;
    --out) out=$(realpath -m -- "$2"); shift 2 ;;
    --trace) trace=$(realpath -m -- "$2"); shift 2 ;;
    --quick) quick=(--quick); seeds=2 budget_ms=20 best_ms=200; shift ;;
    -h|--help) usage; exit 0 ;;
    *) refuse "unknown option $1" ;;
  esac
done
seeds=${given_seeds:-$seeds}
[[ $seeds =~ ^[1-9][0-9]{0,2}$ ]] || refuse "--seeds must be 1 to 999"
[ -z "$trace" ] || [ -r "$trace" ] || refuse "$trace cannot be read"
for need in cmake:cmake ninja:ninja-build gnuplot:gnuplot-nox python3:python3; do
  command -v "${need%%:*}" >/dev/null || { echo "run.sh: ${need%%:*} is missing; deploy/install.sh" \
    "installs it, or: apt-get install ${need##*:}" >&2; exit 1; }
done

cd "$root"
[ -f build/release/CMakeCache.txt ] || cmake --preset release >/dev/null
cmake --build --preset release --target placement_study | tail -n 1
mkdir -p "$out"
shapes="the counts of the Alibaba trace v2018"
arguments=(--seeds "$seeds" --budget-ms "$budget_ms" --best-ms "$best_ms" "${quick[@]}")
[ -z "$trace" ] || { arguments+=(--trace "$trace"); shapes=$(basename "$trace"); }
build/release/bin/placement_study run --out "$out/results.csv" "${arguments[@]}"
python3 examples/placement_study/report.py "$out/results.csv" "$out" --budget-ms "$budget_ms" \
  --best-ms "$best_ms" --shapes "$shapes"
(cd "$out" && gnuplot figures.gp)
sed -n '/^## The paper/,/^## All/p' "$out/report.md" | sed '$d'
cd "$here"
echo "written to $out: results.csv, report.md, $(cd "$out" && echo figure1[123].svg figure1[123].png)"
