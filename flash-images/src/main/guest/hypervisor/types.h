#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define KIB 1024ull
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)
#define PAGE 4096ull
#define LARGE_PAGE (2 * MIB)

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline u64 align_down(u64 value, u64 unit) { return value & ~(unit - 1); }
static inline u64 align_up(u64 value, u64 unit) { return (value + unit - 1) & ~(unit - 1); }

void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
int memcmp(const void *a, const void *b, size_t length);

#endif
