#!/bin/sh
# Fetches Debian's GRUB for coreboot and makes a payload of it, with a shell on the serial port. Prints the path of the
# ELF file on standard output; all else goes to standard error.
#
#   grub.sh            fetch and build what the cache does not hold yet
#   grub.sh --path     only print where the result lies or would lie
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling.
# apt works in a folder of its own; the machine's apt configuration is read and never written; nothing is installed.
set -eu

version=2.06-13+deb12u2
cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
folder=$cache/grub-$version
sums="\
69bab581104847ad5f607ad7603c609ae5d7415620c2764dc06578108c15f6f9  grub-coreboot-bin_${version}_amd64.deb
fa2a91e48bb85effb1d9e22e16d83774e6de0ae6167268e8150e76ae963ec671  grub-common_${version}_amd64.deb"

# What it can: SATA disks and CDs (this version has no driver for xHCI), their file systems, Linux and multiboot kernels.
modules="normal serial terminal terminfo ahci scsi disk part_msdos part_gpt iso9660 udf fat ext2 xfs btrfs squash4 \
search search_fs_file search_fs_uuid search_label linux linux16 multiboot multiboot2 configfile echo cat ls test true \
help minicmd lspci lsmmap lsacpi cbfs loopback gzio xzio tar halt reboot sleep regexp setpci hexdump rdmsr wrmsr cpuid \
acpi time date boot read eval loadenv probe"

# The first medium with a configuration is the root; without one there is the prompt.
config='serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
search.file /boot/grub/grub.cfg root
set prefix=($root)/boot/grub'

# Part of the result's name, so that another configuration is another file.
tag=$(printf '%s\n%s\n%s\n' "$sums" "$modules" "$config" | sha256sum | cut -c1-12)
result=$folder/grub-$tag.elf

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "grub.sh: $1"
  say "To go on without it, give a GRUB built for coreboot yourself: --payload FILE"
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
architecture=amd64
. "$here/private-apt.sh"

check_sums() { (cd "$1" && printf '%s\n' "$sums" | sha256sum --check --quiet --strict - >&2); }

have_packages() {
  for package in grub-coreboot-bin grub-common; do
    [ -s "$1/${package}_${version}_amd64.deb" ] || return 1
  done
}

fetch() {
  command -v apt-get > /dev/null || fail "apt-get is not here, and the packages of GRUB $version are not in $folder"
  say "grub.sh: fetching grub-coreboot-bin and grub-common $version"
  apt_sources deb
  # One list of several that cannot be fetched is left out; what is missing then shows below.
  private_apt apt-get update >&2 || say "grub.sh: note: not all package lists could be fetched"
  (cd "$work/download" && private_apt apt-get download "grub-coreboot-bin=$version" "grub-common=$version" >&2) ||
    fail "the packages of GRUB $version cannot be fetched (no network, or no Debian 12 package sources)"
  check_sums "$work/download" || fail "the fetched packages do not have the pinned SHA-256 sums"
  cp "$work"/download/*.deb "$folder/"
}

missing=
for tool in dpkg-deb sha256sum; do
  command -v "$tool" > /dev/null || missing="$missing $tool"
done
[ -z "$missing" ] || fail "missing:$missing; install with: apt-get install dpkg coreutils"

mkdir -p "$folder"
work=$(mktemp -d "$folder/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

have_packages "$folder" || fetch
check_sums "$folder" || fail "the files in $folder do not have the pinned SHA-256 sums; remove that folder and try again"

say "grub.sh: making the payload"
for package in grub-coreboot-bin grub-common; do
  dpkg-deb -x "$folder/${package}_${version}_amd64.deb" "$work/root"
done
printf '%s\n' "$config" > "$work/early.cfg"
# shellcheck disable=SC2086 # a list of modules
"$work/root/usr/bin/grub-mkimage" -d "$work/root/usr/lib/grub/i386-coreboot" -O i386-coreboot -p '' \
  -c "$work/early.cfg" -o "$work/grub.elf" $modules 2> "$work/log" || {
  tail -n 5 "$work/log" >&2
  fail "grub-mkimage does not run here; it needs libdevmapper1.02.1 and liblzma5: apt-get install grub-common"
}
mv "$work/grub.elf" "$result"
printf '%s\n' "$result"
