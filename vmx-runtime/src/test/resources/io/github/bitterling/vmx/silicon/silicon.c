// Runs instructions on the host processor: reads struct in from standard input, writes struct out for each.
// The state before is installed by returning from a signal handler with TF set; the trap after the last
// instruction, or the signal of a fault, brings the state after.
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x20000000ul
#define DATA 0x10000000ul
#define PAGE 4096
#define LDT(n) ((n) << 3 | 7)
#define AC 0x40000 // alignment checks: CR0.AM is set under Linux

struct in {
  uint8_t code[64];
  uint32_t length;
  uint32_t mode; // 0 = 64-bit, 1 = flat 32-bit, 2 = 16-bit, 3 = 32-bit with data segments that are not flat
  uint64_t reg[16];
  uint64_t flags;
  uint64_t seed;
  uint64_t xmm[32];
  uint64_t mmx[8];
  uint64_t steps; // instructions to run at most; 0 = one with a REP prefix, to its end
  uint16_t exponent[8];
  uint32_t control;
  uint32_t status;
  uint32_t tags;
  uint32_t mxcsr;
  int64_t operandAt; // -1 or offset in the data page of four words that are not random
  uint64_t operand[4];
  uint64_t ymm[32]; // bits 255:128
};

struct out {
  uint32_t signal; // SIGTRAP when the instruction completed
  uint32_t vector;
  uint64_t reg[16];
  uint64_t rip;
  uint64_t flags;
  uint64_t hash;
  uint64_t xmm[32];
  uint64_t mmx[8];
  uint16_t exponent[8];
  uint32_t control;
  uint32_t status;
  uint32_t tags;
  uint32_t mxcsr;
  uint64_t window[16];
  uint64_t ymm[32];
};

static struct in in;
static struct out out;
static volatile int running;
static uint64_t left;
static greg_t saved[NGREG];
static struct _libc_fpstate savedFp;

// x86 register numbers to places in a signal frame
static const int place[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

// Upper halves of the YMM registers in a signal frame, behind the header of the XSAVE area (SDM volume 1, 13.4), or 0.
static uint64_t *upper(ucontext_t *u) {
  char *f = (char *)u->uc_mcontext.fpregs;
  uint32_t magic;
  memcpy(&magic, f + 464, 4);
  if (magic != 0x46505853 || !__builtin_cpu_supports("avx")) return 0;
  *(uint64_t *)(f + 512) |= 7; // XSTATE_BV: not in the initial state
  return (uint64_t *)(f + 576);
}

static void start(int s, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  memcpy(saved, u->uc_mcontext.gregs, sizeof saved);
  memcpy(&savedFp, u->uc_mcontext.fpregs, sizeof savedFp);
  greg_t *g = u->uc_mcontext.gregs;
  for (int i = 0; i < 16; i++) g[place[i]] = in.reg[i];
  memcpy(u->uc_mcontext.fpregs->_xmm, in.xmm, sizeof in.xmm);
  uint64_t *ymm = upper(u);
  if (ymm) memcpy(ymm, in.ymm, sizeof in.ymm);
  for (int i = 0; i < 8; i++) {
    memcpy(u->uc_mcontext.fpregs->_st[i].significand, &in.mmx[i], 8);
    u->uc_mcontext.fpregs->_st[i].exponent = in.exponent[i];
  }
  u->uc_mcontext.fpregs->cwd = in.control;
  u->uc_mcontext.fpregs->swd = in.status;
  u->uc_mcontext.fpregs->ftw = in.tags;
  u->uc_mcontext.fpregs->mxcsr = in.mxcsr;
  g[REG_RIP] = in.mode == 2 ? 0 : CODE;
  // A repeated instruction traps after each element with TF; those run to the INT3 behind them.
  g[REG_EFL] = (in.flags & (0xCD5 | AC)) | (in.steps == 0 ? 0x202 : 0x302);
  if (in.mode > 0) {
    uint64_t cs = in.mode == 2 ? LDT(0) : 0x23;
    uint64_t ss = in.mode == 1 ? 0x2b : LDT(in.mode - 1);
    g[REG_CSGSFS] = (g[REG_CSGSFS] & 0x0000FFFFFFFF0000l) | cs | ss << 48;
  }
  left = in.steps;
  running = 1;
}

// A signal handler starts with the flags of what it interrupted, and compiled code does not align everything.
static inline void clearAc(void) {
  __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andl %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp" : : "i"(~AC) : "cc", "memory");
}

static void stop(int s, siginfo_t *info, void *context) {
  clearAc();
  ucontext_t *u = context;
  greg_t *g = u->uc_mcontext.gregs;
  if (!running) {
    signal(s, SIG_DFL);
    return;
  }
  uint64_t from = in.mode == 2 ? 0 : CODE;
  if (s == SIGTRAP && g[REG_TRAPNO] == 1 && left > 1 && g[REG_RIP] - from < in.length) {
    left--;
    return; // TF is still set
  }
  running = 0;
  out.signal = s;
  out.vector = g[REG_TRAPNO];
  for (int i = 0; i < 16; i++) out.reg[i] = g[place[i]];
  out.rip = g[REG_RIP] - (s == SIGTRAP && in.steps == 0);
  out.flags = g[REG_EFL];
  memcpy(out.xmm, u->uc_mcontext.fpregs->_xmm, sizeof out.xmm);
  uint64_t components;
  memcpy(&components, (char *)u->uc_mcontext.fpregs + 512, 8);
  uint64_t *ymm = upper(u);
  memset(out.ymm, 0, sizeof out.ymm);
  if (!ymm) memcpy(out.ymm, in.ymm, sizeof out.ymm);
  else if (components & 4) memcpy(out.ymm, ymm, sizeof out.ymm);
  for (int i = 0; i < 8; i++) {
    memcpy(&out.mmx[i], u->uc_mcontext.fpregs->_st[i].significand, 8);
    out.exponent[i] = u->uc_mcontext.fpregs->_st[i].exponent;
  }
  out.control = u->uc_mcontext.fpregs->cwd;
  out.status = u->uc_mcontext.fpregs->swd;
  out.tags = u->uc_mcontext.fpregs->ftw;
  out.mxcsr = u->uc_mcontext.fpregs->mxcsr;
  memcpy(g, saved, sizeof saved);
  memcpy(u->uc_mcontext.fpregs, &savedFp, sizeof savedFp);
}

static void handle(int s, void (*f)(int, siginfo_t *, void *)) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_sigaction = f;
  a.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&a.sa_mask);
  sigaction(s, &a, 0);
}

