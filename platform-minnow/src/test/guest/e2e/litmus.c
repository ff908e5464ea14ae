/*
 * What x86 promises to programs on several cores (SDM volume 3, chapter 9), asked of two or four again and again: order of
 * loads and stores, locked instructions of every width and place, locks, code and page tables that another core changes.
 * Each line says how often something was seen that must not be.
 */
#include "cores.h"

#ifndef CORES
#define CORES 4u
#endif
#ifndef ROUNDS
#define ROUNDS 200u
#endif
#define BATCH 256u
#define APIC_SPURIOUS 0xFEE000F0u
#define APIC_EOI 0xFEE000B0u
#define VECTOR 0x40u
#define IPI_OTHERS (0xC4000u | VECTOR)

typedef volatile u32 shared;

static shared arrived, phase;

/* All cores wait for each other. */
static void meet(void) {
  u32 now = phase, last = CORES - 1, one = 1;
  __asm__ volatile("lock xaddl %0, %1" : "+r"(one), "+m"(arrived) : : "memory");
  if (one == last) {
    arrived = 0;
    phase = now + 1;
  }
  while (phase == now) {
    __asm__ volatile("pause");
  }
}

static inline void mfence(void) { __asm__ volatile("mfence" ::: "memory"); }

/* Locations of the order tests lie in lines of their own. */
struct cell {
  shared x, space[15], y, more[15];
};
static struct cell cells[BATCH];
static shared seen[4][2][BATCH];

typedef void part(u32 core, u32 i);
typedef u32 check(u32 i);

static u32 order(const char *name, part *run, check *forbidden, u32 core) {
  u32 wrong = 0;
  for (u32 round = 0; round < ROUNDS; round++) {
    for (u32 i = core; i < BATCH; i += CORES) {
      cells[i].x = cells[i].y = 0;
    }
    meet();
    for (u32 i = 0; i < BATCH; i++) {
      run(core, i);
    }
    meet();
    for (u32 i = 0; core == 0 && i < BATCH; i++) {
      wrong += forbidden(i);
    }
    meet();
  }
  if (core == 0) {
    say_line(name, wrong);
  }
  return wrong;
}

#define SEEN(core, which) seen[core][which][i]

static void store_buffering(u32 core, u32 i) {
  if (core == 0) {
    cells[i].x = 1;
    SEEN(0, 0) = cells[i].y;
  } else if (core == 1) {
    cells[i].y = 1;
    SEEN(1, 0) = cells[i].x;
  }
}

static void store_buffering_fenced(u32 core, u32 i) {
  if (core == 0) {
    cells[i].x = 1;
    mfence();
    SEEN(0, 0) = cells[i].y;
  } else if (core == 1) {
    u32 one = 1;
    __asm__ volatile("xchgl %0, %1" : "+r"(one), "+m"(cells[i].y) : : "memory");
    SEEN(1, 0) = cells[i].x;
  }
}

static u32 both_old(u32 i) { return !SEEN(0, 0) && !SEEN(1, 0); }

static void message_passing(u32 core, u32 i) {
  if (core == 0) {
    cells[i].x = 1;
    cells[i].y = 1;
  } else {
    SEEN(core, 0) = cells[i].y;
    SEEN(core, 1) = cells[i].x;
  }
}

static u32 message_lost(u32 i) {
  u32 wrong = 0;
  for (u32 core = 1; core < CORES; core++) {
    wrong += SEEN(core, 0) && !SEEN(core, 1);
  }
  return wrong;
}

static void load_buffering(u32 core, u32 i) {
  if (core == 0) {
    SEEN(0, 0) = cells[i].x;
    cells[i].y = 1;
  } else if (core == 1) {
    SEEN(1, 0) = cells[i].y;
    cells[i].x = 1;
  }
}

static u32 both_new(u32 i) { return SEEN(0, 0) && SEEN(1, 0); }

static void independent_writes(u32 core, u32 i) {
  if (core == 0) {
    cells[i].x = 1;
  } else if (core == 1) {
    cells[i].y = 1;
  } else if (core == 2) {
    SEEN(2, 0) = cells[i].x;
    SEEN(2, 1) = cells[i].y;
  } else {
    SEEN(3, 0) = cells[i].y;
    SEEN(3, 1) = cells[i].x;
  }
}

