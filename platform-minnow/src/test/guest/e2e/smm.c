/* In the place of the hypervisor: what firmware's system-management mode shows to the outside. */
#include "kernel.h"

#define APM_CNT 0xb2
#define SMI_EN 0x430
#define PM1_CNT 0x404
#define SMI_COUNT 0x34
#define SMBASE 0x9e
#define SMRR_BASE 0x1f2
#define SMRR_MASK 0x1f3

__asm__(
    ".section .text.start, \"ax\"\n"
    ".globl _start\n"
    "_start: movl $stack_top, %esp\n"
    "call program\n"
    ".text\n"
    "undefined: movl $6, fault\n"
    "addl $2, (%esp)\n" /* every instruction tried here has two bytes */
    "iret\n"
    "protection: addl $4, %esp\n"
    "movl $13, fault\n"
    "addl $2, (%esp)\n"
    "iret\n"
    ".bss\n"
    ".space 4096\n"
    "stack_top:\n"
    ".text\n");

extern u8 undefined[], protection[];
volatile u32 fault;

static u64 idt[14];

static u64 gate(const u8 *to) {
  u32 at = (u32)to;
  return (at & 0xffff) | 0x8 << 16 | 0x8e0000000000ull | (u64)(at >> 16) << 48;
}

static void load_idt(void) {
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) pointer = {sizeof(idt) - 1, (u32)idt};
  idt[6] = gate(undefined);
  idt[13] = gate(protection);
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

static u64 rdmsr(u32 index) {
  u32 low = 0, high = 0;
  fault = 0;
  __asm__ volatile("rdmsr" : "+a"(low), "+d"(high) : "c"(index) : "memory");
  return (u64)high << 32 | low;
}

static void wrmsr(u32 index, u32 low) {
  fault = 0;
  __asm__ volatile("wrmsr" : : "c"(index), "a"(low), "d"(0) : "memory");
}

static u32 inl(u16 port) {
  u32 value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void outl(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }

/* An SMI with a pattern in every register; what they are afterwards, mixed. */
static u32 smi(u8 command) {
  u32 b = 0x11111111, c = 0x22222222, s = 0x44444444, d = 0x88888888;
  __asm__ volatile("outb %4, $0xb2" : "+b"(b), "+c"(c), "+S"(s), "+D"(d) : "a"(command) : "memory");
  return b + c + s + d;
}

void program(void);
void program(void) {
  load_idt();
  u32 before = (u32)rdmsr(SMI_COUNT);
  field("smm: registers ", smi(0x55));
  field(" SMIs ", (u32)rdmsr(SMI_COUNT) - before);
  u32 tseg = (u32)rdmsr(SMRR_BASE) & 0xfffff000u;
  field("\r\nsmm: mask ", (u32)rdmsr(SMRR_MASK));
  volatile u32 *inside = (volatile u32 *)(tseg + 0x8000);
  *inside = 0;
  field(" TSEG ", *inside);
  outl(SMI_EN, inl(SMI_EN) & ~1u);
  field("\r\nsmm: SMI_EN ", inl(SMI_EN));
  field("\r\nsmm: ACPI ", inl(PM1_CNT) & 1);
  smi(0xe1);
  field(" ", inl(PM1_CNT) & 1);
  smi(0x1e);
  field(" ", inl(PM1_CNT) & 1);
  volatile u32 *bcr = (volatile u32 *)0xfed010fc;
  *bcr |= 1;
  field("\r\nsmm: BCR ", *bcr);
  *bcr = (*bcr & ~1u) | 2;
  *bcr |= 1;
  field(" ", *bcr);
  wrmsr(SMRR_MASK, 0);
  field("\r\nsmm: faults ", fault);
  rdmsr(SMBASE);
  field(" ", fault);
  fault = 0;
  __asm__ volatile("rsm" : : : "memory");
  field(" ", fault);
  text("\r\n");
  power_off();
}
