#!/bin/sh
# Makes a disk image with a small complete Debian (systemd, login on the serial port) with debootstrap, and prints its
# path on standard output. Must be run by root: the packages' scripts run in a chroot of the new system. It has no kernel:
# linux.sh has one, and its initial RAM disk goes on to this disk with "init.root=/dev/sda" (docs/linux.md).
#
#   debian.sh             make it where the cache has none
#   debian.sh --update    make it again
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling. Root has no password. Release and
# mirror are those of the machine's own package sources. Nothing is installed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
folder=$cache/debian
image=$folder/debian.img
size=640M
# shellcheck disable=SC2034 # private-apt.sh reads it
architecture=amd64
. "$here/../../flash-images/scripts/private-apt.sh"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "debian.sh: $1"
  exit 1
}

# Debian's release here and the address it comes from.
find_release() {
  [ -r /etc/os-release ] && . /etc/os-release
  [ "${ID:-}" = debian ] && [ -n "${VERSION_CODENAME:-}" ] || fail "this machine is no Debian with a release name"
  mirror=$(cat "$work/apt/sources.list" "$work"/apt/parts/* 2> /dev/null |
    sed -n 's/^URIs:[[:space:]]*//p; s/^deb[[:space:]]\(\[[^]]*\][[:space:]]*\)\{0,1\}\(http[^ ]*\).*/\2/p' |
    grep -v security | head -n 1 | cut -d' ' -f1)
  [ -n "$mirror" ] || fail "no Debian mirror in this machine's package sources"
}

fetch_debootstrap() {
  private_apt apt-get update >&2 || say "debian.sh: note: not all package lists could be fetched"
  (cd "$work/download" && private_apt apt-get download debootstrap >&2) || fail "debootstrap cannot be fetched"
  dpkg-deb -x "$work"/download/debootstrap_*.deb "$work/tool"
}

# The system's own settings: its name, its one disk, root without a password.
settle() {
  echo bitterling > "$work/root/etc/hostname"
  echo '/dev/sda / ext4 rw,noatime 0 0' > "$work/root/etc/fstab"
  chroot "$work/root" passwd -d root > /dev/null
  rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
}

make_image() {
  say "debian.sh: making $VERSION_CODENAME from $mirror; this takes some minutes"
  DEBOOTSTRAP_DIR=$work/tool/usr/share/debootstrap "$work/tool/usr/sbin/debootstrap" --variant=minbase \
    --include=systemd-sysv,dbus,udev,login,procps,iproute2 "$VERSION_CODENAME" "$work/root" "$mirror" > "$work/log" 2>&1 || {
    tail -n 5 "$work/log" >&2
    fail "debootstrap failed"
  }
  settle
  truncate -s "$size" "$work/debian.img"
  mke2fs -q -F -t ext4 -L debian -d "$work/root" "$work/debian.img" || fail "mke2fs cannot make the file system"
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
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  apt_sources deb
  find_release
  fetch_debootstrap
  make_image
fi
printf '%s\n' "$image"