static u32 readers_disagree(u32 i) { return SEEN(2, 0) && !SEEN(2, 1) && SEEN(3, 0) && !SEEN(3, 1); }

static void two_writers(u32 core, u32 i) {
  if (core == 0) {
    cells[i].x = 1;
    cells[i].y = 2;
  } else if (core == 1) {
    cells[i].y = 1;
    cells[i].x = 2;
  }
}

static u32 both_first(u32 i) { return cells[i].x == 1 && cells[i].y == 1; }

/* Locked instructions: what all cores add must be there at the end. */
static u8 arena[3 * 4096] __attribute__((aligned(4096)));
#define MANY (ROUNDS * 64)

#define ADDS(name, instruction, type)                   \
  static void name(volatile u8 *at) {                   \
    for (u32 i = 0; i < MANY; i++) {                    \
      __asm__ volatile(instruction : "+m"(*(type *)at) : : "memory", "eax", "cc"); \
    }                                                   \
  }

ADDS(add8, "lock addb $1, %0", volatile u8)
ADDS(inc16, "lock incw %0", volatile u16)
ADDS(sub32, "lock subl $-1, %0", volatile u32)
ADDS(adc32, "stc\n lock adcl $0, %0", volatile u32)
ADDS(xadd8, "movb $1, %%al\n lock xaddb %%al, %0", volatile u8)
ADDS(xadd16, "movw $1, %%ax\n lock xaddw %%ax, %0", volatile u16)
ADDS(xadd32, "movl $1, %%eax\n lock xaddl %%eax, %0", volatile u32)

static void exchange32(volatile u8 *at) {
  for (u32 i = 0; i < MANY; i++) {
    u32 old = *(shared *)at, before;
    do {
      before = old;
      __asm__ volatile("lock cmpxchgl %2, %1" : "+a"(old), "+m"(*(shared *)at) : "r"(before + 1) : "memory", "cc");
    } while (old != before);
  }
}

static void exchange64(volatile u8 *at) {
  for (u32 i = 0; i < MANY; i++) {
    volatile u64 *wide = (volatile u64 *)at;
    u8 same;
    do {
      u64 old = *wide, next = old + 0x100000001u; /* may be torn: then it is not the same */
      __asm__ volatile("lock cmpxchg8b %1\n sete %0"
                       : "=q"(same), "+m"(*wide), "+A"(old)
                       : "b"((u32)next), "c"((u32)(next >> 32))
                       : "memory", "cc");
    } while (!same);
  }
}

static u32 value(volatile u8 *at, u32 bytes) {
  u32 sum = 0;
  for (u32 i = 0; i < bytes; i++) {
    sum |= (u32)at[i] << 8 * i;
  }
  return sum;
}

typedef void adder(volatile u8 *at);

static void count(const char *name, adder *add, u32 bytes, u32 core) {
  static const u16 places[] = {64, 65, 67, 126, 127, 4095, 8190};
  u32 wrong = 0, mask = bytes >= 4 ? ~0u : (1u << 8 * bytes) - 1;
  for (u32 k = 0; k < sizeof(places) / sizeof(*places); k++) {
    volatile u8 *at = arena + places[k];
    for (u32 i = 0; core == 0 && i < 8; i++) {
      at[i] = 0;
    }
    meet();
    add(at);
    meet();
    wrong += value(at, bytes < 4 ? bytes : 4) != (CORES * MANY & mask);
    wrong += bytes == 8 && value(at + 4, 4) != CORES * MANY;
    meet();
  }
  if (core == 0) {
    say_line(name, wrong);
  }
}

/* Locked changes of a byte leave those beside it alone, which others change without LOCK. */
static void neighbours(u32 core) {
  volatile u8 *bytes = arena + 256;
  bytes[core] = 0;
  meet();
  for (u32 i = 0; i < MANY + 1; i++) {
    if (core & 1) {
      bytes[core]++;
    } else {
      __asm__ volatile("lock incb %0" : "+m"(bytes[core]) : : "cc");
    }
  }
  meet();
  if (core == 0) {
    u32 wrong = 0;
    for (u32 i = 0; i < CORES; i++) {
      wrong += bytes[i] != ((MANY + 1) & 255);
    }
    say_line("litmus: neighbours ", wrong);
  }
}

