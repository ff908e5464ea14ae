/* What the programs of the cell tests share: a start, COM1, hypercalls, exceptions that are skipped. */
#include <stdbool.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define UART 0x3F8
#define CALL_RESTART 2
#define CALL_VM_STATE 3

static inline void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outl(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 inb(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline u16 inw(u16 port) {
  u16 value;
  __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline u32 inl(u16 port) {
  u32 value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static inline u32 read32(u32 at) {
  u32 value;
  __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(at) : "memory");
  return value;
}
static inline void write32(u32 at, u32 value) { __asm__ volatile("movl %1, (%0)" : : "r"(at), "r"(value) : "memory"); }

struct vm_state {
  u32 status, running, restarts, violations;
};

static inline struct vm_state vm_state(u32 index) {
  struct vm_state s = {CALL_VM_STATE, index, 0, 0};
  __asm__ volatile("vmcall" : "+a"(s.status), "+b"(s.running), "=c"(s.restarts), "=d"(s.violations));
  return s;
}

static inline u32 vm_restart(u32 index) {
  u32 status = CALL_RESTART;
  __asm__ volatile("vmcall" : "+a"(status), "+b"(index));
  return status;
}

static inline void put(char c) {
  while (!(inb(UART + 5) & 0x20)) {
  }
  outb(UART, (u8)c);
}

static inline void say(const char *text) {
  while (*text) {
    put(*text++);
  }
}

static inline void say_number(u32 value) {
  char digits[12];
  u32 n = 0;
  do {
    digits[n++] = "0123456789"[value % 10];
    value /= 10;
  } while (value);
  while (n) {
    put(digits[--n]);
  }
}

static inline void say_line(const char *text, u32 value) {
  say(text);
  say_number(value);
  say("\r\n");
}

static inline void power_off(void) {
  outw(0x404, 0x3C01);
  for (;;) {
    __asm__ volatile("hlt");
  }
}

/* Every exception skips `skip` bytes and counts. */
volatile u32 skip, faults;

__asm__(
    ".text\n"
    ".globl _start\n"
    "_start: cli\n cld\n movl $stack_top, %esp\n call program\n"
    "9: hlt\n jmp 9b\n"
    "on_error: addl $4, %esp\n"
    "on_fault: pushl %eax\n movl skip, %eax\n addl %eax, 4(%esp)\n incl faults\n popl %eax\n iret\n"
    ".bss\n .balign 16\n .space 8192\n stack_top:\n .text\n");

extern const char on_error[], on_fault[];
static struct {
  u16 low, selector;
  u32 high;
} idt[32];

static inline void skip_faults(void) {
  for (u32 vector = 0; vector < 32; vector++) {
    u32 at = (u32)(0x00227D00 >> vector & 1 ? on_error : on_fault);
    u16 cs;
    __asm__("mov %%cs, %0" : "=r"(cs));
    idt[vector].low = (u16)at;
    idt[vector].selector = cs;
    idt[vector].high = (at & 0xFFFF0000) | 0x8E00;
  }
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) pointer = {sizeof(idt) - 1, (u32)idt};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

void program(void);
