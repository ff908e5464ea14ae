#!/bin/sh
# Fetches Debian's boot loaders and memory tester and makes media of them. Prints the folder with isolinux.iso, ipxe.iso,
# memtest.iso and memtest.bin on standard output; "version" there has names and SHA-256 sums of the packages.
#
#   systems.sh             fetch and make what the cache does not hold yet
#   systems.sh --update    fetch again
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling. apt works in a folder of its own; the
# machine's apt configuration is read and never written; nothing is installed.
set -eu

cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
folder=$cache/systems
packages="isolinux syslinux-common ipxe memtest86+ xorriso libisoburn1 libburn4 libisofs6 libjte2"

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
architecture=amd64
. "$here/../../flash-images/scripts/private-apt.sh"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "systems.sh: $1"
  exit 1
}

fetch() {
  command -v apt-get > /dev/null || fail "apt-get is not here, and $folder holds no media"
  say "systems.sh: fetching $packages"
  apt_sources deb
  # One list of several that cannot be fetched is left out; what is missing then shows below.
  private_apt apt-get update >&2 || say "systems.sh: note: not all package lists could be fetched"
  # shellcheck disable=SC2086 # a list of packages
  (cd "$work/download" && private_apt apt-get download $packages >&2) || fail "the packages cannot be fetched"
  for deb in "$work"/download/*.deb; do
    dpkg-deb -x "$deb" "$work/root" || fail "$deb cannot be unpacked"
  done
}

# An ISO with isolinux and its prompt; the rest comes as Debian has it.
make_media() {
  mkdir -p "$work/new" "$work/iso/isolinux"
  cp "$work/root/usr/lib/ISOLINUX/isolinux.bin" "$work/root/usr/lib/syslinux/modules/bios/ldlinux.c32" \
    "$work/root/usr/lib/syslinux/modules/bios/poweroff.c32" "$work/root/usr/lib/syslinux/modules/bios/libcom32.c32" \
    "$work/iso/isolinux/"
  printf '%s\n' 'PROMPT 1' 'TIMEOUT 0' 'SAY isolinux says hello' 'DEFAULT none' 'LABEL off' '  COM32 poweroff.c32' \
    > "$work/iso/isolinux/isolinux.cfg"
  LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu "$work/root/usr/bin/xorriso" -as mkisofs -quiet \
    -o "$work/new/isolinux.iso" -V ISOLINUX -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot \
    -boot-load-size 4 -boot-info-table "$work/iso" 2> "$work/log" || {
    tail -n 5 "$work/log" >&2
    fail "xorriso does not run here"
  }
  cp "$work/root/usr/lib/ipxe/ipxe.iso" "$work/new/"
  cp "$work/root/usr/lib/memtest86+/memtest86+x64.iso" "$work/new/memtest.iso"
  cp "$work/root/boot/memtest86+x64.bin" "$work/new/memtest.bin"
  (cd "$work/download" && sha256sum -- *.deb) > "$work/new/version"
  rm -rf "$folder/files"
  mv "$work/new" "$folder/files"
}

case ${1:-} in
  '' | --update) ;;
  *)
    say "systems.sh: unknown argument $1; expected --update"
    exit 2
    ;;
esac
for tool in dpkg-deb sha256sum; do
  command -v "$tool" > /dev/null || fail "missing: $tool; install with: apt-get install dpkg coreutils"
done
mkdir -p "$folder"
if [ -n "${1:-}" ] || [ ! -s "$folder/files/isolinux.iso" ]; then
  work=$(mktemp -d "$folder/work.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  fetch
  make_media
fi
printf '%s\n' "$folder/files"
