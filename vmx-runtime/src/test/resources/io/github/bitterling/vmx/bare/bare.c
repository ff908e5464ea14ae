// Runs cases in a bare KVM guest: reads a header and patches from standard input, puts the whole processor state and the memory in
// place, runs until HLT, shutdown or a time limit, and writes the state and the memory words that changed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define ARENA 0x20000
#define RAM (8 << 20)
#define PORT_VALUE 0xFFFFFFFFu
#define MAX_CHANGES 64
#define MSRS 8

struct segment {
  uint64_t base;
  uint32_t limit;
  uint32_t selector;
  uint32_t attributes; // type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16
  uint32_t pad;
};

struct state {
  uint64_t reg[16]; // in the order of ModRM
  uint64_t rip, flags;
  struct segment segment[8]; // ES CS SS DS FS GS LDTR TR
  uint64_t gdtr, gdtrLimit, idtr, idtrLimit;
  uint64_t cr0, cr2, cr3, cr4, efer;
  uint64_t dr[4], dr6, dr7;
  uint64_t msr[MSRS];
};

struct in {
  uint32_t patches, pad;
  struct state state;
};

struct patch {
  uint64_t at, value;
};

struct out {
  uint32_t end; // KVM exit reason; 1000 + errno when KVM refused; 2000 when time ran out
  uint32_t changes;
  struct state state;
  struct patch change[MAX_CHANGES];
};

static const uint32_t msrNumber[MSRS] = {0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084, 0xC0000102, 0x174, 0x175, 0x176};
static struct in in;
static struct out out;
static uint8_t background[ARENA], before[ARENA];
static uint8_t *memory;
static int vcpu;
static struct kvm_run *run;

static void get(struct segment *to, const struct kvm_segment *s) {
  to->base = s->base;
  to->limit = s->limit;
  to->selector = s->selector;
  to->attributes = s->type | s->s << 4 | s->dpl << 5 | s->present << 7 | s->avl << 12 | s->l << 13 | s->db << 14 |
                   s->g << 15 | (unsigned)s->unusable << 16;
}

static void set(struct kvm_segment *s, const struct segment *from) {
  uint32_t a = from->attributes;
  memset(s, 0, sizeof *s);
  s->base = from->base;
  s->limit = from->limit;
  s->selector = from->selector;
  s->type = a & 15;
  s->s = a >> 4 & 1;
  s->dpl = a >> 5 & 3;
  s->present = a >> 7 & 1;
  s->avl = a >> 12 & 1;
  s->l = a >> 13 & 1;
  s->db = a >> 14 & 1;
  s->g = a >> 15 & 1;
  s->unusable = a >> 16 & 1;
}

static void registers(struct kvm_regs *k, uint64_t *r, int write) {
  __u64 *place[16] = {&k->rax, &k->rcx, &k->rdx, &k->rbx, &k->rsp, &k->rbp, &k->rsi, &k->rdi,
                      &k->r8,  &k->r9,  &k->r10, &k->r11, &k->r12, &k->r13, &k->r14, &k->r15};
  for (int i = 0; i < 16; i++) {
    if (write) *place[i] = r[i];
    else r[i] = *place[i];
  }
}

static struct kvm_segment *segmentOf(struct kvm_sregs *s, int k) {
  struct kvm_segment *all[8] = {&s->es, &s->cs, &s->ss, &s->ds, &s->fs, &s->gs, &s->ldt, &s->tr};
  return all[k];
}

static int msrs(unsigned long request, uint64_t *values) {
  struct {
    struct kvm_msrs head;
    struct kvm_msr_entry entry[MSRS];
  } m;
  memset(&m, 0, sizeof m);
  m.head.nmsrs = MSRS;
  for (int i = 0; i < MSRS; i++) {
    m.entry[i].index = msrNumber[i];
    m.entry[i].data = values[i];
  }
  int done = ioctl(vcpu, request, &m);
  for (int i = 0; i < MSRS; i++) values[i] = m.entry[i].data;
  return done == MSRS ? 0 : -1;
}

static int start(struct state *s) {
  static struct kvm_sregs initial;
  if (!initial.apic_base) ioctl(vcpu, KVM_GET_SREGS, &initial);
  struct kvm_sregs k = initial;
  for (int i = 0; i < 8; i++) set(segmentOf(&k, i), &s->segment[i]);
  k.gdt.base = s->gdtr;
  k.gdt.limit = s->gdtrLimit;
  k.idt.base = s->idtr;
  k.idt.limit = s->idtrLimit;
  k.cr0 = s->cr0;
  k.cr2 = s->cr2;
  k.cr3 = s->cr3;
  k.cr4 = s->cr4;
  k.efer = s->efer;
  struct kvm_regs r = {.rip = s->rip, .rflags = s->flags | 2};
  registers(&r, s->reg, 1);
  struct kvm_vcpu_events events = {.flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW};
  struct kvm_debugregs d = {.db = {s->dr[0], s->dr[1], s->dr[2], s->dr[3]}, .dr6 = s->dr6, .dr7 = s->dr7};
  struct kvm_mp_state runnable = {.mp_state = KVM_MP_STATE_RUNNABLE};
  uint64_t values[MSRS];
  memcpy(values, s->msr, sizeof values);
  return ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events) || ioctl(vcpu, KVM_SET_SREGS, &k) || ioctl(vcpu, KVM_SET_REGS, &r) ||
         ioctl(vcpu, KVM_SET_DEBUGREGS, &d) || ioctl(vcpu, KVM_SET_MP_STATE, &runnable) || msrs(KVM_SET_MSRS, values);
}