static void segment(int entry, unsigned base, unsigned limit, int code, int wide) {
  struct user_desc d;
  memset(&d, 0, sizeof d);
  d.entry_number = entry;
  d.base_addr = base;
  d.limit = limit;
  d.contents = code ? 2 : 0;
  d.seg_32bit = wide;
  if (syscall(SYS_modify_ldt, 1, &d, sizeof d)) exit(4);
}

static void *at(unsigned long address) {
  void *p = mmap((void *)address, PAGE, PROT_READ | PROT_WRITE | (address == CODE ? PROT_EXEC : 0),
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (p == MAP_FAILED) exit(3);
  return p;
}

int main(void) {
  uint8_t *code = at(CODE);
  uint64_t *data = at(DATA);
  stack_t alt = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&alt, 0);
  handle(SIGUSR1, start);
  handle(SIGTRAP, stop);
  handle(SIGSEGV, stop);
  handle(SIGBUS, stop);
  handle(SIGILL, stop);
  handle(SIGFPE, stop);
  segment(0, CODE, 0xFFFF, 1, 0);
  segment(1, DATA, PAGE - 1, 0, 0);
  segment(2, DATA, PAGE - 1, 0, 1);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memset(code, 0xCC, 128);
    memcpy(code, in.code, in.length);
    uint64_t x = in.seed;
    for (int i = 0; i < PAGE / 8; i++) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      data[i] = x;
    }
    if (in.operandAt >= 0) memcpy((char *)data + in.operandAt, in.operand, sizeof in.operand);
    memset(&out, 0, sizeof out);
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(in.mode < 2 ? 0x2b : LDT(in.mode - 1)));
    kill(getpid(), SIGUSR1);
    uint64_t h = 0;
    for (int i = 0; i < PAGE / 8; i++) h = (h ^ data[i]) * 0x9E3779B97F4A7C15ul;
    out.hash = h;
    if (in.operandAt >= 0) memcpy(out.window, (char *)data + in.operandAt, sizeof out.window);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
