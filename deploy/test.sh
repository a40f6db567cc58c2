#!/usr/bin/env bash
# Installs, builds and runs all tests: once optimised with assertions, then unit and component tests under ASan and UBSan.
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/install.sh
cmake --preset asan >/dev/null
cmake --preset release >/dev/null
cmake --build --preset asan --target tests_unit tests_component | tail -n 1
ctest --preset asan
cmake --build --preset release | tail -n 1
ctest --preset release
