#include "kernels.h"

/* Sieve of Eratosthenes over 64 Ki numbers: byte stores with a stride, short loops. */
#define LIMIT 65536
static u8 composite[LIMIT];

u32 sieve(u32 rounds) {
  u32 sum = 0;
  while (rounds--) {
    for (u32 i = 0; i < LIMIT; i++) composite[i] = 0;
    for (u32 i = 2; i * i < LIMIT; i++)
      if (!composite[i])
        for (u32 j = i * i; j < LIMIT; j += i) composite[j] = 1;
    for (u32 i = 2; i < LIMIT; i++) sum += composite[i] ? 0 : i;
  }
  return sum;
}

/* SHA-256 (FIPS 180-4): rotates, additions, few branches. */
static const u32 K[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define ROTR(x, n) ((x) >> (n) | (x) << (32 - (n)))

static void sha_block(u32 h[8], const u32 message[16]) {
  u32 w[64];
  for (int i = 0; i < 16; i++) w[i] = message[i];
  for (int i = 16; i < 64; i++) {
    u32 s0 = ROTR(w[i - 15], 7) ^ ROTR(w[i - 15], 18) ^ w[i - 15] >> 3;
    u32 s1 = ROTR(w[i - 2], 17) ^ ROTR(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], p = h[7];
  for (int i = 0; i < 64; i++) {
    u32 s1 = ROTR(e, 6) ^ ROTR(e, 11) ^ ROTR(e, 25);
    u32 t1 = p + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i];
    u32 s0 = ROTR(a, 2) ^ ROTR(a, 13) ^ ROTR(a, 22);
    u32 t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    p = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += p;
}

u32 sha256(u32 rounds) {
  u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  u32 message[16];
  for (int i = 0; i < 16; i++) message[i] = (u32)i * 0x01010101u;
  while (rounds--) {
    sha_block(h, message);
    message[rounds & 15] ^= h[0];
  }
  return h[0] ^ h[7];
}

/* CRC-32 with a table: a dependent load for every byte. */
static u32 table[256];
static u8 text[4096];

u32 crc(u32 rounds) {
  for (u32 i = 0; i < 256; i++) {
    u32 v = i;
    for (int k = 0; k < 8; k++) v = v & 1 ? 0xEDB88320u ^ v >> 1 : v >> 1;
    table[i] = v;
  }
  for (u32 i = 0; i < sizeof text; i++) text[i] = (u8)(i * 7 + (i >> 5));
  u32 value = 0xFFFFFFFFu;
  while (rounds--)
    for (u32 i = 0; i < sizeof text; i++) value = table[(value ^ text[i]) & 0xFF] ^ value >> 8;
  return ~value;
}

/* An interpreter with a switch: indirect jumps. Computes a sum of squares modulo 2^32. */
enum { PUSH, LOAD, STORE, ADD, MUL, DEC, JNZ, DUP, HALT };

u32 bytecode(u32 rounds) {
  static const u8 program[] = {
    PUSH, 0, STORE, 1, /* sum = 0 */
    LOAD, 0, DUP, MUL, LOAD, 1, ADD, STORE, 1,
    LOAD, 0, DEC, DUP, STORE, 0, JNZ, 4, HALT};
  u32 stack[16], variable[4] = {0, 0, 0, 0};
  u32 total = 0;
  while (rounds--) {
    u32 pc = 0, sp = 0;
    variable[0] = 1000;
    for (;;) {
      switch (program[pc++]) {
        case PUSH: stack[sp++] = program[pc++]; break;
        case LOAD: stack[sp++] = variable[program[pc++]]; break;
        case STORE: variable[program[pc++]] = stack[--sp]; break;
        case ADD: sp--; stack[sp - 1] += stack[sp]; break;
        case MUL: sp--; stack[sp - 1] *= stack[sp]; break;
        case DEC: stack[sp - 1]--; break;
        case DUP: stack[sp] = stack[sp - 1]; sp++; break;
        case JNZ: pc = stack[--sp] ? program[pc] : pc + 1; break;
        default: goto halt;
      }
    }
  halt:
    total += variable[1];
  }
  return total;
}

/* Calls and returns. */
static __attribute__((noinline, noclone, optimize("no-optimize-sibling-calls"))) u32 fibonacci(u32 n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

u32 fib(u32 rounds) {
  u32 sum = 0;
  while (rounds--) sum += fibonacci(20);
  return sum;
}

/* Memory copy, a word at a time. */
static unsigned long from[8192], to[8192];

u32 copy(u32 rounds) {
  for (u32 i = 0; i < 8192; i++) from[i] = i * 2654435761u;
  while (rounds--) {
    for (u32 i = 0; i < 8192; i++) {
      to[i] = from[i];
      __asm__ volatile("" ::: "memory"); /* keeps the compiler from making it one string instruction or vectors */
    }
    from[rounds & 8191] += rounds;
  }
  u32 sum = 0;
  for (u32 i = 0; i < 8192; i++) sum = sum * 31 + (u32)to[i];
  return sum;
}

u32 kernel(u32 which, u32 rounds) {
  switch (which) {
    case SIEVE: return sieve(rounds);
    case SHA256: return sha256(rounds);
    case CRC: return crc(rounds);
    case BYTECODE: return bytecode(rounds);
    case FIB: return fib(rounds);
    case COPY: return copy(rounds);
    case NBODY: return nbody(rounds);
    case SPECTRAL: return spectral(rounds);
    case MANDELBROT: return mandelbrot(rounds);
    case DOT: return dot(rounds);
    case MATRIX: return matrix(rounds);
    default: return 0;
  }
}
