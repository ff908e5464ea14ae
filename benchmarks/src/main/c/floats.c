#include "kernels.h"

/* Floating-point kernels. -O3 vectorises matrix and the inner loops of spectral; the others stay scalar. */

static u32 bits(double v) {
  union { double d; u32 w[2]; } u = {.d = v};
  return u.w[0] ^ u.w[1];
}

static double root(double v) {
#ifdef __SSE2__
  __asm__("sqrtsd %0, %0" : "+x"(v));
#else
  __asm__("fsqrt" : "+t"(v));
#endif
  return v;
}

/* Bodies that attract each other: additions and products of doubles, a root and a quotient for each pair. */
#define BODIES 5
static volatile int bodies = BODIES; /* keeps the compiler from unrolling everything */
static double place[BODIES][3], speed[BODIES][3], mass[BODIES];

u32 nbody(u32 rounds) {
  int n = bodies;
  for (int i = 0; i < n; i++) {
    mass[i] = 40.0 / (1 + i * i * 7);
    for (int k = 0; k < 3; k++) {
      place[i][k] = i * 5.0 + k * 1.7 - i * k * 0.3;
      speed[i][k] = (i - k) * 0.31;
    }
  }
  while (rounds--) {
    for (int i = 0; i < n; i++)
      for (int j = i + 1; j < n; j++) {
        double dx = place[i][0] - place[j][0], dy = place[i][1] - place[j][1], dz = place[i][2] - place[j][2];
        double square = dx * dx + dy * dy + dz * dz;
        double pull = 0.001 / (square * root(square));
        speed[i][0] -= dx * mass[j] * pull;
        speed[i][1] -= dy * mass[j] * pull;
        speed[i][2] -= dz * mass[j] * pull;
        speed[j][0] += dx * mass[i] * pull;
        speed[j][1] += dy * mass[i] * pull;
        speed[j][2] += dz * mass[i] * pull;
      }
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 3; k++) place[i][k] += 0.001 * speed[i][k];
  }
  double sum = 0;
  for (int i = 0; i < n; i++) sum += place[i][0] + 3 * place[i][1] + 5 * place[i][2];
  return bits(sum);
}

/* Power method on a matrix computed as it goes: conversions and quotients. */
#define ROWS 64
static double entry(int i, int j) {
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(const double *v, double *out) {
  for (int i = 0; i < ROWS; i++) {
    double sum = 0;
    for (int j = 0; j < ROWS; j++) sum += entry(i, j) * v[j];
    out[i] = sum;
  }
}

u32 spectral(u32 rounds) {
  static double u[ROWS], v[ROWS];
  for (int i = 0; i < ROWS; i++) u[i] = 1;
  while (rounds--) {
    times(u, v);
    double largest = 0;
    for (int i = 0; i < ROWS; i++) largest = v[i] > largest ? v[i] : largest;
    for (int i = 0; i < ROWS; i++) u[i] = v[i] / largest;
  }
  double sum = 0;
  for (int i = 0; i < ROWS; i++) sum += u[i] * v[i];
  return bits(sum);
}

/* Points of the Mandelbrot set: short dependent chains, a compare every round. */
u32 mandelbrot(u32 rounds) {
  u32 inside = 0;
  for (u32 y = 0; y < rounds; y++)
    for (u32 x = 0; x < 64; x++) {
      double cr = x * (3.0 / 64) - 2.1, ci = (y & 63) * (2.4 / 64) - 1.2, zr = 0, zi = 0;
      u32 n = 0;
      for (; n < 100; n++) {
        double rr = zr * zr, ii = zi * zi;
        if (rr + ii > 4) break;
        zi = 2 * zr * zi + ci;
        zr = rr - ii + cr;
      }
      inside += n;
    }
  return inside;
}

/* Scalar product of single-precision vectors, in order: one addition waits for the other. */
#define LENGTH 1024
static float left[LENGTH], right[LENGTH];

u32 dot(u32 rounds) {
  for (int i = 0; i < LENGTH; i++) {
    left[i] = 1.0f / (i + 3);
    right[i] = 0.37f * (i % 19) - 3.1f;
  }
  float sum = 0;
  while (rounds--) {
    float part = 0;
    for (int i = 0; i < LENGTH; i++) part += left[i] * right[i];
    sum += part;
    left[rounds % LENGTH] += 0.001f;
  }
  return bits(sum);
}

/* Product of single-precision matrices, row by row: packed where the compiler vectorises. */
#define SIZE 48
static float a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

u32 matrix(u32 rounds) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = 0.1f * (i - j) + 0.7f;
      b[i][j] = 1.0f / (i + 2 * j + 1);
      c[i][j] = 0;
    }
  while (rounds--)
    for (int i = 0; i < SIZE; i++)
      for (int k = 0; k < SIZE; k++) {
        float factor = a[i][k];
        for (int j = 0; j < SIZE; j++) c[i][j] += factor * b[k][j];
      }
  float sum = 0;
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) sum += c[i][j];
  return bits(sum);
}
