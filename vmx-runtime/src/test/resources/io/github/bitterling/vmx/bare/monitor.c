// The monitor of the Bochs oracle: takes cases from the disk, runs each by RSM until a timer SMI, writes the outcomes behind them. Cases and
// outcomes are laid out as in bare.c.
//
//   0-1FFFF        memory of the case             40000-5FFFF   the same as it was before the case
//   30000-3FFFF    SMBASE's 64 KiB                60000-6FFFF   variables and stack
//   70000-7FFFF    outcomes on their way out      90000-95FFF   page tables; TSS at 96000
//   200000-21FFFF  background                     1000000       number of cases and of sectors they take, then the cases
#include <stdint.h>

#define ARENA 0x20000
#define SMBASE 0x30000u
#define BEFORE 0x40000
#define OUT 0x70000
#define OUT_BYTES 0x10000
#define BACKGROUND 0x200000
#define INPUT 0x1000000
#define SECTOR 512
#define LINE 128
#define MAX_CHANGES 64
#define MSRS 8

// The ends of a case, as KVM numbers them
enum { HALT = 5, SHUTDOWN = 8, LATE = 2000 };

#define HLT 0xF4
#define NOP 0x90
#define INT3 0xCC

struct segment {
  uint64_t base;
  uint32_t limit, selector, attributes, pad;
};

struct state {
  uint64_t reg[16];
  uint64_t rip, flags;
  struct segment segment[8];
  uint64_t gdtr, gdtrLimit, idtr, idtrLimit;
  uint64_t cr0, cr2, cr3, cr4, efer;
  uint64_t dr[4], dr6, dr7;
  uint64_t msr[MSRS];
};

struct patch {
  uint64_t at, value;
};

struct in {
  uint32_t patches, pad;
  struct state state;
  struct patch patch[];
};

struct out {
  uint32_t end, changes;
  struct state state;
  struct patch change[MAX_CHANGES];
};

static struct {
  uint32_t magic;
  uint32_t left;    // cases, with the one that runs
  uint32_t running; // whether a case was entered and has not ended
  uint32_t filled;  // bytes at OUT
  uint32_t sector;  // of the disk, next to be written
  const struct in *at;
  struct out out;
} own;

extern const uint8_t smi_stub[], smi_stub_end[];
extern uint64_t differs(const void *a, const void *b, uint64_t lines, uint64_t from);
extern void leave(void) __attribute__((noreturn));
void boot(void);
void smi(void);

static const uint32_t msrNumber[MSRS] = {0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084, 0xC0000102, 0x174, 0x175, 0x176};

