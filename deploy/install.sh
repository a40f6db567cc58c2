#!/usr/bin/env bash
# Installs what Mort needs to be built, tested and run, from Debian 12 packages. Run by demo.sh and test.sh;
# does nothing when all is there. Needs root, or sudo.
set -euo pipefail

packages=(
  # build
  g++ cmake ninja-build ccache pkg-config ca-certificates git
  # libraries
  libfastrtps-dev libfastcdr-dev libboost-context-dev libyaml-cpp-dev libspdlog-dev nlohmann-json3-dev
  libsqlite3-dev libssl-dev libcpp-httplib-dev libexpected-dev libcli11-dev libarchive-dev
  # optimal plans
  coinor-libcbc-dev
  # analyzer
  libclang-14-dev llvm-14-dev clang-14
  # fuzz targets
  libclang-rt-14-dev
  # tests and demo
  libgtest-dev libgmock-dev fastddsgen cyclonedds-dev cyclonedds-tools jq bsdextrautils util-linux iproute2 python3 procps graphviz
  # benchmarks
  gnuplot-nox
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
