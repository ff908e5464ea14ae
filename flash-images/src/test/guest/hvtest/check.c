/* Output on the UART, counting, and the order of the checks. */
#include "check.h"

#define UART 0x3F8
#define DEBUG_EXIT 0xF4
#define PM1_CONTROL 0x404
#define SLEEP_S5 0x3C00 /* SLP_TYP 7, SLP_EN */

static u32 check_count, failure_count;

static void put(char c) {
  while (!(inb(UART + 5) & 0x20)) {
  }
  outb(UART, (u8)c);
}

void print(const char *text) {
  while (*text) {
    put(*text++);
  }
}

void print_hex(u32 value) {
  for (int shift = 28; shift >= 0; shift -= 4) {
    put("0123456789ABCDEF"[value >> shift & 15]);
  }
}

void check(const char *name, u32 got, u32 expected) {
  check_count++;
  print("hvtest: ");
  print(name);
  if (got == expected) {
    print(": ok\r\n");
    return;
  }
  failure_count++;
  print(": FAILED, got ");
  print_hex(got);
  print(", expected ");
  print_hex(expected);
  print("\r\n");
}

void check_true(const char *name, bool condition) { check(name, condition, true); }

u32 failures(void) { return failure_count; }
u32 checks(void) { return check_count; }

void hvtest_main(void) {
  check_cpuid();
  check_vmcall();
  check_msrs();
  check_instructions();
  check_control_registers();
  check_memory();
  check_modes();
  check_nmi();
  check_cores();
  print("hvtest: ");
  print_hex(check_count);
  print(failure_count ? " checks, some FAILED\r\n" : " checks, all passed\r\n");
  if (failure_count) {
    outb(DEBUG_EXIT, 1);
  }
  outw(PM1_CONTROL, SLEEP_S5);
  for (;;) {
    asm volatile("cli; hlt");
  }
}
