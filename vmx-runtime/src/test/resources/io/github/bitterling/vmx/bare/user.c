// Runs cases of user-mode system instructions on the host processor: segment loads, far transfers, returns, privilege and page
// faults. Reads the input of bare.c; takes from its memory the code page (8000h), four data pages (9000h), the local descriptor table
// (1800h) and the rights of the data pages (page-table entries at 14000h). The code page is full of INT3, so every case ends in an
// exception, whose signal brings the state.
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x20000000ul
#define DATA 0x10000000ul
#define PAGES 4
#define PAGE 4096
#define ARENA 0x20000
#define MAX_CHANGES 64
#define ENTRIES 16

struct segment {
  uint64_t base;
  uint32_t limit, selector, attributes, pad;
};

struct in {
  uint32_t patches, pad;
  uint64_t reg[16], rip, flags;
  struct segment segment[8]; // ES CS SS DS FS GS
  uint64_t rest[23];
};

struct patch {
  uint64_t at, value;
};

struct out {
  uint32_t vector, changes;
  uint64_t error, cr2, reg[16], rip, flags, selector[6];
  struct patch change[MAX_CHANGES];
};

static struct in in;
static struct out out;
static uint8_t arena[ARENA];
static uint8_t *code, *data;
static uint64_t ldt[ENTRIES];
static int protection[PAGES];
static volatile int running;
static greg_t saved[NGREG];
static unsigned long fsBase;

static const int place[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static void start(int s, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  greg_t *g = u->uc_mcontext.gregs;
  memcpy(saved, g, sizeof saved);
  for (int i = 0; i < 16; i++) g[place[i]] = in.reg[i];
  g[REG_RIP] = in.rip;
  g[REG_EFL] = in.flags;
  g[REG_CSGSFS] = (g[REG_CSGSFS] & 0x0000FFFFFFFF0000l) | in.segment[1].selector | (uint64_t)in.segment[2].selector << 48;
  running = 1;
  // Last, because the C library's thread data hangs on FS
  __asm__ volatile("mov %w0, %%es; mov %w1, %%ds; mov %w2, %%gs; mov %w3, %%fs" : : "r"(in.segment[0].selector),
                   "r"(in.segment[3].selector), "r"(in.segment[5].selector), "r"(in.segment[4].selector));
}

static void stop(int s, siginfo_t *info, void *context) {
  // A signal handler starts with the flags of what it interrupted, and compiled code does not align everything
  __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andl $~0x40000, (%%rsp); popfq; lea 128(%%rsp), %%rsp" : : : "cc", "memory");
  uint64_t es, ds, fs, gs;
  __asm__ volatile("mov %%es, %0; mov %%ds, %1; mov %%fs, %2; mov %%gs, %3" : "=r"(es), "=r"(ds), "=r"(fs), "=r"(gs));
  long ignored;
  __asm__ volatile("syscall" : "=a"(ignored) : "0"(SYS_arch_prctl), "D"(ARCH_SET_FS), "S"(fsBase) : "rcx", "r11", "memory");
  ucontext_t *u = context;
  greg_t *g = u->uc_mcontext.gregs;
  if (!running) {
    signal(s, SIG_DFL);
    return;
  }
  running = 0;
  out.vector = s == SIGALRM ? 1000 : g[REG_TRAPNO];
  out.error = g[REG_ERR];
  out.cr2 = g[REG_CR2];
  for (int i = 0; i < 16; i++) out.reg[i] = g[place[i]];
  out.rip = g[REG_RIP];
  out.flags = g[REG_EFL];
  out.selector[0] = es & 0xFFFF;
  out.selector[1] = g[REG_CSGSFS] & 0xFFFF;
  out.selector[2] = (uint64_t)g[REG_CSGSFS] >> 48;
  out.selector[3] = ds & 0xFFFF;
  out.selector[4] = fs & 0xFFFF;
  out.selector[5] = gs & 0xFFFF;
  memcpy(g, saved, sizeof saved);
}

static void handle(int s, void (*f)(int, siginfo_t *, void *)) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_sigaction = f;
  a.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&a.sa_mask);
  sigaction(s, &a, 0);
}

