// Loops that gcc vectorizes, and what it has built-in functions for: integers of all sizes, floating point with and without fused
// multiply-add, conditions (masked moves, blends), gathers, conversions, bit manipulation. The checksum is over all results.
#include "csmith.h"

#define N 500

static uint32_t state = 12345;

static uint32_t next(void) {
  state = state * 1664525 + 1013904223;
  return state >> 8;
}

static uint8_t b1[N], b2[N], b3[N];
static int16_t h1[N], h2[N], h3[N];
static int32_t i1[N], i2[N], i3[N];
static int64_t l1[N], l2[N], l3[N];
static float f1[N], f2[N], f3[N];
static double d1[N], d2[N], d3[N];

static void fill(void) {
  for (int k = 0; k < N; k++) {
    b1[k] = next();
    b2[k] = next();
    h1[k] = next();
    h2[k] = next();
    i1[k] = next() * next();
    i2[k] = next() - 0x800000;
    l1[k] = (int64_t)next() << 32 | next();
    l2[k] = (int64_t)(next() & 31) - 16;
    f1[k] = (float)(int)(next() - 0x800000) / 1024;
    f2[k] = (float)next() / 4096 + 0.125f;
    d1[k] = (double)(int)(next() - 0x800000) / 3;
    d2[k] = (double)next() / 77 + 0.5;
  }
}

#define DONE(array) crc_bytes(array, sizeof array)

static void bytes(void) {
  for (int k = 0; k < N; k++) b3[k] = b1[k] + 3 * b2[k];
  DONE(b3);
  for (int k = 0; k < N; k++) b3[k] = b1[k] > b2[k] ? b1[k] : b2[k];
  DONE(b3);
  for (int k = 0; k < N; k++) b3[k] = (b1[k] + b2[k] + 1) >> 1;
  DONE(b3);
  for (int k = 0; k < N; k++) {
    int v = b1[k] + b2[k];
    b3[k] = v > 255 ? 255 : v;
  }
  DONE(b3);
  uint32_t sum = 0, differences = 0;
  for (int k = 0; k < N; k++) {
    sum += b1[k];
    int d = b1[k] - b2[k];
    differences += d < 0 ? -d : d;
  }
  crc_bytes(&sum, 4);
  crc_bytes(&differences, 4);
  for (int k = 0; k < N; k++) b3[k] = b1[N - 1 - k];
  DONE(b3);
}

static void words(void) {
  for (int k = 0; k < N; k++) h3[k] = h1[k] * h2[k] >> 16;
  DONE(h3);
  for (int k = 0; k < N; k++) h3[k] = h1[k] << 3 ^ h2[k] >> 2;
  DONE(h3);
  int32_t dot = 0;
  for (int k = 0; k < N; k++) dot += h1[k] * h2[k];
  crc_bytes(&dot, 4);
  for (int k = 0; k < N; k++) h3[k] = b1[k] * b2[k];
  DONE(h3);
}

static void doublewords(void) {
  for (int k = 0; k < N; k++) i3[k] = i1[k] * i2[k] + 7;
  DONE(i3);
  for (int k = 0; k < N; k++) i3[k] = i1[k] >> (i2[k] & 31);
  DONE(i3);
  for (int k = 0; k < N; k++) i3[k] = (uint32_t)i1[k] >> (i2[k] & 31) | (uint32_t)i1[k] << (k & 31);
  DONE(i3);
  for (int k = 0; k < N; k++)
    if (i1[k] > i2[k]) i3[k] = i2[k] + k;
  DONE(i3);
  for (int k = 0; k < N; k++) i3[k] = i1[(uint32_t)i2[k] % N];
  DONE(i3);
  int32_t least = i1[0];
  for (int k = 0; k < N; k++) least = i1[k] < least ? i1[k] : least;
  crc_bytes(&least, 4);
}

