#include "checksum.h"

u8 checksum8(const void *at, usize size) {
  const u8 *b = at;
  u8 sum = 0;
  while (size--) {
    sum = (u8)(sum + *b++);
  }
  return (u8)-sum;
}

u16 checksum_ip(const void *at, usize size) {
  const u8 *b = at;
  u32 sum = 0;
  for (usize i = 0; i < size; i++) {
    sum += i & 1 ? (u32)b[i] << 8 : b[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return (u16)~sum;
}