static void outb(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

static uint8_t inb(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void copy(uint64_t to, uint64_t from, uint64_t bytes) {
  bytes /= 4;
  __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void fill(uint64_t to, uint8_t value, uint64_t bytes) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
}

static uint64_t rdmsr(uint32_t number) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
  return low | (uint64_t)high << 32;
}

static void wrmsr(uint32_t number, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

// The disk: READ SECTORS and WRITE SECTORS with programmed I/O

static void ready(uint8_t bit) {
  while ((inb(0x1F7) & (0x80 | bit)) != bit) {
  }
}

static void command(uint8_t what, uint32_t sectors) {
  ready(0x40);
  outb(0x1F6, 0xE0 | own.sector >> 24);
  outb(0x1F2, sectors);
  outb(0x1F3, own.sector);
  outb(0x1F4, own.sector >> 8);
  outb(0x1F5, own.sector >> 16);
  outb(0x1F7, what);
  own.sector += sectors;
}

#define AT_ONCE 128

static void get(uint64_t to, uint32_t sectors) {
  while (sectors) {
    uint32_t now = sectors < AT_ONCE ? sectors : AT_ONCE;
    command(0x20, now);
    sectors -= now;
    while (now--) {
      uint64_t words = SECTOR / 4;
      ready(8);
      __asm__ volatile("rep insl" : "+D"(to), "+c"(words) : "d"(0x1F0) : "memory");
    }
  }
}

static void put(uint64_t from, uint32_t sectors) {
  while (sectors) {
    uint32_t now = sectors < AT_ONCE ? sectors : AT_ONCE;
    command(0x30, now);
    sectors -= now;
    while (now--) {
      uint64_t words = SECTOR / 4;
      ready(8);
      __asm__ volatile("rep outsl" : "+S"(from), "+c"(words) : "d"(0x1F0) : "memory");
    }
  }
  ready(0x40);
}

static void flush(uint32_t bytes) {
  uint32_t sectors = bytes / SECTOR;
  put(OUT, sectors);
  own.filled -= sectors * SECTOR;
  copy(OUT, OUT + sectors * SECTOR, SECTOR);
}

static void record(void) {
  uint32_t bytes = sizeof own.out - (MAX_CHANGES - own.out.changes) * sizeof own.out.change[0];
  copy(OUT + own.filled, (uint64_t)&own.out, bytes);
  own.filled += bytes;
  if (own.filled > OUT_BYTES - SECTOR - sizeof own.out) flush(own.filled);
}

// The state-save area. Bochs keeps 64-bit values in it, and descriptors as in a VMCS; bit 8 of the attributes says "usable".

static volatile uint32_t *saved(uint32_t offset) { return (volatile uint32_t *)(uint64_t)(SMBASE + 0x8000 + offset); }

static uint64_t get64(uint32_t offset) { return *saved(offset) | (uint64_t)*saved(offset + 4) << 32; }

static void set64(uint32_t offset, uint64_t value) {
  *saved(offset) = value;
  *saved(offset + 4) = value >> 32;
}

static void *place(struct state *s, int i, uint32_t *offset) {
  void *all[] = {&s->rip, &s->flags, &s->dr6, &s->dr7, &s->cr0, &s->cr3, &s->cr4, &s->efer, &s->idtr, &s->gdtr};
  static const uint16_t at[] = {0x7F78, 0x7F70, 0x7F68, 0x7F60, 0x7F58, 0x7F50, 0x7F48, 0x7ED0, 0x7E88, 0x7E68};
  *offset = at[i];
  return all[i];
}

#define PLACES 10

static uint32_t segmentAt(int i) {
  static const uint16_t at[] = {0x7E00, 0x7E10, 0x7E20, 0x7E30, 0x7E40, 0x7E50, 0x7E70, 0x7E90};
  return at[i];
}

static void load(const struct state *s) {
  uint32_t offset;
  for (int i = 0; i < 16; i++) set64(0x7FF8 - 8 * i, s->reg[i]);
  for (int i = 0; i < PLACES; i++) {
    uint64_t *from = place((struct state *)s, i, &offset);
    set64(offset, *from);
  }
  *saved(0x7E84) = s->idtrLimit;
  *saved(0x7E64) = s->gdtrLimit;
  for (int i = 0; i < 8; i++) {
    const struct segment *g = &s->segment[i];
    uint32_t usable = g->attributes & 0x10000 ? 0 : 0x100;
    *saved(segmentAt(i)) = (g->selector & 0xFFFF) | ((g->attributes & 0xF0FF) | usable) << 16;
    *saved(segmentAt(i) + 4) = g->limit;
    set64(segmentAt(i) + 8, g->base);
  }
  *saved(0x7F00) = SMBASE;
  for (int i = 0; i < MSRS; i++) wrmsr(msrNumber[i], s->msr[i]);
  __asm__ volatile("fninit; mov %0, %%cr2" : : "r"(s->cr2));
  __asm__ volatile("mov %0, %%db0; mov %1, %%db1; mov %2, %%db2; mov %3, %%db3"
                   :
                   : "r"(s->dr[0]), "r"(s->dr[1]), "r"(s->dr[2]), "r"(s->dr[3]));
}

static void store(struct state *s) {
  uint32_t offset;
  for (int i = 0; i < 16; i++) s->reg[i] = get64(0x7FF8 - 8 * i);
  for (int i = 0; i < PLACES; i++) {
    uint64_t *to = place(s, i, &offset);
    *to = get64(offset);
  }
  s->idtrLimit = *saved(0x7E84);
  s->gdtrLimit = *saved(0x7E64);
  for (int i = 0; i < 8; i++) {
    struct segment *g = &s->segment[i];
    uint32_t word = *saved(segmentAt(i));
    g->selector = word & 0xFFFF;
    g->attributes = (word >> 16 & 0xF0FF) | (word & 0x1000000 ? 0 : 0x10000);
    g->limit = *saved(segmentAt(i) + 4);
    g->base = get64(segmentAt(i) + 8);
    g->pad = 0;
  }
  for (int i = 0; i < MSRS; i++) s->msr[i] = rdmsr(msrNumber[i]);
  __asm__ volatile("mov %%cr2, %0" : "=r"(s->cr2));
  __asm__ volatile("mov %%db0, %0; mov %%db1, %1; mov %%db2, %2; mov %%db3, %3"
                   : "=r"(s->dr[0]), "=r"(s->dr[1]), "=r"(s->dr[2]), "=r"(s->dr[3]));
}

// Notes what the case has changed, and takes it back: copying all of memory for each case would cost most of the time
static void changes(struct out *o) {
  uint64_t line = 0;
  o->changes = 0;
  while ((line = differs((void *)0, (void *)BEFORE, ARENA / LINE, line)) < ARENA / LINE) {
    for (uint64_t at = LINE * line; at < LINE * line + LINE; at += 8) {
      volatile uint64_t *now = (volatile uint64_t *)at;
      uint64_t before = *(uint64_t *)(BEFORE + at);
      if (*now == before) continue;
      if (o->changes < MAX_CHANGES) {
        o->change[o->changes].at = at;
        o->change[o->changes++].value = *now;
      }
      *now = before;
    }
    line++;
  }
}

static void put64(uint64_t at, uint64_t value) {
  *(volatile uint64_t *)at = value;
  *(volatile uint64_t *)(BEFORE + at) = value;
}

static void end(uint32_t how) {
  const struct in *c = own.at;
  own.out.end = how;
  own.running = 0;
  changes(&own.out);
  for (uint32_t i = 0; i < c->patches; i++) put64(c->patch[i].at, *(uint64_t *)(BACKGROUND + c->patch[i].at));
  record();
  own.at = (const struct in *)&c->patch[c->patches];
  own.left--;
}

// Timer 0 of the 8254, through pin 2 of the I/O APIC, is an SMI; so many periods of 838 ns, some 400 instructions
#define PERIODS 120

static void arm(void) {
  outb(0x43, 0x30);
  outb(0x40, PERIODS);
  outb(0x40, 0);
}

static void ioApic(uint32_t index, uint32_t value) {
  *(volatile uint32_t *)0xFEC00000 = index;
  *(volatile uint32_t *)0xFEC00010 = value;
}

static void finish(void) {
  static const char word[] = "Shutdown";
  flush(own.filled + SECTOR - 1);
  for (int i = 0; word[i]; i++) outb((uint16_t)0x8900, word[i]);
  for (;;) __asm__ volatile("hlt");
}

static void enter(void) {
  const struct in *c = own.at;
  for (uint32_t i = 0; i < c->patches; i++) put64(c->patch[i].at, c->patch[i].value);
  load(&c->state);
  own.running = 1;
  outb(0xE9, '.'); // alive, and so many cases entered
  arm();
  leave();
}

// A byte at an address of the case that has no page tables or has itself mapped there
static uint8_t byteBefore(const struct state *s) {
  uint64_t at = s->segment[1].base + s->rip - 1;
  return at < ARENA ? *(volatile uint8_t *)at : 0;
}

void smi(void) {
  if (own.running) {
    store(&own.out.state);
    end(byteBefore(&own.out.state) == HLT ? HALT : LATE);
  }
  if (!own.left) finish();
  enter();
}

void boot(void) {
  static const uint32_t magic = 0x42617265;
  if (own.magic != magic) {
    fill((uint64_t)&own, 0, sizeof own);
    own.magic = magic;
    get(INPUT, 1);
    own.sector = 0;
    get(INPUT, *(uint32_t *)(INPUT + 4));
    own.left = *(uint32_t *)INPUT;
    own.at = (const struct in *)(INPUT + 8);
    fill(BACKGROUND, 0, ARENA);
    fill(BACKGROUND + 0x3000, NOP, 0x1000);
    fill(BACKGROUND + 0x8000, HLT, 0x1000);
    fill(BACKGROUND + 0x9000, INT3, 0x7000);
    for (uint32_t at = 0x3000; at < 0x4000; at += 8) *(volatile uint8_t *)(uint64_t)(BACKGROUND + at) = HLT;
    for (uint32_t at = 0x8000; at < 0x9000; at += 2) *(volatile uint8_t *)(uint64_t)(BACKGROUND + at) = NOP;
    copy(0, BACKGROUND, ARENA);
    copy(BEFORE, BACKGROUND, ARENA);
    for (uint32_t i = 0; i < (uint32_t)(smi_stub_end - smi_stub); i++) ((uint8_t *)(uint64_t)(SMBASE + 0x8000))[i] = smi_stub[i];
  } else if (own.running) {
    end(SHUTDOWN);
  }
  ioApic(0x10 + 2 * 2 + 1, 0);
  ioApic(0x10 + 2 * 2, 2 << 8);
  arm();
  for (;;) __asm__ volatile("hlt");
}
