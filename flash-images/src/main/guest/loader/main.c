/* Starts a kernel without a BIOS: finds the start disk, reads the kernel and its friends, jumps. */
#include "loader.h"

static u8 head[HEAD_BYTES];

void loader_main(void) {
  console.prefix = "loader: ";
  post(POST_LOADER);
  memory_find();
  disk_open();
  u32 bytes = kernel_file.bytes < HEAD_BYTES ? kernel_file.bytes : HEAD_BYTES;
  disk_read(&kernel_file, 0, bytes, (u32)(uptr)head);
  linux_start(head);
  multiboot2_start(head);
  multiboot_start(head);
  give_up("the kernel is neither a Linux bzImage (\"HdrS\" at 202h) nor has it a multiboot header in its first 8 KiB, or a "
          "multiboot2 header in its first 32 KiB");
}
