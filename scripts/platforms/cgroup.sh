#!/usr/bin/env bash
#
# Runs a Node program with seep in a control group (version 2) with a memory
# limit and memory.oom.group=1, as in Kubernetes: at the limit, the kernel kills the whole
# group, not only seep's child. Uses an emulated machine, because not every machine has
# cgroup v2 and permission to use it.
#
#   scripts/platforms/cgroup.sh --limit 300 [--checkout FOLDER] [--memory 4096] [--node NODE] PROGRAM [ARGUMENT...]
#
#   --limit     memory limit of the group, in MiB
#   --checkout  checkout of seep with a built native part; default: this one
#   --memory    memory of the machine, in MiB
#   --node      Node to use; default: the one on the PATH
#
# PROGRAM is a single file; require('seep') finds seep. Passes on SEEP_* variables and those
# listed in GUEST_ENV. Prints the program's output, its exit code (137: killed), the peak
# memory of the group, and its memory.events. Exits with the program's exit code.

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
