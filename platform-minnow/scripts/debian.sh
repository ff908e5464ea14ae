#!/bin/sh
# Makes a disk image with Debian as debootstrap installs it (systemd, login on the serial port), its stock kernel and GRUB in
# its master boot record, and prints the image's path on standard output. Must be run by root, because the packages' scripts
# run in a chroot of the new system; needs neither loop devices nor mounts.
#
#   debian.sh             make it where the cache has none
#   debian.sh --update    make it again
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling. Root has no password. Release and
# mirror are those of the machine's own package sources, which are read and never written; nothing is installed.
# "packages" beside the image lists what is in it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
folder=$cache/debian-disk
image=$folder/debian.img
mebibytes=1500
# The partition starts at sector 2048; GRUB lies between it and the boot record.
first=2048
sector=512
# What GRUB needs to get at its configuration and to start Linux from there.
modules="biosdisk part_msdos ext2 serial terminal normal linux configfile echo ls cat search search_label test boot"
# shellcheck disable=SC2034 # private-apt.sh reads it
architecture=amd64
# shellcheck source=../../flash-images/scripts/private-apt.sh
. "$here/../../flash-images/scripts/private-apt.sh"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "debian.sh: $1"
  exit 1
}

# Debian's release here and the address it comes from.
find_release() {
  # shellcheck source=/dev/null
  [ -r /etc/os-release ] && . /etc/os-release
  [ "${ID:-}" = debian ] && [ -n "${VERSION_CODENAME:-}" ] || fail "this machine is no Debian with a release name"
  mirror=$(cat "$work/apt/sources.list" "$work"/apt/parts/* 2> /dev/null |
    sed -n 's/^URIs:[[:space:]]*//p; s/^deb[[:space:]]\(\[[^]]*\][[:space:]]*\)\{0,1\}\(http[^ ]*\).*/\2/p' |
    grep '/debian/*$' | head -n 1)
  [ -n "$mirror" ] || fail "no Debian mirror in this machine's package sources"
}

fetch_debootstrap() {
  private_apt apt-get update >&2 || say "debian.sh: note: not all package lists could be fetched"
  (cd "$work/download" && private_apt apt-get download debootstrap >&2) || fail "debootstrap cannot be fetched"
  dpkg-deb -x "$work"/download/debootstrap_*.deb "$work/tool"
}

# Before the kernel's package makes its RAM disk: only drivers of disks the board has, loaded at once.
choose_drivers() {
  mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
  echo 'MODULES=list' > "$root/etc/initramfs-tools/conf.d/drivers"
  printf '%s\n' ahci sd_mod xhci_pci usb_storage uas ext4 crc32c_generic > "$root/usr/share/initramfs-tools/modules.d/drivers"
}

install_system() {
  DEBOOTSTRAP_DIR=$work/tool/usr/share/debootstrap "$work/tool/usr/sbin/debootstrap" \
    --include=dbus,linux-image-amd64,grub-pc-bin "$VERSION_CODENAME" "$root" "$mirror" > "$work/log" 2>&1 || {
    tail -n 5 "$work/log" "$root/debootstrap/debootstrap.log" >&2 || true
    fail "debootstrap failed"
  }
}

# The system's own settings: its name, its one disk, root without a password, its boot loader's menu.
settle() {
  echo bitterling > "$root/etc/hostname"
  echo 'LABEL=debian / ext4 rw,noatime 0 1' > "$root/etc/fstab"
  chroot "$root" passwd -d root > /dev/null
  mkdir -p "$root/boot/grub"
  printf '%s\n' 'echo "Debian by GRUB"' 'search --label --set=root debian' \
    'linux /vmlinuz root=LABEL=debian ro console=ttyS0,115200' 'initrd /initrd.img' 'boot' > "$root/boot/grub/grub.cfg"
  chroot "$root" dpkg-query -W > "$work/packages"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
}

# GRUB's two parts as grub-mkimage makes them: the boot record loads the rest from sector 1, which is where it is put.
make_loader() {
  printf '%s\n' 'serial --unit=0 --speed=115200' 'terminal_input serial' 'terminal_output serial' \
    'search --label --set=root debian' 'set prefix=($root)/boot/grub' > "$root/tmp/early.cfg"
  # shellcheck disable=SC2086 # a list of modules
  chroot "$root" grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -c /tmp/early.cfg -o /tmp/core.img $modules ||
    fail "grub-mkimage fails in the new system"
  mv "$root/tmp/core.img" "$work/core.img"
  cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot.img"
  rm "$root/tmp/early.cfg"
  [ "$(stat -c %s "$work/core.img")" -le $(((first - 1) * sector)) ] || fail "GRUB does not fit before the partition"
}

# little_endian N: 32 bits.
little_endian() {
  for shift in 0 8 16 24; do
    # shellcheck disable=SC2059 # the format is what is made
    printf "\\$(printf '%03o' $(($1 >> shift & 255)))"
  done
}

# partition FIRST SECTORS: a boot record from its first partition entry to its signature; one Linux partition, active.
partition() {
  printf '\200\376\377\377\203\376\377\377'
  little_endian "$1"
  little_endian "$2"
  head -c 48 /dev/zero
  printf '\125\252'
}

make_image() {
  truncate -s "${mebibytes}M" "$work/debian.img"
  dd if="$work/boot.img" of="$work/debian.img" bs=440 count=1 conv=notrunc status=none
  partition "$first" $((mebibytes * 2048 - first)) | dd of="$work/debian.img" bs=1 seek=446 conv=notrunc status=none
  dd if="$work/core.img" of="$work/debian.img" bs=$sector seek=1 conv=notrunc status=none
  mke2fs -q -F -t ext4 -L debian -d "$root" -E offset=$((first * sector)) "$work/debian.img" \
    "$((mebibytes * 1024 - first * sector / 1024))k" || fail "mke2fs cannot make the file system"
  mv "$work/packages" "$folder/packages"
  mv "$work/debian.img" "$image"
}

case ${1:-} in
  '' | --update) ;;
  *)
    say "debian.sh: unknown argument $1; expected --update"
    exit 2
    ;;
esac
for tool in dpkg-deb mke2fs chroot; do
  command -v "$tool" > /dev/null || fail "missing: $tool; install with: apt-get install dpkg e2fsprogs coreutils"
done
mkdir -p "$folder"
if [ -n "${1:-}" ] || [ ! -s "$image" ]; then
  [ "$(id -u)" = 0 ] || fail "only root can make it (chroot)"
  work=$(mktemp -d "$folder/work.XXXXXX")
  root=$work/root
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  umask 022
  apt_sources deb
  find_release
  say "debian.sh: making $VERSION_CODENAME from $mirror; this takes some minutes"
  fetch_debootstrap
  choose_drivers
  install_system
  settle
  make_loader
  make_image
fi
printf '%s\n' "$image"
