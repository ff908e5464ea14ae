/*
 * The start disk. Sector 0 is its directory: "BTLSTART", version, number of entries, then from byte 32 entries of 32
 * bytes: kind, zero, first sector (64 bits), bytes (64 bits), zero. All numbers are little endian.
 */
#include "loader.h"

#define VERSION 1
#define KIND_KERNEL 1
#define KIND_INITRD 2
#define KIND_COMMAND_LINE 3
#define ENTRY_SIZE 32u
#define MAX_ENTRIES (SECTOR / ENTRY_SIZE - 1)

struct file kernel_file;
struct file initrd_file;
char command_line[COMMAND_LINE_ROOM];

static u8 sector_buffer[SECTOR] __attribute__((aligned(16)));
static u8 text_buffer[COMMAND_LINE_ROOM] __attribute__((aligned(16)));

void disk_read(const struct file *file, u32 offset, u32 count, u32 to) {
  if (!files_read(file->sector + offset / SECTOR, (count + SECTOR - 1) / SECTOR, to)) {
    give_up("the start disk failed to read %x bytes at offset %x", count, offset);
  }
}

static void read_entry(const u8 *at) {
  struct file file = {(u64)le32(at + 12) << 32 | le32(at + 8), le32(at + 16)};
  if (le32(at + 20)) {
    give_up("a file of 4 GiB or more on the start disk");
  }
  switch (le32(at)) {
    case KIND_KERNEL:
      kernel_file = file;
      break;
    case KIND_INITRD:
      initrd_file = file;
      break;
    case KIND_COMMAND_LINE:
      if (file.bytes >= COMMAND_LINE_ROOM) {
        give_up("the command line has %u characters, at most %u are possible", file.bytes, COMMAND_LINE_ROOM - 1);
      }
      disk_read(&file, 0, file.bytes, (u32)(uptr)text_buffer);
      memcpy(command_line, text_buffer, file.bytes);
      command_line[file.bytes] = 0;
      break;
    default:
      give_up("unknown kind %u in the directory of the start disk", le32(at));
  }
}

static void read_directory(void) {
  static u8 directory[SECTOR];
  memcpy(directory, sector_buffer, SECTOR);
  u32 entries = le32(directory + 12);
  if (le32(directory + 8) != VERSION || entries > MAX_ENTRIES) {
    give_up("the start disk has version %u and %u entries, expected version %u and at most %u", le32(directory + 8),
            entries, VERSION, MAX_ENTRIES);
  }
  for (u32 i = 0; i < entries; i++) {
    read_entry(directory + ENTRY_SIZE * (i + 1));
  }
  if (!kernel_file.bytes) {
    give_up("no kernel on the start disk");
  }
}

void disk_open(void) {
  if (!files_present() || !files_read(0, 1, (u32)(uptr)sector_buffer) || memcmp(sector_buffer, "BTLSTART", 8) != 0) {
    give_up("this machine was not started with a kernel (no start disk behind port F8)");
  }
  read_directory();
}
