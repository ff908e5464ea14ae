/* LZMA decoder for the "LZMA alone" streams that CBFS holds: 13 bytes of header, then one range-coded stream. */
#ifndef GUEST_LZMA_H
#define GUEST_LZMA_H

#include "types.h"

/* lc + lp may be at most this much; the usual encoders use lc=3 lp=0, cbfstool the same. */
#define LZMA_MAX_LC_LP 4
#define LZMA_FIXED_PROBS 1848
#define LZMA_PROBS (LZMA_FIXED_PROBS + (0x300 << LZMA_MAX_LC_LP))

enum lzma_result {
  LZMA_OK,
  LZMA_BAD_HEADER,    /* properties byte above 224, or lc + lp too large, or a first byte that is not zero */
  LZMA_TRUNCATED,     /* input ended in the middle of the stream */
  LZMA_BAD_DISTANCE,  /* a match reaches before the start of the output */
  LZMA_OUTPUT_FULL,   /* the stream holds more than the room given or its own header says */
  LZMA_BAD_END,       /* range coder does not end at zero, or input is left over: the data is damaged */
};

/*
 * Decodes `in_size` bytes at `in` to `out`, which has room for `out_room` bytes. `probs` is working memory of
 * LZMA_PROBS entries. The number of bytes written goes to `*out_size`, also after an error.
 */
enum lzma_result lzma_decode(const u8 *in, usize in_size, u8 *out, usize out_room, u16 *probs, usize *out_size);

const char *lzma_message(enum lzma_result result);

#endif
