/* Pieces of text, and the values that hypervisor.cfg has: names, sizes, core lists, hexadecimal ranges. */
#ifndef HV_CONFIG_VALUE_H
#define HV_CONFIG_VALUE_H

#include "config.h"

struct text {
  const char *at; /* NULL: there is none, not even an empty one */
  u64 length;
};

bool text_is(struct text text, const char *word);

/* Without blanks and a carriage return at its ends. */
struct text text_trim(struct text text);

/* The part before the first `separator`; *text becomes the part behind it, or none. */
struct text text_until(struct text *text, char separator);

/* Takes a beginning and an end off; false when they are not there. */
bool text_strip(struct text *text, const char *begin, const char *end);

/* With a zero behind; false when it is empty or does not fit in `room` bytes with the zero. */
bool text_copy(struct text text, char *to, u32 room);

/* "2,3": core numbers 0 to 31 as bits, each once. */
bool text_cores(struct text text, u32 *cores);

/* "16M" or "1G": a multiple of 2 MiB up to 3 GiB. */
bool text_size(struct text text, u64 *size);

/* "60-64,70": hexadecimal, no number above `limit`. */
bool text_ranges(struct text text, u64 limit, struct config_ranges *ranges);

#endif
