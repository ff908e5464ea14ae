#!/bin/sh
# Fetches Debian's stock kernel and its static busybox and makes an initial RAM disk that checks the machine from
# inside (src/test/guest/linux/init). Prints the folder with vmlinuz, initrd.gz and version on standard output.
#
#   linux.sh             fetch what the cache does not hold yet; make the RAM disk
#   linux.sh --update    ask the package sources for a newer kernel first
#   linux.sh --i386      the 32-bit kernel (linux-image-686-pae) and busybox instead
#   linux.sh --kvm       also make initrd-kvm.gz: with KVM's modules and a program that runs virtual machines
#                        (src/test/guest/linux/kvm; needs gcc and a static C library)
#   linux.sh --selftests also make initrd-selftests.gz: with modules that test themselves when they are loaded (ciphers and
#                        checksums written for SSE, AES-NI, PCLMULQDQ, AVX and AVX2; copies from and to users)
#
# Cache: $BITTERLING_CACHE, else $XDG_CACHE_HOME/bitterling, else ~/.cache/bitterling. Which kernel "linux-image-amd64"
# means is asked once and kept, so later runs use the same files. apt works in a folder of its own; the machine's apt
# configuration is read and never written; nothing is installed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
guest=$here/../src/test/guest/linux
cache=${BITTERLING_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bitterling}
architecture=amd64
package=linux-image-amd64
update=
kvm=
selftests=
for argument in "$@"; do
  case $argument in
    --update) update=1 ;;
    --kvm) kvm=1 ;;
    --selftests) selftests=1 ;;
    --i386)
      architecture=i386
      package=linux-image-686-pae
      ;;
    *)
      printf '%s\n' "linux.sh: unknown argument $argument; expected --update, --i386, --kvm or --selftests" >&2
      exit 2
      ;;
  esac
done
folder=$cache/linux-$architecture
modules="scsi_common scsi_mod crct10dif_common crc-t10dif crc64 crc64-rocksoft t10-pi sd_mod libata libahci ahci \
crc16 crc32c_generic mbcache jbd2 ext4 cdrom sr_mod isofs usb-common usbcore xhci-hcd xhci-pci usb-storage uas"
kvm_modules="irqbypass kvm kvm-intel"
# In this order: each after what it depends on.
selftest_modules="cryptd crypto_simd aesni-intel ghash-clmulni-intel crc32c-intel crc32-pclmul crct10dif-pclmul sha1-ssse3 \
sha256-ssse3 sha512_generic sha512-ssse3 libchacha chacha-x86_64 poly1305-x86_64 libcurve25519-generic curve25519-x86_64 \
libpoly1305 nhpoly1305 nhpoly1305-sse2 nhpoly1305-avx2 aegis128 aegis128-aesni serpent_generic serpent-sse2-x86_64 serpent-avx-x86_64 \
serpent-avx2 twofish_common twofish-x86_64 twofish-x86_64-3way twofish-avx-x86_64 camellia-x86_64 camellia-aesni-avx-x86_64 \
camellia-aesni-avx2 blowfish_common blowfish-x86_64 cast_common cast5_generic cast5-avx-x86_64 cast6_generic cast6-avx-x86_64 \
libdes des3_ede-x86_64 test_user_copy test_static_key_base test_static_keys"

. "$here/../../flash-images/scripts/private-apt.sh"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "linux.sh: $1"
  exit 1
}

# take_modules FOLDER MODULE...: copies the kernel's modules there; the file "order" names them in this order.
take_modules() {
  to=$work/new/$1
  shift
  for module in "$@"; do
    found=$(find "$work/root/lib/modules" -name "$module.ko" | head -n 1)
    [ -n "$found" ] || { say "linux.sh: note: this kernel has no module $module"; continue; }
    cp "$found" "$to/"
    echo "$module.ko" >> "$to/order"
  done
}