static void quadwords(void) {
  for (int k = 0; k < N; k++) l3[k] = l1[k] * l2[k] - k;
  DONE(l3);
  for (int k = 0; k < N; k++) l3[k] = l1[k] > l2[k] * 0x1000000000 ? l1[k] : l2[k];
  DONE(l3);
  for (int k = 0; k < N; k++) l3[k] = (uint64_t)l1[k] >> (l2[k] & 63);
  DONE(l3);
  for (int k = 0; k < N; k++) l3[k] = l1[(uint32_t)i2[k] % N];
  DONE(l3);
  for (int k = 0; k < N; k++) l3[k] = i1[k];
  DONE(l3);
}

static void singles(void) {
  for (int k = 0; k < N; k++) f3[k] = 1.5f * f1[k] + f2[k];
  DONE(f3);
  for (int k = 0; k < N; k++) f3[k] = f1[k] / f2[k] - f2[k] * f2[k];
  DONE(f3);
  for (int k = 0; k < N; k++) f3[k] = __builtin_sqrtf(f2[k]) + (f1[k] < f2[k] ? f1[k] : -f2[k]);
  DONE(f3);
  for (int k = 0; k < N; k++)
    if (f1[k] > 0) f3[k] = f2[k] / f1[k];
  DONE(f3);
  for (int k = 0; k < N; k++) f3[k] = f1[(uint32_t)i2[k] % N];
  DONE(f3);
  for (int k = 0; k < N; k++) i3[k] = f1[k] * 3;
  DONE(i3);
  for (int k = 0; k < N; k++) f3[k] = i2[k];
  DONE(f3);
  float dot = 0;
  for (int k = 0; k < N; k++) dot += f1[k] * f2[k];
  crc_bytes(&dot, 4);
}

static void doubles(void) {
  for (int k = 0; k < N; k++) d3[k] = d1[k] * d2[k] - d2[k];
  DONE(d3);
  for (int k = 0; k < N; k++) d3[k] = __builtin_sqrt(d2[k]) / (d1[k] + 0.25);
  DONE(d3);
  for (int k = 0; k < N; k++) d3[k] = d1[k] > d2[k] ? d1[k] : d2[k] * -2;
  DONE(d3);
  for (int k = 0; k < N; k++) d3[k] = f1[k] + d1[k];
  DONE(d3);
  for (int k = 0; k < N; k++) f3[k] = d1[k] * d2[k];
  DONE(f3);
  for (int k = 0; k < N; k++) i3[k] = d1[k];
  DONE(i3);
  for (int k = 0; k < N; k++) d3[k] = d1[(uint32_t)i2[k] % N] - i1[k];
  DONE(d3);
  for (int k = 1; k < N; k++) d3[k] = d3[k - 1] * 0.5 + d1[k];
  DONE(d3);
}

static void bits(void) {
  uint64_t all = 0;
  for (int k = 0; k < N; k++) {
    uint64_t x = l1[k];
    all = all * 31 + __builtin_ctzll(x | 1ull << 63) + __builtin_clzll(x | 1) + __builtin_popcountll(x);
    all ^= (x & (x - 1)) + (x & -x) + (x ^ (x - 1)) + (~x & all);
    all += x >> (k & 63) ^ x << (l2[k] & 63) ^ (x >> 11 | x << 53);
    all += x & ((1ull << (k & 63)) - 1);
#ifdef __BMI2__
    all += __builtin_ia32_pdep_di(x, all) ^ __builtin_ia32_pext_di(all, x);
#endif
  }
  crc_bytes(&all, 8);
}

static void halves(void) {
#ifdef __F16C__
  typedef float v8 __attribute__((vector_size(32)));
  typedef short h8 __attribute__((vector_size(16)));
  for (int k = 0; k + 8 <= N; k += 8) {
    v8 v;
    __builtin_memcpy(&v, f1 + k, 32);
    h8 h = __builtin_ia32_vcvtps2ph256(v, 0);
    v = __builtin_ia32_vcvtph2ps256(h);
    __builtin_memcpy(f3 + k, &v, 32);
  }
  DONE(f3);
#endif
}

int main(void) {
  fill();
  for (int round = 0; round < ROUNDS; round++) {
    bytes();
    words();
    doublewords();
    quadwords();
    singles();
    doubles();
    bits();
    halves();
  }
  finish();
}
