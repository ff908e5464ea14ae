/* Decoder for one LZ4 frame, the form CBFS uses for compression type 2. */
#ifndef GUEST_LZ4_H
#define GUEST_LZ4_H

#include "types.h"

/* Returns NULL, or what is wrong. `*out_size` is the number of bytes written. Content checksums are verified. */
const char *lz4_decode(const u8 *in, usize in_size, u8 *out, usize out_room, usize *out_size);

#endif
