#!/usr/bin/env bash
# The README's commands on a bare Debian 12, so that nothing once installed by hand hides a missing package.
# Usage: fresh.sh [--only demo|test] [--ccache FOLDER] [--folder FOLDER] [--keep]
#   --only     one of the two commands; else deploy/demo.sh, then deploy/test.sh
#   --ccache   a compiler cache of this machine, only read
#   --folder   where the system is made (some 10 GB); else in $TMPDIR or /tmp
#   --keep     leaves it there
# Takes what is committed, not the work tree. Needs root, and apt of a Debian 12 machine: the new system takes its
# sources and its proxy. The mounts and the processes are in namespaces of their own, and end with this script whatever
# ends it; SIGKILL leaves the folder.
set -euo pipefail

only=
cache=
place=${TMPDIR:-/tmp}
keep=
while [ $# -gt 0 ]; do
  case $1 in
    --only) only=${2:?--only demo or --only test}; shift 2 ;;
    --ccache) cache=$(realpath -e "${2:?--ccache needs a folder}"); shift 2 ;;
    --folder) place=${2:?--folder needs a folder}; shift 2 ;;
    --keep) keep=yes; shift ;;
    *) echo "fresh.sh: unknown option $1; see the head of the script" >&2; exit 2 ;;
  esac
done
case $only in "") steps="demo test" ;; demo | test) steps=$only ;; *) echo "fresh.sh: --only demo or --only test" >&2; exit 2 ;; esac
[ "$(id -u)" -eq 0 ] || { echo "fresh.sh: needs root, for a root file system of its own" >&2; exit 1; }

# --- inside the namespaces ---
if [ -n "${FRESH_ROOT:-}" ]; then
  root=$FRESH_ROOT
  debootstrap --variant=minbase --include=sudo "$FRESH_RELEASE" "$root" "$FRESH_MIRROR" >"$root.log" 2>&1 ||
    { cat "$root.log" >&2; exit 1; }

  rm -f "$root/etc/apt/sources.list"
  printf '%s\n' "$FRESH_SOURCES" >"$root/etc/apt/sources.list.d/machine.list"
  [ -z "$FRESH_PROXY" ] || printf 'Acquire::http::Proxy "%s";\n' "$FRESH_PROXY" >"$root/etc/apt/apt.conf.d/90proxy"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  cp /etc/hostname "$root/etc/" 2>/dev/null || true

  chroot "$root" useradd --create-home --shell /bin/bash user
  echo 'user ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/user"
  mv "$FRESH_CLONE" "$root/home/user/mort"
  chroot "$root" chown -R user:user /home/user

  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=1777 shm "$root/dev/shm"

  environment=(HOME=/home/user USER=user LOGNAME=user LANG=C.UTF-8 "TERM=${TERM:-dumb}"
    PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin)
  if [ -n "$cache" ]; then
    mkdir "$root/ccache"
    mount --bind "$cache" "$root/ccache"
    mount -o remount,bind,ro "$root/ccache"
    # What is not in the cache is compiled.
    environment+=(CCACHE_DIR=/ccache CCACHE_READONLY=1 CCACHE_TEMPDIR=/tmp/ccache)
  fi
  as_user() { chroot --userspec=user:user "$root" env -i "${environment[@]}" bash -c "cd ~/mort && $1" </dev/null; }

  echo "== deploy/install.sh"
  as_user deploy/install.sh
  # The packages are there; from now on there is no network but loopback, and no DDS program beside.
  exec unshare --net bash -euo pipefail -c '
    root=$1; steps=$2; shift 2
    chroot "$root" ip link set lo up multicast on
    chroot "$root" ip route add 239.0.0.0/8 dev lo
    for step in $steps; do
      echo "== deploy/$step.sh"
      chroot --userspec=user:user "$root" env -i "$@" bash -c "cd ~/mort && deploy/$step.sh" </dev/null
      echo "== deploy/$step.sh passed"
    done' fresh "$root" "$steps" "${environment[@]}"
fi

# --- outside ---
repository=$(realpath "$(dirname "$0")/..")
release=bookworm
command -v debootstrap >/dev/null ||
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null; }

sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
  grep -E " $release(-updates|-security)? " | sort -u || true)
mirror=$(awk -v release="$release" '$3 == release { print $2; exit }' <<<"$sources")
[ -n "$mirror" ] || { echo "fresh.sh: apt of this machine has no source of Debian 12; after apt-get update?" >&2; exit 1; }
eval "$(apt-config shell proxy Acquire::http::Proxy)"
proxy=${proxy:-${http_proxy:-}}

work=$(mktemp -d "$place/mort-fresh-XXXXXX")
inside=
remove() {
  [ -z "$inside" ] || { kill -KILL "$inside" && wait "$inside"; } 2>/dev/null || true
  if [ -n "$keep" ]; then echo "kept: $work"; else rm -rf --one-file-system "$work"; fi
}
trap remove EXIT
trap 'echo "fresh.sh: ended by a signal" >&2; exit 130' INT TERM HUP
mkdir "$work/root"
git clone -q --no-checkout "$repository" "$work/clone"
git -C "$work/clone" checkout -q --detach "$(git -C "$repository" rev-parse HEAD)"
git -C "$repository" diff --quiet HEAD || echo "fresh.sh: takes what is committed; the work tree has other changes" >&2

export FRESH_ROOT=$work/root FRESH_CLONE=$work/clone FRESH_RELEASE=$release FRESH_MIRROR=$mirror FRESH_SOURCES=$sources FRESH_PROXY=$proxy
[ -z "$proxy" ] || export http_proxy=$proxy
# Whatever ends this script ends what is inside.
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation private \
  bash "$0" ${only:+--only "$only"} ${cache:+--ccache "$cache"} &
inside=$!
code=0
wait "$inside" || code=$?
inside=
[ "$code" -le 128 ] || echo "fresh.sh: what ran inside was killed by signal $((code - 128))" >&2
exit "$code"
