#!/usr/bin/env bash
# Builds and runs the benchmarks, prints their table and writes it as JSON. Goals that are missed are
# marked; the exit code tells only whether everything could be measured.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: tests/benchmark/run.sh [--only WORD] [--json OUT]
  --only WORD  only the programs with this word in their name: placement, analyzer, scheduler,
               worker, dds, idle, fleet
  --json OUT   file for the rows (default build/benchmark.json)
EOF
}
refuse() { echo "run.sh: $1" >&2; usage >&2; exit 2; }

root=$(cd "$(dirname "$0")/../.." && pwd)
only="" json=$root/build/benchmark.json
while [ $# -gt 0 ]; do
  case $1 in
    --only|--json) [ $# -ge 2 ] || refuse "$1 needs a value" ;;&
    --only) only=$2; shift 2 ;;
    --json) json=$(realpath -m -- "$2"); shift 2 ;;
    -h|--help) usage; exit 0 ;;
    *) refuse "unknown option $1" ;;
  esac
done
for need in cmake:cmake ninja:ninja-build python3:python3; do
  command -v "${need%%:*}" >/dev/null ||
    { echo "run.sh: ${need%%:*} is missing; to install: apt-get install ${need##*:}" >&2; exit 1; }
done

cd "$root"
programs=()
for source in tests/benchmark/*_benchmark.cpp; do
  program=$(basename "$source" .cpp)
  [[ $program == *"$only"* ]] && programs+=("$program")
done
if [ ${#programs[@]} -eq 0 ]; then
  refuse "no program has \"$only\" in its name: $(cd tests/benchmark && echo *_benchmark.cpp)"
fi
if [[ " ${programs[*]} " == *" analyzer_benchmark "* && ! -d /usr/include/eigen3 ]]; then
  echo "run.sh: the sources of analyzer_benchmark include Eigen; to install: apt-get install libeigen3-dev" >&2
  exit 1
fi
if [[ " ${programs[*]} " == *" worker_benchmark "* && ! -d /usr/include/boost/fiber ]]; then
  echo "run.sh: Boost.Fiber, a peer, is missing; to install: apt-get install libboost-fiber-dev" >&2
  exit 1
fi
if ! configured=$(cmake --preset release -DMORT_BENCHMARKS=ON 2>&1); then
  echo "$configured" >&2
  grep -q 'benchmarkConfig.cmake' <<<"$configured" &&
    echo "run.sh: Google Benchmark is missing; to install: apt-get install libbenchmark-dev" >&2
  exit 1
fi
cmake --build --preset release --target "${programs[@]}" | tail -n 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/samples"
for program in "${programs[@]}"; do
  echo "$program:" >&2
  options=(--rows "$work/$program.jsonl")
  case $program in scheduler_benchmark|worker_benchmark|dds_benchmark|fleet_benchmark) options+=(--samples "$work/samples") ;; esac
  "build/release/benchmark/$program" "${options[@]}"
done
mkdir -p "$(dirname "$json")"
python3 tests/benchmark/table.py "$json" "$work"/*.jsonl
echo "written to $json"
if [ -n "$(ls "$work/samples")" ]; then
  if command -v gnuplot >/dev/null; then
    python3 tests/benchmark/draw.py "$work/samples" "${json%.json}"
  else
    echo "run.sh: no pictures of the distributions without gnuplot; to install: apt-get install gnuplot-nox" >&2
  fi
fi
