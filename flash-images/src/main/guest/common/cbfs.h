/*
 * CBFS as a memory-mapped read-only file system: the master header, the walk over files, their attributes.
 * Layout as coreboot 4.15 and its cbfstool write it; all fields are big endian.
 */
#ifndef GUEST_CBFS_H
#define GUEST_CBFS_H

#include "types.h"

#define CBFS_STAGE_LEGACY 0x10
#define CBFS_STAGE 0x11
#define CBFS_SELF 0x20

#define CBFS_NONE 0
#define CBFS_LZMA 1
#define CBFS_LZ4 2

/* The flash as mapped: `base` is where its byte 0 is seen. */
struct cbfs {
  const u8 *base;
  u32 size;      /* of the flash part, from the master header */
  u32 offset;    /* of the first file */
  u32 alignment; /* of files */
};

struct cbfs_file {
  const u8 *header;
  const char *name;
  u32 type;
  const u8 *data;
  u32 length;
  u32 attributes; /* offset from header, 0 = none */
  u32 attributes_end;
};

struct cbfs_stage {
  u32 load;
  u32 entry;
  u32 memory_length;
  u32 compression;
  const u8 *data;
  u32 length;
};

/*
 * Reads the master header. `end` is the byte after the flash (where 4 GiB is), `header` the pointer found in the last
 * four bytes. Returns NULL or what is wrong.
 */
const char *cbfs_open(struct cbfs *fs, const u8 *end, const u8 *header);

/* The flash below 4 GiB, through the pointer in its last four bytes. Returns NULL or what is wrong. */
const char *cbfs_open_mapped(struct cbfs *fs);

/* What cbfs_find returns when nothing is wrong but the file. */
extern const char cbfs_missing[];

/* Returns NULL when found, else what is wrong. */
const char *cbfs_find(const struct cbfs *fs, const char *name, struct cbfs_file *file);

/* The attribute with this tag, or NULL. Its total length goes to *length. */
const u8 *cbfs_attribute(const struct cbfs_file *file, u32 tag, u32 *length);

/* Checks the file's hash attribute where it has one of a kind we know. Returns NULL or what is wrong. */
const char *cbfs_verify(const struct cbfs_file *file);

/* How the file's data is compressed as a whole; the size it will have goes to *expanded. */
u32 cbfs_compression(const struct cbfs_file *file, u32 *expanded);

const char *cbfs_stage(const struct cbfs_file *file, struct cbfs_stage *stage);

/* Copies or decompresses. `probs` is LZMA working memory, LZMA_PROBS entries. Returns NULL or what is wrong. */
const char *cbfs_expand(u32 compression, const u8 *data, u32 length, u8 *to, u32 room, u16 *probs, u32 *written);

#endif