/* One location changed by locked instructions of two widths, one of them across a line: bytes count what all add. */
static void overlap(u32 core) {
  volatile u8 *at = arena + 317;
  meet();
  for (u32 i = 0; i < MANY + 1; i++) {
    if (core & 1) {
      __asm__ volatile("lock incb %0" : "+m"(*at) : : "cc");
    } else {
      __asm__ volatile("lock addl $1, %0" : "+m"(*(shared *)at) : : "cc");
    }
  }
  meet();
  if (core == 0) {
    say_line("litmus: overlap ", at[0] != (CORES * (MANY + 1) & 255));
  }
}

/* A spin lock that is given back by a plain store. */
static shared spin, guarded[2], bits;

static void spin_lock(u32 core) {
  meet();
  for (u32 i = 0; i < MANY; i++) {
    u32 taken = 1;
    while (taken) {
      __asm__ volatile("xchgl %0, %1" : "+r"(taken), "+m"(spin) : : "memory");
      if (taken) {
        __asm__ volatile("pause");
      }
    }
    guarded[0]++;
    guarded[1]--;
    spin = 0;
  }
  meet();
  if (core == 0) {
    say_line("litmus: spin lock ", (guarded[0] != CORES * MANY) + (guarded[1] != -(CORES * MANY)));
  }
  meet();
}

/* The same with a bit that BTS takes and BTR gives back. */
static void bit_lock(u32 core) {
  u32 bit = 5;
  meet();
  for (u32 i = 0; i < MANY; i++) {
    u8 taken = 1;
    while (taken) {
      __asm__ volatile("lock btsl %2, %1\n setc %0" : "=q"(taken), "+m"(bits) : "r"(bit) : "memory", "cc");
    }
    guarded[0]--;
    __asm__ volatile("lock btrl %1, %0" : "+m"(bits) : "r"(bit) : "memory", "cc");
  }
  meet();
  if (core == 0) {
    say_line("litmus: bit lock ", guarded[0] + bits);
  }
}

/* Code that core 0 changes is seen by the others after a serializing instruction. */
__asm__(".text\n .balign 64\n changing: movl $0, %eax\n ret\n .balign 64\n");
extern u8 changing[];
static shared version, acknowledged, code_wrong;

/* The same for pages that hold code for the first time, and are written right afterwards. */
#define FRESH 48u
static u8 fresh[FRESH][4096] __attribute__((aligned(4096)));

static u32 call_serialized(u8 *function) {
  u32 got, leaf = 0;
  __asm__ volatile("cpuid" : "+a"(leaf) : : "ebx", "ecx", "edx", "memory");
  __asm__ volatile("call *%1" : "=a"(got) : "r"(function) : "memory");
  return got;
}

static void wrong_code(bool wrong) {
  if (wrong) {
    __asm__ volatile("lock incl %0" : "+m"(code_wrong) : : "cc");
  }
}

static void fresh_code(u32 core) {
  for (u32 n = 0; n < FRESH; n++) {
    u8 *page = fresh[n];
    shared *operand = (shared *)(page + 4), *changed = (shared *)(page + 12);
    if (core == 0) {
      page[3] = 0xB8; /* movl $n, %eax; ret */
      *operand = n;
      page[8] = 0xC3;
    }
    meet();
    if (core == 0) {
      for (u32 i = 0; i < n * 8; i++) {
        __asm__ volatile("pause");
      }
      *operand = n + FRESH;
      *changed = 1;
    } else {
      u32 first = call_serialized(page + 3);
      wrong_code(first != n && first != n + FRESH);
      while (!*changed) {
      }
      wrong_code(call_serialized(page + 3) != n + FRESH);
    }
  }
}

static void code(u32 core) {
  meet();
  for (u32 n = 1; n <= ROUNDS; n++) {
    if (core == 0) {
      __asm__ volatile("movl %0, changing + 1" : : "r"(n) : "memory");
      version = n;
      while (acknowledged != n * (CORES - 1)) {
        __asm__ volatile("pause");
      }
    } else {
      while (version != n) {
      }
      wrong_code(call_serialized(changing) != n);
      __asm__ volatile("lock incl %0" : "+m"(acknowledged) : : "cc");
    }
  }
  meet();
  fresh_code(core);
  meet();
  if (core == 0) {
    say_line("litmus: changed code ", code_wrong);
  }
}