static void finish(struct state *s) {
  struct kvm_sregs k;
  struct kvm_regs r;
  struct kvm_debugregs d;
  ioctl(vcpu, KVM_GET_SREGS, &k);
  ioctl(vcpu, KVM_GET_REGS, &r);
  ioctl(vcpu, KVM_GET_DEBUGREGS, &d);
  for (int i = 0; i < 8; i++) get(&s->segment[i], segmentOf(&k, i));
  s->gdtr = k.gdt.base;
  s->gdtrLimit = k.gdt.limit;
  s->idtr = k.idt.base;
  s->idtrLimit = k.idt.limit;
  s->cr0 = k.cr0;
  s->cr2 = k.cr2;
  s->cr3 = k.cr3;
  s->cr4 = k.cr4;
  s->efer = k.efer;
  registers(&r, s->reg, 0);
  s->rip = r.rip;
  s->flags = r.rflags;
  for (int i = 0; i < 4; i++) s->dr[i] = d.db[i];
  s->dr6 = d.dr6;
  s->dr7 = d.dr7;
  msrs(KVM_GET_MSRS, s->msr);
}

static void ports(void) {
  uint8_t *data = (uint8_t *)run + run->io.data_offset;
  if (run->io.direction != KVM_EXIT_IO_IN) return;
  for (unsigned i = 0; i < run->io.count * run->io.size; i++) data[i] = (uint8_t)(PORT_VALUE >> 8 * (i % run->io.size));
}

static volatile sig_atomic_t late;

static void alarmed(int s) {
  late = 1;
  run->immediate_exit = 1;
}

static uint32_t execute(void) {
  struct itimerval limit = {.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000}, none = {0};
  late = 0;
  run->immediate_exit = 0;
  setitimer(ITIMER_REAL, &limit, 0);
  uint32_t end = 0;
  while (!end) {
    if (ioctl(vcpu, KVM_RUN, 0)) end = errno == EINTR ? (late ? 2000 : 0) : 1000 + errno;
    else if (run->exit_reason == KVM_EXIT_IO) ports();
    else end = run->exit_reason;
  }
  setitimer(ITIMER_REAL, &none, 0);
  run->immediate_exit = 0;
  return end;
}

static void must(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(2);
}

static void machine(void) {
  int kvm = open("/dev/kvm", O_RDWR);
  must(kvm >= 0, "/dev/kvm");
  int vm = ioctl(kvm, KVM_CREATE_VM, 0ul);
  must(vm >= 0, "KVM_CREATE_VM");
  memory = mmap(0, RAM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct kvm_userspace_memory_region region = {.memory_size = RAM, .userspace_addr = (unsigned long)memory};
  must(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "memory");
  vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  must(vcpu >= 0, "KVM_CREATE_VCPU");
  run = mmap(0, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  must(run != MAP_FAILED, "kvm_run");
  static struct {
    struct kvm_cpuid2 head;
    struct kvm_cpuid_entry2 entry[256];
  } cpuid;
  cpuid.head.nent = 256;
  must(!ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "supported CPUID");
  must(!ioctl(vcpu, KVM_SET_CPUID2, &cpuid), "CPUID");
}

int main(void) {
  machine();
  signal(SIGALRM, alarmed);
  memset(background + 0x3000, 0x90, 0x1000);
  for (uint32_t at = 0x3000; at < 0x4000; at += 8) background[at] = 0xF4;
  memset(background + 0x8000, 0xF4, 0x1000);
  memset(background + 0x9000, 0xCC, 0x7000);
  for (uint32_t at = 0x8000; at < 0x9000; at += 2) background[at] = 0x90;
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memcpy(memory, background, ARENA);
    for (uint32_t i = 0; i < in.patches; i++) {
      struct patch p;
      must(fread(&p, sizeof p, 1, stdin) == 1 && p.at <= ARENA - 8, "patch");
      memcpy(memory + p.at, &p.value, 8);
    }
    memcpy(before, memory, ARENA);
    memset(&out, 0, sizeof out);
    out.end = start(&in.state) ? 1000 + errno : execute();
    finish(&out.state);
    for (uint32_t at = 0; at < ARENA; at += 8) {
      if (!memcmp(before + at, memory + at, 8) || out.changes == MAX_CHANGES) continue;
      out.change[out.changes].at = at;
      memcpy(&out.change[out.changes++].value, memory + at, 8);
    }
    fwrite(&out, sizeof out - (MAX_CHANGES - out.changes) * sizeof out.change[0], 1, stdout);
  }
  return 0;
}
