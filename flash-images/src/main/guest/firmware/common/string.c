/* The memory and string functions GCC expects even from a freestanding program. */
#include "types.h"

#ifdef __i386__
void *memcpy(void *to, const void *from, usize count) {
  void *d = to;
  __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(count) : : "memory");
  return to;
}

void *memset(void *to, int value, usize count) {
  void *d = to;
  __asm__ volatile("rep stosb" : "+D"(d), "+c"(count) : "a"(value) : "memory");
  return to;
}

void *memmove(void *to, const void *from, usize count) {
  u8 *d = to;
  const u8 *s = from;
  if (d <= s || d >= s + count) {
    return memcpy(to, from, count);
  }
  while (count--) {
    d[count] = s[count];
  }
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
#endif
