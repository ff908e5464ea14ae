/* What the kernels of both Multiboot protocols have in common: reading the file, flat kernels, the module. */
#include "loader.h"

const u8 *kernel_read(void) {
  u32 size = ALIGN_UP(kernel_file.bytes, SECTOR);
  u32 at = memory_highest(size, 1ull << 32);
  if (!at) {
    give_up("no room for a kernel of %u bytes", kernel_file.bytes);
  }
  disk_read(&kernel_file, 0, kernel_file.bytes, at);
  memory_take(at, size);
  return (const u8 *)(uptr)at;
}

void flat_load(const u8 *file, const struct flat *f) {
  u32 offset = f->header_offset - (f->header - f->load);
  u32 bytes = f->load_end ? f->load_end - f->load : kernel_file.bytes - offset;
  u32 memory = f->bss_end ? f->bss_end - f->load : bytes;
  memory = memory < bytes ? bytes : memory;
  if (offset > kernel_file.bytes || bytes > kernel_file.bytes - offset) {
    give_up("the kernel's file ends before offset %x + %x", offset, bytes);
  }
  if (!memory_is_free(f->load, memory)) {
    give_up("the kernel wants to be at %08x-%08x, which is not free RAM", f->load, f->load + memory);
  }
  memory_take(f->load, memory);
  memcpy((void *)(uptr)f->load, file + offset, bytes);
  memset((void *)(uptr)(f->load + bytes), 0, memory - bytes);
}

u32 module_load(void) {
  if (!initrd_file.bytes) {
    return 0;
  }
  u32 at = memory_highest(ALIGN_UP(initrd_file.bytes, SECTOR), 1ull << 32);
  if (!at) {
    give_up("no room for a module of %u bytes", initrd_file.bytes);
  }
  disk_read(&initrd_file, 0, initrd_file.bytes, at);
  return at;
}

u32 upper_kib(void) {
  for (u32 i = 0; i < range_count; i++) {
    if (ranges[i].type == RANGE_RAM && ranges[i].start == MIB) {
      return (u32)(ranges[i].size / KIB);
    }
  }
  return 0;
}
