// What programs made by csmith expect of their run-time library, without a C library: arithmetic that is defined for all
// operands, and a checksum over all global variables. Written for Bitterling; the results need only be the same on every processor.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define STATIC static inline

void crc_bytes(const void *from, unsigned bytes);
void finish(void) __attribute__((noreturn));

#define platform_main_begin()
#define crc32_gentab()
#define platform_main_end(crc, flag) finish()
#define crc32_context 0u
#define printf(...) ((void)0)
#define strcmp(a, b) 1

STATIC void transparent_crc(uint64_t value, const char *name, int flag) {
  (void)name;
  (void)flag;
  crc_bytes(&value, sizeof value);
}

STATIC void transparent_crc_bytes(const void *from, int bytes, const char *name, int flag) {
  (void)name;
  (void)flag;
  crc_bytes(from, (unsigned)bytes);
}

// Arithmetic is done in u, an unsigned type at least as wide as t; a shift count outside the width leaves the value.
#define COMMON(t, u, n, s2)                                                                                         \
  STATIC t safe_unary_minus_func_##n(t a) { return (t)(0 - (u)a); }                                                 \
  STATIC t safe_add_func_##n##s2(t a, t b) { return (t)((u)a + (u)b); }                                             \
  STATIC t safe_sub_func_##n##s2(t a, t b) { return (t)((u)a - (u)b); }                                             \
  STATIC t safe_mul_func_##n##s2(t a, t b) { return (t)((u)a * (u)b); }

#define SHIFTS(t, u, n, from, to, count)                                                                            \
  STATIC t safe_lshift_func_##n##from##to(t a, count by) {                                                          \
    return (unsigned)by >= sizeof(t) * 8 ? a : (t)((u)a << by);                                              \
  }                                                                                                                 \
  STATIC t safe_rshift_func_##n##from##to(t a, count by) {                                                          \
    return (unsigned)by >= sizeof(t) * 8 ? a : (t)(a >> by);                                                 \
  }

#define SIGNED(bits, least, u)                                                                                      \
  COMMON(int##bits##_t, u, int##bits##_t_s, _s)                                                                     \
  STATIC int##bits##_t safe_div_func_int##bits##_t_s_s(int##bits##_t a, int##bits##_t b) {                          \
    return b == 0 || (a == least && b == -1) ? a : (int##bits##_t)(a / b);                                          \
  }                                                                                                                 \
  STATIC int##bits##_t safe_mod_func_int##bits##_t_s_s(int##bits##_t a, int##bits##_t b) {                          \
    return b == 0 || (a == least && b == -1) ? a : (int##bits##_t)(a % b);                                          \
  }                                                                                                                 \
  SHIFTS(int##bits##_t, u, int##bits##_t, _s, _s, int)                                                              \
  SHIFTS(int##bits##_t, u, int##bits##_t, _s, _u, unsigned)

#define UNSIGNED(bits, u)                                                                                           \
  COMMON(uint##bits##_t, u, uint##bits##_t_u, _u)                                                                   \
  STATIC uint##bits##_t safe_div_func_uint##bits##_t_u_u(uint##bits##_t a, uint##bits##_t b) {                      \
    return b == 0 ? a : (uint##bits##_t)(a / b);                                                                    \
  }                                                                                                                 \
  STATIC uint##bits##_t safe_mod_func_uint##bits##_t_u_u(uint##bits##_t a, uint##bits##_t b) {                      \
    return b == 0 ? a : (uint##bits##_t)(a % b);                                                                    \
  }                                                                                                                 \
  SHIFTS(uint##bits##_t, u, uint##bits##_t, _u, _s, int)                                                            \
  SHIFTS(uint##bits##_t, u, uint##bits##_t, _u, _u, unsigned)

SIGNED(8, INT8_MIN, uint32_t)
SIGNED(16, INT16_MIN, uint32_t)
SIGNED(32, INT32_MIN, uint32_t)
SIGNED(64, INT64_MIN, uint64_t)
UNSIGNED(8, uint32_t)
UNSIGNED(16, uint32_t)
UNSIGNED(32, uint32_t)
UNSIGNED(64, uint64_t)
