#!/usr/bin/env bash
# Runs a job at full rate on two local nodes and watches the memory of its workers: it must not grow, every
# message must be accounted for, and slow readers must not hold back who does not wait for them.
set -euo pipefail
case ${1:-} in
  -h|--help) echo "usage: tests/soak/run.sh [SECONDS]   (default 600)"; exit 0 ;;
esac
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target mort mort-worker mort-analyze mort_task | tail -n 1
exec python3 tests/soak/watch.py build/release/bin/mort tests/soak/job.yaml "${1:-600}"
