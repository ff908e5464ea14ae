/* Fixed-width types and the few helpers every program of the guest needs, 32-bit or 64-bit. */
#ifndef GUEST_TYPES_H
#define GUEST_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef size_t usize;
typedef uintptr_t uptr;

#define PACKED __attribute__((packed))
#define NORETURN __attribute__((noreturn))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALIGN_UP(value, to) (((value) + (to) - 1) & ~((to) - 1))
#define ALIGN_DOWN(value, to) ((value) & ~((to) - 1))
#define KIB 1024ull
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)
#define PAGE 4096ull
#define LARGE_PAGE (2 * MIB)

#endif
