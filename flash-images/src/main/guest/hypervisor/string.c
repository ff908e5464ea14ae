/* The four functions gcc may call in freestanding code. REP forms: fast on the core and in the translator. */
#include "types.h"

void *memcpy(void *to, const void *from, size_t length) {
  void *d = to;
  asm volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(length) : : "memory");
  return to;
}

void *memmove(void *to, const void *from, size_t length) {
  if ((uintptr_t)to - (uintptr_t)from >= length) {
    return memcpy(to, from, length);
  }
  u8 *d = (u8 *)to + length - 1;
  const u8 *s = (const u8 *)from + length - 1;
  asm volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(length) : : "memory");
  return to;
}

void *memset(void *to, int value, size_t length) {
  void *d = to;
  asm volatile("rep stosb" : "+D"(d), "+c"(length) : "a"(value) : "memory");
  return to;
}

int memcmp(const void *a, const void *b, size_t length) {
  const u8 *x = a;
  const u8 *y = b;
  for (size_t i = 0; i < length; i++) {
    if (x[i] != y[i]) {
      return x[i] - y[i];
    }
  }
  return 0;
}
