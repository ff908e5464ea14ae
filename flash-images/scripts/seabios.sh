#!/bin/sh
# Fetches Debian's source package of SeaBIOS, builds it unmodified as a coreboot payload and keeps the result in the
# cache. Prints the path of the ELF file on standard output; all else goes to standard error.
#
#   seabios.sh            fetch and build what the cache does not hold yet
#   seabios.sh --path     only print where the result lies or would lie
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling.
# apt works in a folder of its own; the machine's apt configuration is read and never written.
set -eu

version=1.16.2-1
upstream=1.16.2
cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
folder=$cache/seabios-$version
sums="\
32bcfddb7c78fab3d983ab3c557398a4013a11e55dcd8a9c3de273e74a56b9c3  seabios_$version.dsc
efa8d529442ad168056f94ac6666b1b3543c62ff7af6d9e020561f4d0e32f959  seabios_$upstream.orig.tar.gz
7970d1790903f8ebabebce7c1952764c41edaa1f8a915097c2119bb7877efa98  seabios_$version.debian.tar.xz"

# Part of the result's name, so that another configuration is another file.
config="\
CONFIG_COREBOOT=y
CONFIG_DEBUG_LEVEL=1
CONFIG_DEBUG_SERIAL=y
CONFIG_DEBUG_SERIAL_PORT=0x3f8
CONFIG_AHCI=y
CONFIG_NO_VGABIOS=y"
tag=$(printf '%s\n%s\n' "$sums" "$config" | sha256sum | cut -c1-12)
result=$folder/bios-$tag.elf

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "seabios.sh: $1"
  say "To go on without it, give a SeaBIOS built for coreboot yourself: ./bitterling boot --seabios FILE"
  exit 1
}

if [ "${1:-}" = --path ]; then
  printf '%s\n' "$result"
  exit 0
fi
if [ -s "$result" ]; then
  printf '%s\n' "$result"
  exit 0
fi

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
. "$here/private-apt.sh"

check_sums() { (cd "$1" && printf '%s\n' "$sums" | sha256sum --check --quiet --strict - >&2); }

have_sources() {
  for file in "seabios_$version.dsc" "seabios_$upstream.orig.tar.gz" "seabios_$version.debian.tar.xz"; do
    [ -s "$1/$file" ] || return 1
  done
}

fetch() {
  command -v apt-get > /dev/null ||
    fail "apt-get is not here, and the source package seabios $version is not in $folder"
  say "seabios.sh: fetching the source package seabios $version"
  apt_sources deb-src
  private_apt apt-get update >&2 ||
    fail "the package lists cannot be fetched (no network?); $folder holds no copy of seabios $version"
  (cd "$work/download" && private_apt apt-get source --download-only "seabios=$version" >&2) ||
    fail "the source package seabios $version cannot be fetched (no network, or no Debian 12 package sources)"
  have_sources "$work/download" || fail "apt-get source left an incomplete source package"
  check_sums "$work/download" || fail "the fetched files do not have the pinned SHA-256 sums"
  cp "$work"/download/seabios_* "$folder/"
}

missing=
for tool in gcc make objcopy python3 xz tar sha256sum; do
  command -v "$tool" > /dev/null || missing="$missing $tool"
done
[ -z "$missing" ] ||
  fail "missing:$missing; install with: apt-get install gcc make binutils python3 xz-utils tar coreutils"

mkdir -p "$folder"
work=$(mktemp -d "$folder/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

have_sources "$folder" || fetch
check_sums "$folder" || fail "the files in $folder do not have the pinned SHA-256 sums; remove that folder and try again"

say "seabios.sh: building SeaBIOS $version"
mkdir "$work/source"
tar -xf "$folder/seabios_$upstream.orig.tar.gz" -C "$work/source" --strip-components=1
cd "$work/source"
printf '%s\n' "$config" > .config
# A fixed version text, the one of Debian's own build: without it date and host name go into the image.
if ! { make olddefconfig PYTHON=python3 && make PYTHON=python3 EXTRAVERSION="-debian-$version" out/bios.bin.elf; } > "$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  cp "$work/log" "$folder/build.log"
  fail "the build failed; its log is $folder/build.log"
fi
for line in CONFIG_COREBOOT=y CONFIG_AHCI=y CONFIG_DEBUG_SERIAL=y; do
  grep -qx "$line" .config || fail "the configuration lost $line"
done
cp out/bios.bin.elf "$result.new"
mv "$result.new" "$result"
printf '%s\n' "$result"
