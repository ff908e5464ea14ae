// Runs XSAVE-family instructions on the host processor: reads struct in, writes struct out for each. XRSTOR installs the
// state before, the instruction runs on the area, XSAVE reads the state after.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define AREA 832

struct in {
  uint32_t operation; // 0 XSAVE, 1 XSAVEOPT, 2 XSAVEC, 3 XRSTOR, 4 XGETBV with ECX = 1
  uint32_t mask;
  uint32_t wide;      // REX.W
  uint32_t offset;    // of the area from alignment
  uint8_t before[AREA];
  uint8_t area[AREA];
};

struct out {
  uint32_t faulted;
  uint32_t value; // XGETBV
  uint8_t area[AREA];
  uint8_t after[AREA];
};

static struct in in;
static struct out out;
static uint8_t before[1024] __attribute__((aligned(64)));
static uint8_t area[1024] __attribute__((aligned(64)));
static uint8_t after[1024] __attribute__((aligned(64)));
static uint8_t initial[1024] __attribute__((aligned(64)));
static sigjmp_buf back;

static void fault(int s) { siglongjmp(back, s); }

static void run(uint8_t *p) {
  uint32_t a = in.mask, d = 0, c = 1;
  __asm__ volatile("xrstor64 %0" : : "m"(before), "a"(7), "d"(0) : "memory");
  switch (in.operation * 2 + in.wide) {
    case 0: __asm__ volatile("xsave (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 1: __asm__ volatile("xsave64 (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 2: __asm__ volatile("xsaveopt (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 3: __asm__ volatile("xsaveopt64 (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 4: __asm__ volatile("xsavec (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 5: __asm__ volatile("xsavec64 (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 6: __asm__ volatile("xrstor (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    case 7: __asm__ volatile("xrstor64 (%0)" : : "r"(p), "a"(a), "d"(d) : "memory"); break;
    default: __asm__ volatile("xgetbv" : "+a"(a), "=d"(d) : "c"(c));
  }
  out.value = a;
}

static void save(uint8_t *p) {
  __asm__ volatile("xsave64 (%0)" : : "r"(p), "a"(7), "d"(0) : "memory");
}

int main(void) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = fault;
  sigaction(SIGSEGV, &a, 0);
  sigaction(SIGBUS, &a, 0);
  sigaction(SIGILL, &a, 0);
  save(initial);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memcpy(before, in.before, AREA);
    memcpy(area + in.offset, in.area, AREA);
    memset(after, 0, sizeof after);
    memset(&out, 0, sizeof out);
    if (sigsetjmp(back, 1) == 0) {
      run(area + in.offset);
    } else {
      out.faulted = 1;
    }
    save(after);
    __asm__ volatile("xrstor64 %0" : : "m"(initial), "a"(7), "d"(0) : "memory");
    if (in.operation < 4) out.value = 0;
    memcpy(out.area, area + in.offset, AREA);
    // After a fault the signal handler has had the registers
    if (!out.faulted) memcpy(out.after, after, AREA);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
