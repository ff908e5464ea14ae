/* What the parts of the loader know of each other. */
#ifndef LOADER_H
#define LOADER_H

#include "byte_order.h"
#include "console.h"
#include "io.h"
#include "memory_functions.h"

#define SECTOR 512u
#define COMMAND_LINE_ROOM 4096u

#define POST_LOADER 0x90
#define POST_LOADER_JUMP 0x9f
#define POST_ERROR_LOADER 0xe8

/* memory.c: the memory map and the ACPI root pointer, from the coreboot table. */
#define MAX_RANGES 64
#define RANGE_RAM 1
#define RANGE_RESERVED 2

struct range {
  u64 start;
  u64 size;
  u32 type; /* as E820 has it: RANGE_RAM or RANGE_RESERVED */
};

extern struct range ranges[MAX_RANGES];
extern u32 range_count;
extern u64 acpi_rsdp;

void memory_find(void);

/* True when all of [start, start+size) is RAM above 1 MiB and not taken yet. */
int memory_is_free(u64 start, u64 size);

/* Highest free address for `size` bytes that end at or below `limit`; 0 when there is none. */
u32 memory_highest(u32 size, u64 limit);

/* Lowest free address at or above `from`; 0 when there is none. */
u32 memory_lowest(u32 size, u32 from, u32 alignment);

void memory_take(u32 start, u32 size);

/* files.c: whole sectors of the start disk. */
int files_present(void);
int files_read(u64 sector, u32 count, u32 to);

/* disk.c: the start disk's directory. */
struct file {
  u64 sector;
  u32 bytes; /* 0 = there is none */
};

extern struct file kernel_file;
extern struct file initrd_file;
extern char command_line[COMMAND_LINE_ROOM];

void disk_open(void);

/* Reads whole sectors that cover `count` bytes from `offset`, a multiple of 512. */
void disk_read(const struct file *file, u32 offset, u32 count, u32 to);

/* kernel.c: for both Multiboot protocols. A flat kernel says where its header lies, where it is loaded and where it ends. */
struct flat {
  u32 header_offset;
  u32 header, load, load_end, bss_end; /* physical addresses; ends of 0 mean the file's */
};

const u8 *kernel_read(void); /* the whole file, at the top of memory */
void flat_load(const u8 *file, const struct flat *flat);
u32 module_load(void);       /* address of the initrd; 0 where there is none */
u32 upper_kib(void);         /* RAM from 1 MiB on without a gap */

/* elf.c: ELF kernels. */
struct placement {
  u32 least, most, alignment; /* addresses a kernel may be moved to */
};

int elf_is_kernel(const u8 *file);

/* Loads the segments, elsewhere where they are not free and it may be; gives the entry and the lowest address. */
u32 elf_load(const u8 *file, const struct placement *may_move, u32 *base);

/* Each returns when the kernel is not of its kind. `head` holds the file's first bytes. */
#define HEAD_BYTES 32768u
void linux_start(const u8 *head);
void multiboot_start(const u8 *head);
void multiboot2_start(const u8 *head);

void start_linux(u32 entry, void *boot_params) NORETURN;
void start_multiboot(u32 entry, void *information, u32 magic) NORETURN;
void loader_main(void) NORETURN;

#define give_up(...) fatal(POST_ERROR_LOADER, __VA_ARGS__)

#endif
