#!/bin/sh
# Fetches Debian's boot loaders, memory tester and Xen and makes media of them. Prints the folder with isolinux.iso,
# ipxe.iso, memtest.iso and memtest.bin on standard output; "version" there has names and SHA-256 sums of the packages.
#
#   systems.sh             fetch and make what the cache does not hold yet
#   systems.sh --update    fetch again
#   systems.sh --linux     also make discs with the kernel and RAM disk of linux.sh: linux.iso, which isolinux boots, and
#                          xen.iso, from which isolinux, or GRUB in the flash, boots Xen with that kernel as its dom0
#   systems.sh --kvm       also make kvm.iso, which isolinux boots, with the RAM disk of linux.sh --kvm
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling. apt works in a folder of its own; the
# machine's apt configuration is read and never written; nothing is installed.
set -eu

cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
folder=$cache/systems
architecture=amd64
packages="isolinux syslinux-common ipxe memtest86+ xorriso libisoburn1 libburn4 libisofs6 libjte2"

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
# shellcheck source=../../flash-images/scripts/private-apt.sh
. "$here/../../flash-images/scripts/private-apt.sh"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "systems.sh: $1"
  exit 1
}

fetch() {
  command -v apt-get > /dev/null || fail "apt-get is not here, and $folder holds no media"
  apt_sources deb
  # One list of several that cannot be fetched is left out; what is missing then shows below.
  private_apt apt-get update >&2 || say "systems.sh: note: not all package lists could be fetched"
  xen=$(private_apt apt-cache depends xen-system-amd64 | sed -n 's/.*Depends: \(xen-hypervisor-[0-9][^ ]*\).*/\1/p' | head -n 1)
  say "systems.sh: fetching $packages $xen"
  # shellcheck disable=SC2086 # a list of packages
  (cd "$work/download" && private_apt apt-get download $packages $xen >&2) || fail "the packages cannot be fetched"
  for deb in "$work"/download/*.deb; do
    dpkg-deb -x "$deb" "$work/root" || fail "$deb cannot be unpacked"
  done
}

# make_iso NAME OPTION...: the tree in $work/iso as a disc in the cache, the same bytes for the same files. What is there already
# stays untouched when it is the same.
make_iso() {
  name=$1
  shift
  find "$work/iso" -exec touch -h -d @0 {} +
  SOURCE_DATE_EPOCH=0 LD_LIBRARY_PATH=$parts/lib \
    "$parts/xorriso" -as mkisofs -quiet -o "$work/$name" "$@" "$work/iso" 2> "$work/log" || {
    tail -n 5 "$work/log" >&2
    fail "xorriso does not run here"
  }
  cmp -s "$work/$name" "$folder/files/$name" || mv "$work/$name" "$folder/files/"
  rm -rf "$work/iso" "${work:?}/$name"
}

# make_isolinux NAME LINE...: a disc with what is in $work/iso already, isolinux and its configuration.
make_isolinux() {
  disc=$1
  shift
  mkdir -p "$work/iso/isolinux"
  cp "$parts"/isolinux/* "$work/iso/isolinux/"
  printf '%s\n' "$@" > "$work/iso/isolinux/isolinux.cfg"
  make_iso "$disc" -V ISOLINUX -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table
}

# What discs are made of, and what comes as Debian has it.
take_parts() {
  mkdir -p "$work/new/parts/isolinux" "$work/new/parts/lib"
  cp "$work/root/usr/lib/ISOLINUX/isolinux.bin" "$work/new/parts/isolinux/"
  for module in ldlinux libcom32 mboot; do
    cp "$work/root/usr/lib/syslinux/modules/bios/$module.c32" "$work/new/parts/isolinux/"
  done
  cp "$work/root/usr/bin/xorriso" "$work/new/parts/"
  cp "$work"/root/usr/lib/x86_64-linux-gnu/*.so.* "$work/new/parts/lib/"
  cp "$work"/root/boot/xen-*-amd64.gz "$work/new/parts/xen.gz"
  cp "$work/root/usr/lib/ipxe/ipxe.iso" "$work/new/"
  cp "$work/root/usr/lib/memtest86+/memtest86+x64.iso" "$work/new/memtest.iso"
  cp "$work/root/boot/memtest86+x64.bin" "$work/new/memtest.bin"
  (cd "$work/download" && sha256sum -- *.deb) > "$work/new/version"
  replace_files
}

# A disc that asks which kernel, by its label.
make_prompt() {
  mkdir -p "$work/iso"
  cp "$folder/files/memtest.bin" "$work/iso/memtest"
  make_isolinux isolinux.iso 'PROMPT 1' 'TIMEOUT 0' 'SAY isolinux says hello' 'DEFAULT none' \
    'LABEL memory' '  KERNEL /memtest' '  APPEND console=ttyS0,115200'
}

# make_linux DISC INITRD OPTION: a disc that boots Debian's kernel.
make_linux() {
  mkdir -p "$work/iso"
  cp "$kernel/vmlinuz" "$work/iso/"
  cp "$kernel/$2" "$work/iso/initrd.gz"
  make_isolinux "$1" 'DEFAULT linux' 'LABEL linux' '  KERNEL /vmlinuz' '  INITRD /initrd.gz' "  APPEND console=ttyS0${3:+ $3}"
}

# Xen for both loaders; where GRUB comes from the flash there is no BIOS that Xen could ask.
make_xen() {
  options="console=com1 com1=115200,8n1 dom0_mem=768M noreboot"
  mkdir -p "$work/iso/boot/grub"
  cp "$kernel/vmlinuz" "$kernel/initrd.gz" "$parts/xen.gz" "$work/iso/"
  printf '%s\n' "multiboot2 /xen.gz $options no-real-mode" \
    'module2 /vmlinuz console=hvc0' 'module2 /initrd.gz' 'boot' > "$work/iso/boot/grub/grub.cfg"
  make_isolinux xen.iso 'DEFAULT xen' 'LABEL xen' '  KERNEL mboot.c32' \
    "  APPEND /xen.gz $options --- /vmlinuz console=hvc0 --- /initrd.gz"
}

update=
linux=
kvm=
for argument in "$@"; do
  case $argument in
    --update) update=1 ;;
    --linux) linux=1 ;;
    --kvm) kvm=1 ;;
    *)
      say "systems.sh: unknown argument $argument; expected --update, --linux or --kvm"
      exit 2
      ;;
  esac
done
for tool in dpkg-deb sha256sum cmp flock; do
  command -v "$tool" > /dev/null || fail "missing: $tool; install with: apt-get install dpkg coreutils diffutils util-linux"
done
parts=$folder/files/parts
enter_cache
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "$update" ] || [ ! -s "$parts/isolinux/mboot.c32" ]; then
  fetch
  take_parts
fi
make_prompt
if [ -n "$linux" ]; then
  kernel=$("$here/linux.sh")
  make_linux linux.iso initrd.gz
  make_xen
fi
if [ -n "$kvm" ]; then
  kernel=$("$here/linux.sh" --kvm)
  make_linux kvm.iso initrd-kvm.gz init.kvm
fi
printf '%s\n' "$folder/files"
