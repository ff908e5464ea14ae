#ifndef HV_DECOMPRESS_H
#define HV_DECOMPRESS_H

#include "types.h"

/*
 * Each unpacks from_length bytes to at most room bytes at "to" and gives the unpacked length, or DECOMPRESS_ERROR when
 * the stream is damaged, truncated or larger than the room.
 */
#define DECOMPRESS_ERROR (~0ull)

/* LZMA_Alone: 13-byte header (properties, dictionary size, unpacked size), then the range-coded stream. */
u64 lzma_unpack(u8 *to, u64 room, const u8 *from, u64 from_length);

/* LZ4 frame format, linked or independent blocks, checksums not verified. */
u64 lz4_unpack(u8 *to, u64 room, const u8 *from, u64 from_length);

#endif
