#!/usr/bin/env bash
#
# Runs a Node program with seep in a control group (version 2) with a memory
# limit and memory.oom.group=1, as Kubernetes sets it: at the limit the kernel
# ends all of the group, not only seep's child. In an emulated machine with a
# kernel of its own, as not every machine has cgroup v2 and leave to use it.
#
#   scripts/platforms/cgroup.sh --limit 300 [--checkout FOLDER] [--memory 4096] [--node NODE] PROGRAM [ARGUMENT...]
#
#   --limit     MiB that the group may use
#   --checkout  a seep with a built native part; this one by default
#   --memory    MiB of the machine
#   --node      the Node that runs it; the one on the PATH by default
#
# PROGRAM is one file; require('seep') finds seep. Variables of the environment
# named SEEP_* and those named in GUEST_ENV are passed on. Prints what the
# program prints, then its exit code (137: killed), the most memory that the
# group had, and the counts of its memory.events. Exits with the program's code.

source "$(dirname "$0")/lib.sh"
source "$HERE/machine.sh"

[[ $(uname -sm) == "Linux x86_64" ]] || skip "it is for Linux x64"

limit="" checkout=$PWD memory=4096 node=$(command -v node)
cd "$OLDPWD"
while [[ ${1:-} == --* ]]; do
  case $1 in
    --limit) limit=$2 ;;
    --checkout) checkout=$(realpath "$2") ;;
    --memory) memory=$2 ;;
    --node) node=$(realpath "$2") ;;
    *) echo "unknown option $1" >&2 && exit 2 ;;
  esac
  shift 2
done
[[ -n $limit && $# -gt 0 ]] || { echo "expected --limit MIB and a program" >&2 && exit 2; }
program=$(realpath "$1")
shift

root=$(mktemp -d)
trap 'rm -rf "$root" "$root.img"' EXIT
# shellcheck disable=SC2046
machine_root x64 "$root" "$node" $(ldd "$node" | grep -o '/[^ ]*')
stage "$checkout" "$root/node_modules/seep"
cp "$program" "$root/"
{
  for name in $(compgen -e | grep '^SEEP_' || true) ${GUEST_ENV:-}; do printf 'export %s=%q\n' "$name" "${!name}"; done
  printf 'limit=%sM\nset -- %s\n' "$limit" "$(printf '%q ' "/$(basename "$program")" "$@")"
  cat "$HERE/in-cgroup"
} >"$root/run"
machine_run x64 "$root" "$memory"