/* Paging: 4 MiB pages one to one, and one table for a page that moves. */
#define WINDOW 0xC0000000u
#define PRESENT 3u
#define ACCESSED 0x20u
#define POISON 0xDEADu
static u32 directory[1024] __attribute__((aligned(4096))), table[1024] __attribute__((aligned(4096)));
static shared pages[2][1024] __attribute__((aligned(4096)));
static shared acks, over, stale, revived;

static void paging_on(void) {
  u32 cr4, cr0;
  __asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
  __asm__ volatile("movl %0, %%cr4" : : "r"(cr4 | 0x10));
  __asm__ volatile("movl %0, %%cr3" : : "r"(directory));
  __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("movl %0, %%cr0" : : "r"(cr0 | 0x80000000u) : "memory");
}

static void invalidate(void) { __asm__ volatile("invlpg (%0)" : : "r"(WINDOW) : "memory"); }

__asm__(".text\n shoot: pushl %eax\n movl $0xC0000000, %eax\n invlpg (%eax)\n lock incl acks\n"
        " movl $0, 0xFEE000B0\n popl %eax\n iret\n");
extern const char shoot[];

static struct {
  u16 low, selector;
  u32 high;
} tables[CORES][VECTOR + 1];

static void interrupts_on(u32 core) {
  typeof(&tables[0][0]) gates = tables[core];
  u16 cs;
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) pointer = {sizeof(tables[core]) - 1, (u32)gates};
  __asm__("mov %%cs, %0" : "=r"(cs));
  for (u32 vector = 0; vector < 32; vector++) {
    u32 at = (u32)(0x00227D00 >> vector & 1 ? on_error : on_fault);
    gates[vector].low = (u16)at;
    gates[vector].selector = cs;
    gates[vector].high = (at & 0xFFFF0000) | 0x8E00;
  }
  gates[VECTOR].low = (u16)(u32)shoot;
  gates[VECTOR].selector = cs;
  gates[VECTOR].high = ((u32)shoot & 0xFFFF0000) | 0x8E00;
  __asm__ volatile("lidt %0" : : "m"(pointer));
  write32(APIC_SPURIOUS, 0x1FF);
  __asm__ volatile("sti");
}

/* Once all have been told that the page moved, nobody sees the old one. */
static void shootdown(u32 core) {
  shared *window = (shared *)WINDOW;
  if (core != 0) {
    while (!over) {
      if (*window == POISON) {
        __asm__ volatile("lock incl %0" : "+m"(stale) : : "cc");
      }
    }
    return;
  }
  for (u32 n = 1; n <= ROUNDS; n++) {
    shared *old = pages[(n - 1) & 1];
    pages[n & 1][0] = n;
    table[0] = (u32)pages[n & 1] | PRESENT;
    invalidate();
    acks = 0;
    write32(APIC_COMMAND, IPI_OTHERS);
    while (acks != CORES - 1) {
      __asm__ volatile("pause");
    }
    old[0] = POISON;
    for (u32 i = 0; i < 50; i++) {
      __asm__ volatile("pause");
    }
  }
  over = 1;
}

/* A processor that marks an entry as accessed does not bring back what another one has just taken away. */
static void marking(u32 core) {
  if (core != 0) {
    skip = 2; /* movl (%ecx), %eax */
    while (over == 1) {
      invalidate();
      __asm__ volatile("movl (%%ecx), %%eax" : : "c"(WINDOW) : "eax", "memory");
    }
    return;
  }
  for (u32 n = 0; n < MANY; n++) {
    u32 gone = 0;
    *(shared *)table = (u32)pages[0] | PRESENT;
    for (u32 i = 0; i < n % 16; i++) {
      __asm__ volatile("" ::: "memory");
    }
    __asm__ volatile("xchgl %0, %1" : "+r"(gone), "+m"(*(shared *)table) : : "memory");
    for (u32 i = 0; i < 20; i++) {
      revived += *(shared *)table != 0;
    }
  }
  over = 2;
}

