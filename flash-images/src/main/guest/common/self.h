/* Payloads in SELF format, what cbfstool makes of an ELF file: a table of segments, then their data, big endian. */
#ifndef GUEST_SELF_H
#define GUEST_SELF_H

#include "cbfs.h"

#define SELF_CODE 0x434f4445u
#define SELF_DATA 0x44415441u
#define SELF_BSS 0x42535320u
#define SELF_PARAMS 0x50415241u
#define SELF_ENTRY 0x454e5452u

struct self_segment {
  u32 type;
  u32 compression;
  u32 offset; /* of the data, from the start of the file's data */
  u64 load;   /* address; of an entry segment: where to jump */
  u32 length; /* of the data */
  u32 memory; /* bytes at load */
};

/*
 * The next segment of the table that matters to a loader: one to place, or the entry, which is the last. `*at` is 0 at
 * first. Returns NULL or what is wrong.
 */
const char *self_next(const struct cbfs_file *file, u32 *at, struct self_segment *segment);

/*
 * Puts a segment where it belongs, zeros behind its data. The caller has seen to it that [load, load + memory) may be
 * written. `probs` as for cbfs_expand. Returns NULL or what is wrong.
 */
const char *self_place(const struct cbfs_file *file, const struct self_segment *segment, u16 *probs);

#endif
