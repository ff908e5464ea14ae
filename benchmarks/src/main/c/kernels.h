/* Kernels that run unchanged on the host and as a bare-metal guest. Each returns a checksum. */
#ifndef KERNELS_H
#define KERNELS_H

typedef unsigned char u8;
typedef unsigned int u32;

enum { SIEVE, SHA256, CRC, BYTECODE, FIB, COPY, NBODY, SPECTRAL, MANDELBROT, DOT, MATRIX, KERNELS };

u32 sieve(u32 rounds);
u32 sha256(u32 rounds);
u32 crc(u32 rounds);
u32 bytecode(u32 rounds);
u32 fib(u32 rounds);
u32 copy(u32 rounds);
u32 nbody(u32 rounds);
u32 spectral(u32 rounds);
u32 mandelbrot(u32 rounds);
u32 dot(u32 rounds);
u32 matrix(u32 rounds);

u32 kernel(u32 which, u32 rounds);

#endif
