/* Fixed-width types and the few helpers every file of the firmware needs. */
#ifndef FW_TYPES_H
#define FW_TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef __SIZE_TYPE__ usize;
typedef __UINTPTR_TYPE__ uptr;

#define PACKED __attribute__((packed))
#define NORETURN __attribute__((noreturn))
#define NULL ((void *)0)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALIGN_UP(value, to) (((value) + (to) - 1) & ~((to) - 1))
#define KIB 1024u
#define MIB (1024u * 1024u)

void *memcpy(void *to, const void *from, usize count);
void *memmove(void *to, const void *from, usize count);
void *memset(void *to, int value, usize count);
int memcmp(const void *a, const void *b, usize count);
usize strlen(const char *text);
int strcmp(const char *a, const char *b);

static inline u16 be16(const void *at) {
  const u8 *b = at;
  return (u16)(b[0] << 8 | b[1]);
}

static inline u32 be32(const void *at) {
  const u8 *b = at;
  return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static inline u64 be64(const void *at) {
  return (u64)be32(at) << 32 | be32((const u8 *)at + 4);
}

static inline u32 le32(const void *at) {
  const u8 *b = at;
  return (u32)b[3] << 24 | (u32)b[2] << 16 | (u32)b[1] << 8 | b[0];
}

#endif