static void *at(unsigned long address, int pages, int rights) {
  void *p = mmap((void *)address, pages * PAGE, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (p == MAP_FAILED) exit(3);
  return p;
}

// A descriptor as the kernel makes them: user privilege, accessed
static void descriptor(int entry, uint64_t d) {
  struct user_desc u;
  memset(&u, 0, sizeof u);
  u.entry_number = entry;
  u.base_addr = (d >> 16 & 0xFFFFFF) | (d >> 32 & 0xFF000000);
  u.limit = (d & 0xFFFF) | (d >> 32 & 0xF0000);
  u.contents = d >> 42 & 3;
  u.read_exec_only = !(d >> 41 & 1);
  u.seg_not_present = !(d >> 47 & 1);
  u.useable = d >> 52 & 1;
  u.seg_32bit = d >> 54 & 1;
  u.limit_in_pages = d >> 55 & 1;
  if (syscall(SYS_modify_ldt, 0x11, &u, sizeof u)) exit(4);
}

static void prepare(void) {
  for (int i = 0; i < ENTRIES; i++) {
    uint64_t d;
    memcpy(&d, arena + 0x1800 + 8 * i, 8);
    if (d == ldt[i]) continue;
    descriptor(i, d);
    ldt[i] = d;
  }
  memcpy(code, arena + 0x8000, PAGE);
  for (int i = 0; i < PAGES; i++) {
    if (protection[i] != (PROT_READ | PROT_WRITE)) mprotect(data + i * PAGE, PAGE, PROT_READ | PROT_WRITE);
    memcpy(data + i * PAGE, arena + 0x9000 + i * PAGE, PAGE);
    uint64_t entry;
    memcpy(&entry, arena + 0x14000 + 8 * i, 8);
    protection[i] = entry & 1 ? PROT_READ | (entry & 2 ? PROT_WRITE : 0) | (entry >> 63 ? 0 : PROT_EXEC) : PROT_NONE;
    if (protection[i] != (PROT_READ | PROT_WRITE)) mprotect(data + i * PAGE, PAGE, protection[i]);
  }
}

static void changes(void) {
  for (int i = 0; i < PAGES; i++) {
    if (protection[i] == PROT_NONE) mprotect(data + i * PAGE, PAGE, protection[i] = PROT_READ);
    for (int k = 0; k < PAGE; k += 8) {
      if (!memcmp(arena + 0x9000 + i * PAGE + k, data + i * PAGE + k, 8) || out.changes == MAX_CHANGES) continue;
      out.change[out.changes].at = 0x9000 + i * PAGE + k;
      memcpy(&out.change[out.changes++].value, data + i * PAGE + k, 8);
    }
  }
}

int main(void) {
  code = at(CODE, 1, PROT_READ | PROT_WRITE | PROT_EXEC);
  data = at(DATA, PAGES, PROT_READ | PROT_WRITE);
  for (int i = 0; i < PAGES; i++) protection[i] = PROT_READ | PROT_WRITE;
  syscall(SYS_arch_prctl, ARCH_GET_FS, &fsBase);
  stack_t alt = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&alt, 0);
  handle(SIGUSR1, start);
  int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGALRM};
  for (int i = 0; i < 6; i++) handle(signals[i], stop);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memset(arena, 0, ARENA);
    memset(arena + 0x9000, 0xCC, 0x7000);
    for (uint32_t i = 0; i < in.patches; i++) {
      struct patch p;
      if (fread(&p, sizeof p, 1, stdin) != 1 || p.at > ARENA - 8) return 2;
      memcpy(arena + p.at, &p.value, 8);
    }
    memset(&out, 0, sizeof out);
    prepare();
    struct itimerval limit = {.it_value.tv_usec = 200000}, none = {{0}};
    setitimer(ITIMER_REAL, &limit, 0);
    kill(getpid(), SIGUSR1);
    setitimer(ITIMER_REAL, &none, 0);
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(0x2b));
    changes();
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
