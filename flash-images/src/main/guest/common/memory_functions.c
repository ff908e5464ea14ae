/* REP forms: fast on the core and in the translator. */
#include "memory_functions.h"

void *memcpy(void *to, const void *from, usize count) {
  void *d = to;
  __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(count) : : "memory");
  return to;
}

void *memmove(void *to, const void *from, usize count) {
  if ((uptr)to - (uptr)from >= count) {
    return memcpy(to, from, count);
  }
  u8 *d = (u8 *)to + count - 1;
  const u8 *s = (const u8 *)from + count - 1;
  __asm__ volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(count) : : "memory");
  return to;
}

void *memset(void *to, int value, usize count) {
  void *d = to;
  __asm__ volatile("rep stosb" : "+D"(d), "+c"(count) : "a"(value) : "memory");
  return to;
}

int memcmp(const void *a, const void *b, usize count) {
  const u8 *x = a;
  const u8 *y = b;
  for (; count; count--, x++, y++) {
    if (*x != *y) {
      return *x - *y;
    }
  }
  return 0;
}

usize strlen(const char *text) {
  usize n = 0;
  while (text[n]) {
    n++;
  }
  return n;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) {
    a++;
    b++;
  }
  return (u8)*a - (u8)*b;
}