static void paging(u32 core) {
  if (core == 0) {
    for (u32 i = 0; i < 1024; i++) {
      directory[i] = i << 22 | 0x83;
    }
    directory[WINDOW >> 22] = (u32)table | PRESENT;
    table[0] = (u32)pages[0] | PRESENT;
  }
  meet();
  paging_on();
  interrupts_on(core);
  meet();
  shootdown(core);
  meet();
  marking(core);
  meet();
  if (core == 0) {
    say_line("litmus: stale pages ", stale);
    say_line("litmus: revived entries ", revived);
  }
  meet();
}

/* CMPXCHG16B in 64-bit mode, then back to the caller's 32 bits. */
__asm__(".data\n .balign 16\n wide_gdt: .quad 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00AF9B000000FFFF\n"
        "wide_pointer: .word 31\n .long wide_gdt\n .balign 16\n wide: .quad 0, 0\n"
        ".text\n"
        "exchange128: pushl %ebx\n pushl %esi\n pushl %edi\n movl 16(%esp), %esi\n lgdt wide_pointer\n"
        " movl %cr0, %eax\n andl $0x7FFFFFFF, %eax\n movl %eax, %cr0\n"
        " movl %cr4, %eax\n orl $0x20, %eax\n movl %eax, %cr4\n"
        " movl $long_root, %eax\n movl %eax, %cr3\n"
        " movl $0xC0000080, %ecx\n rdmsr\n orl $0x100, %eax\n wrmsr\n"
        " movl %cr0, %eax\n orl $0x80000000, %eax\n movl %eax, %cr0\n ljmp $24, $4f\n"
        ".code64\n"
        "4: movl $wide, %edi\n"
        "1: movq (%rdi), %rax\n movq 8(%rdi), %rdx\n"
        "2: leaq 1(%rax), %rbx\n leaq -1(%rdx), %rcx\n lock cmpxchg16b (%rdi)\n jnz 2b\n"
        " decl %esi\n jnz 1b\n"
        " pushq $8\n movl $3f, %eax\n pushq %rax\n lretq\n"
        ".code32\n"
        "3: movl %cr0, %eax\n andl $0x7FFFFFFF, %eax\n movl %eax, %cr0\n popl %edi\n popl %esi\n popl %ebx\n ret\n");
void exchange128(u32 times);
extern volatile u64 wide[2];
u64 long_root[512] __attribute__((aligned(4096))), long_second[512] __attribute__((aligned(4096)));
static u64 long_third[512] __attribute__((aligned(4096)));

static void sixteen(u32 core) {
  if (core == 0) {
    for (u32 i = 0; i < 512; i++) {
      long_third[i] = (u64)i << 21 | 0x83;
    }
    long_second[0] = (u32)long_third | PRESENT;
    long_root[0] = (u32)long_second | PRESENT;
  }
  meet();
  __asm__ volatile("cli");
  exchange128(MANY);
  meet();
  if (core == 0) {
    say_line("litmus: cmpxchg16b ", (wide[0] != CORES * MANY) + (wide[1] != -(u64)(CORES * MANY)));
  }
}

static void orders(u32 core) {
  order("seen: store buffering ", store_buffering, both_old, core);
  order("litmus: store buffering, fenced ", store_buffering_fenced, both_old, core);
  order("litmus: message passing ", message_passing, message_lost, core);
  order("litmus: load buffering ", load_buffering, both_new, core);
  if (CORES == 4) {
    order("litmus: independent writes ", independent_writes, readers_disagree, core);
  }
  order("litmus: two writers ", two_writers, both_first, core);
}

static void counts(u32 core) {
  count("litmus: lock add 8 ", add8, 1, core);
  count("litmus: lock inc 16 ", inc16, 2, core);
  count("litmus: lock sub 32 ", sub32, 4, core);
  count("litmus: lock adc 32 ", adc32, 4, core);
  count("litmus: lock xadd 8 ", xadd8, 1, core);
  count("litmus: lock xadd 16 ", xadd16, 2, core);
  count("litmus: lock xadd 32 ", xadd32, 4, core);
  count("litmus: cmpxchg 32 ", exchange32, 4, core);
  count("litmus: cmpxchg8b ", exchange64, 8, core);
}

void core(u32 number) {
  orders(number);
  counts(number);
  neighbours(number);
  overlap(number);
  spin_lock(number);
  bit_lock(number);
  code(number);
  paging(number);
  sixteen(number);
}

void program(void) {
  start_others();
  say_line("litmus: cores ", cores);
  core(0);
  say("litmus: end\r\n");
  power_off();
}
