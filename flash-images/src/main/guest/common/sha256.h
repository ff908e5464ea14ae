/* SHA-256 (FIPS 180-4), for the hash attribute of CBFS files. */
#ifndef GUEST_SHA256_H
#define GUEST_SHA256_H

#include "types.h"

void sha256(const u8 *data, usize size, u8 digest[32]);

#endif