fetch() {
  command -v apt-get > /dev/null || fail "apt-get is not here, and $folder holds no kernel"
  say "linux.sh: fetching $package and busybox-static"
  apt_sources deb
  # One list of several that cannot be fetched is left out; what is missing then shows below.
  private_apt apt-get update >&2 || say "linux.sh: note: not all package lists could be fetched"
  image=$(private_apt apt-cache depends "$package" | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
  [ -n "$image" ] ||
    fail "no package list with $package could be fetched (no network, or no Debian package sources)"
  (cd "$work/download" && private_apt apt-get download "$image" busybox-static >&2) ||
    fail "$image and busybox-static cannot be fetched"
  for deb in "$work"/download/*.deb; do
    dpkg-deb -x "$deb" "$work/root" || fail "$deb cannot be unpacked"
  done
  mkdir -p "$work/new/modules" "$work/new/kvm" "$work/new/selftests"
  cp "$work"/root/boot/vmlinuz-* "$work/new/vmlinuz"
  cp "$work"/root/boot/config-* "$work/new/config"
  cp "$work/root/bin/busybox" "$work/new/busybox"
  take_modules modules $modules
  take_modules kvm $kvm_modules
  take_modules selftests $selftest_modules
  (cd "$work/download" && sha256sum -- *.deb) > "$work/new/version"
  echo "$modules $kvm_modules $selftest_modules" > "$work/new/asked"
  replace_files
}

for tool in dpkg-deb sha256sum gzip find cmp flock; do
  command -v "$tool" > /dev/null || fail "missing: $tool; install with: apt-get install dpkg coreutils gzip findutils diffutils util-linux"
done
enter_cache
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Whether the cache was filled by a version of this script that took fewer modules.
lacks_modules() {
  for module in $modules $kvm_modules $selftest_modules; do
    case " $(cat "$folder/files/asked" 2> /dev/null) " in
      *" $module "*) ;;
      *) return 0 ;;
    esac
  done
  return 1
}

if [ -n "$update" ] || [ ! -s "$folder/files/vmlinuz" ] || lacks_modules; then
  fetch
fi

# pack NAME: the RAM disk's tree as NAME in the cache. The same bytes for the same files, whoever makes it and where: times, owner,
# inode and device numbers are fixed, and so is the order. What is there already stays untouched when it is the same, so that a
# run that reads it meanwhile sees one file.
pack() {
  find "$work/ram" -exec touch -h -d @0 {} +
  (cd "$work/ram" && find . | LC_ALL=C sort |
    "$files/busybox" cpio -o -H newc -R 0:0 --renumber-inodes --ignore-devno 2> /dev/null) | gzip -n -9 > "$work/$1"
  cmp -s "$work/$1" "$files/$1" || mv "$work/$1" "$files/$1"
}

files=$folder/files
umask 022
mkdir -p "$work/ram/bin" "$work/ram/proc" "$work/ram/sys" "$work/ram/dev" "$work/ram/lib"
cp "$files/busybox" "$work/ram/bin/busybox"
ln -s busybox "$work/ram/bin/sh"
cp -r "$files/modules" "$work/ram/lib/modules"
cp "$guest/init" "$work/ram/init"
chmod -R u=rwX,go=rX "$work/ram"
chmod 755 "$work/ram/init"
pack initrd.gz
if [ -n "$kvm" ]; then
  command -v gcc > /dev/null || fail "missing: gcc; install with: apt-get install gcc libc6-dev"
  cp -r "$files/kvm" "$work/ram/lib/kvm"
  gcc -static -s -O2 -Wall -Wextra -Werror -o "$work/ram/bin/kvm" "$guest/kvm/kvm.c" "$guest/kvm/vm.c" "$guest/kvm/guest.S" ||
    fail "the program for KVM cannot be built; it needs: apt-get install gcc libc6-dev"
  pack initrd-kvm.gz
  rm -r "$work/ram/lib/kvm" "$work/ram/bin/kvm"
fi
if [ -n "$selftests" ]; then
  cp -r "$files/selftests" "$work/ram/lib/selftests"
  pack initrd-selftests.gz
fi
printf '%s\n' "$files"
