#!/usr/bin/env bash
# The spaces in a world of faults, for as many seeds as wanted; some 25 seeds a second and core.
# Usage: run.sh [--seeds N] [--first N] [--histories N]
#   --seeds      how many (1000); a failing one is printed, and runs alone with --first N --seeds 1
#   --histories  random histories through the fold beside it (1000000)
set -euo pipefail
cd "$(dirname "$0")/../.."
seeds=1000 first=1 histories=1000000
while [ $# -gt 0 ]; do
  case $1 in
    --seeds) seeds=${2:?}; shift 2 ;;
    --first) first=${2:?}; shift 2 ;;
    --histories) histories=${2:?}; shift 2 ;;
    *) echo "run.sh: unknown option $1; see the head of the script" >&2; exit 2 ;;
  esac
done
deploy/install.sh
cmake --preset release >/dev/null
cmake --build --preset release --target simulation_space unit_space | tail -n 1
MORT_HISTORIES=$histories build/release/tests/unit_space --gtest_filter='Fold.*' --gtest_brief=1
MORT_SEEDS=$seeds MORT_FIRST_SEED=$first build/release/tests/simulation_space \
  --gtest_filter='SpaceSimulation.NothingIsLostAndAllAgree' --gtest_brief=1
