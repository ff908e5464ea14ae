#include "sha256.h"

#include "byte_order.h"
#include "memory_functions.h"

static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define INLINE static inline __attribute__((always_inline))

INLINE u32 right(u32 v, u32 n) { return v >> n | v << (32 - n); }

/* Rotations by x, y and z combined, each after the one before: fewer copies than three of the same value. */
INLINE u32 three(u32 v, u32 x, u32 y, u32 z) { return right(right(right(v, z - y) ^ v, y - x) ^ v, x); }

/* One round in place: the eight variables change their roles instead of their values. */
INLINE void step(u32 a, u32 b, u32 c, u32 *d, u32 e, u32 f, u32 g, u32 *h, u32 k, u32 w) {
  u32 t = *h + three(e, 6, 11, 25) + (((f ^ g) & e) ^ g) + k + w;
  *d += t;
  *h = t + three(a, 2, 13, 22) + ((a & b) | ((a | b) & c));
}

static void compress(u32 state[8], const u8 *chunk) {
  u32 w[64];
  for (u32 i = 0; i < 16; i++) {
    w[i] = be32(chunk + 4 * i);
  }
  for (u32 i = 16; i < 64; i++) {
    u32 s0 = right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3;
    u32 s1 = right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  u32 a = state[0], b = state[1], c = state[2], d = state[3];
  u32 e = state[4], f = state[5], g = state[6], h = state[7];
  for (u32 i = 0; i < 64; i += 8) {
    step(a, b, c, &d, e, f, g, &h, K[i], w[i]);
    step(h, a, b, &c, d, e, f, &g, K[i + 1], w[i + 1]);
    step(g, h, a, &b, c, d, e, &f, K[i + 2], w[i + 2]);
    step(f, g, h, &a, b, c, d, &e, K[i + 3], w[i + 3]);
    step(e, f, g, &h, a, b, c, &d, K[i + 4], w[i + 4]);
    step(d, e, f, &g, h, a, b, &c, K[i + 5], w[i + 5]);
    step(c, d, e, &f, g, h, a, &b, K[i + 6], w[i + 6]);
    step(b, c, d, &e, f, g, h, &a, K[i + 7], w[i + 7]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

void sha256(const u8 *data, usize size, u8 digest[32]) {
  u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  usize left = size;
  for (; left >= 64; left -= 64, data += 64) {
    compress(h, data);
  }
  u8 tail[128];
  memset(tail, 0, sizeof(tail));
  memcpy(tail, data, left);
  tail[left] = 0x80;
  usize tail_size = left < 56 ? 64 : 128;
  u64 bits = (u64)size << 3;
  for (u32 i = 0; i < 8; i++) {
    tail[tail_size - 1 - i] = (u8)(bits >> (8 * i));
  }
  for (usize i = 0; i < tail_size; i += 64) {
    compress(h, tail + i);
  }
  for (u32 i = 0; i < 32; i++) {
    digest[i] = (u8)(h[i / 4] >> (24 - 8 * (i % 4)));
  }
}
