/* The two checksums of PC tables. */
#ifndef GUEST_CHECKSUM_H
#define GUEST_CHECKSUM_H

#include "types.h"

/* What a table's checksum byte must be for all its bytes to add up to 0, that byte being 0 now. */
u8 checksum8(const void *at, usize size);

/* The internet checksum (RFC 1071) of little-endian words, as the coreboot table has it. */
u16 checksum_ip(const void *at, usize size);

#endif
