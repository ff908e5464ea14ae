/* What the checks share: output, exception catching, a few instructions. */
#ifndef HVTEST_CHECK_H
#define HVTEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define NO_EXCEPTION 0xFFu
#define UD 6u
#define GP 13u

/* Prints "hvtest: name: ok", or both values and counts a failure. */
void check(const char *name, u32 got, u32 expected);
void check_true(const char *name, bool condition);
u32 failures(void);
u32 checks(void);
void print(const char *text);
void print_hex(u32 value);

/* Set by the exception stubs (start.S). */
extern volatile u32 caught_vector;
extern volatile u32 resume_at;
extern volatile u32 debug_traps, nmi_count;

/* Runs one instruction; the value is the vector it raised, or NO_EXCEPTION. Operands follow as in asm. */
#define CATCH(instruction, ...)                                                               \
  ({                                                                                          \
    caught_vector = NO_EXCEPTION;                                                             \
    asm volatile("movl $1f, resume_at\n\t" instruction "\n1:" __VA_ARGS__);                   \
    caught_vector;                                                                            \
  })

struct cpuid_result {
  u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_result cpuid(u32 leaf) {
  struct cpuid_result r;
  asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(0));
  return r;
}

static inline void outb(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(u16 port, u16 value) { asm volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 inb(u16 port) {
  u8 value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static inline u32 read_cr0(void) {
  u32 value;
  asm volatile("mov %%cr0, %0" : "=r"(value));
  return value;
}

static inline u32 read_cr4(void) {
  u32 value;
  asm volatile("mov %%cr4, %0" : "=r"(value));
  return value;
}

struct vmcall_result {
  u32 status, value;
};

static inline struct vmcall_result vmcall(u32 leaf, u32 first, u32 second) {
  asm volatile("vmcall" : "+a"(leaf), "+b"(first) : "c"(second) : "memory");
  return (struct vmcall_result){leaf, first};
}

void check_cpuid(void);
void check_vmcall(void);
void check_msrs(void);
void check_instructions(void);
void check_control_registers(void);
void check_memory(void);
void check_modes(void);
void check_nmi(void);
void check_cores(void);

#endif
