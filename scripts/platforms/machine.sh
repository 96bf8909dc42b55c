# shellcheck shell=bash
#
# Machines emulated by qemu with a real Linux kernel: x64 and arm64.
# Sourced after lib.sh. The root file system is a folder, packed as an initrd.

# Creates a root file system with a shell and a Node.
machine_root() { # machine_root <x64|arm64> <folder> <node> <the libraries that it needs...>
  local architecture=$1 root=$2 node=$3
  shift 3
  machine_parts "$architecture"
  rm -rf "$root" && mkdir -p "$root"/{bin,usr/bin,lib,lib64,dev,proc,sys,tmp,node_modules}
  cp "$parts/usr/bin/busybox" "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
  cp -L "$node" "$root/usr/bin/node"
  cp -L "$@" "$root/lib/"
  # Where programs for x64 look for their loader.
  if [[ $architecture == x64 ]]; then cp "$root"/lib/ld-linux* "$root/lib64/"; fi
  cp "$HERE/init" "$root/init"
  chmod +x "$root/init"
}

# Gets the emulator and its kernel. Sets $parts, $emulator and $kernel.
machine_parts() { # machine_parts <x64|arm64>
  local architecture=$1 debian=$1 package=arm
  if [[ $architecture == x64 ]]; then debian=amd64 package=x86; fi
  parts="$CACHE/machine-$architecture"
  emulator="$CACHE/qemu-$architecture"
  debian amd64 "$CACHE/busybox" busybox-static
  debian "$debian" "$parts" busybox-static "linux-image-cloud-$debian=>"
  tools "$emulator" "qemu-system-$package"
  kernel=$(echo "$parts"/boot/vmlinuz-*)
}

# Boots the machine and runs /run, a shell script in the root file system. Prints its output,
# and returns its exit code.
machine_run() { # machine_run <x64|arm64> <folder> <MiB of memory>
  local architecture=$1 root=$2 memory=$3 line code=1 machine
  (cd "$root" && find . | "$CACHE/busybox/usr/bin/busybox" cpio -o -H newc 2>/dev/null) >"$root.img"
  case $architecture in
    x64) machine=(qemu-system-x86_64 -machine q35 -cpu max -append "console=ttyS0 quiet panic=-1") ;;
    arm64) machine=(qemu-system-aarch64 -machine virt -cpu "max,pauth-impdef=on" -append "console=ttyAMA0 quiet panic=-1") ;;
  esac
  while IFS= read -r line; do
    case $line in
      "the machine ends with "*) code=${line##* } ;;
      "["*"reboot: Power down") ;;
      *) printf '%s\n' "$line" ;;
    esac
  done < <(
    with "$emulator" "${machine[@]}" -accel tcg,thread=multi -smp 2 -m "$memory" -kernel "$kernel" -initrd "$root.img" \
      -L "$emulator/usr/share/qemu" -L "$emulator/usr/share/seabios" -nic none -no-reboot -display none -monitor none \
      -serial stdio </dev/null 2>&1 | tr -d '\r'
  )
  rm -f "$root.img"
  return "$code"
}
