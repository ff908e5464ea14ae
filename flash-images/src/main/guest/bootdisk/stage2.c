/*
 * What the default disk's loader sees of the machine it runs on, printed to the serial port and through INT 10h:
 * processor and hypervisor, memory map, cores; then it powers the machine off through ACPI.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define UART 0x3f8
#define LAPIC 0xfee00000u
#define AP_PAGE 0x20u
#define MAX_CORES 32u
#define CARRY 1u
#define SCI_EN 1u
#define SLP_EN 0x2000u
#define PM_TIMER_HZ 3579545u

/* Where Bay Trail has them; used only if no FADT is found. */
#define BAYTRAIL_PM1_CNT 0x404u
#define BAYTRAIL_PM_TIMER 0x408u
#define BAYTRAIL_S5 7u

struct registers {
  u32 eax, ebx, ecx, edx, esi, edi;
  u32 es;
  u32 flags;
};

void bios_call(u32 interrupt, struct registers *registers);
void bootdisk_main(void);
extern u8 ap_code[];
extern u8 ap_code_end[];
extern const u32 ap_answered_offset;
extern u8 boot_drive;

static struct {
  u32 smi_command;
  u8 enable;
  u32 pm1_cnt;
  u32 pm_timer;
  u32 sleep_type;
  u32 local_apics;
  u8 apic_ids[MAX_CORES];
} acpi;

static void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static void outw(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }
static u8 inb(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static u16 inw(u16 port) {
  u16 value;
  __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static u32 inl(u16 port) {
  u32 value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}
static u32 read32(u32 address) { return *(volatile u32 *)address; }
static void write32(u32 address, u32 value) { *(volatile u32 *)address = value; }

struct cpuid {
  u32 eax, ebx, ecx, edx;
};
static struct cpuid cpuid(u32 leaf, u32 subleaf) {
  struct cpuid r;
  __asm__ volatile("cpuid"
                   : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                   : "a"(leaf), "c"(subleaf));
  return r;
}

static void put(char c) {
  struct registers r = {.eax = 0x0e00 | (u8)c, .ebx = 7};
  for (u32 tries = 0; tries < 100000 && !(inb(UART + 5) & 0x20); tries++) {
  }
  outb(UART, (u8)c);
  bios_call(0x10, &r);
}

static void text(const char *s) {
  for (; *s; s++) {
    if (*s == '\n') {
      put('\r');
    }
    put(*s);
  }
}

static void line_start(void) { text("bootdisk: "); }

static void hex(u64 value, u32 digits) {
  while (digits--) {
    put("0123456789abcdef"[value >> (4 * digits) & 15]);
  }
}

static void number(u32 value) {
  char digits[10];
  u32 n = 0;
  do {
    digits[n++] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  while (n) {
    put(digits[--n]);
  }
}

/* Twelve characters of a CPUID signature; what is not printable shows as a dot. */
static void signature(u32 a, u32 b, u32 c) {
  u32 words[3] = {a, b, c};
  for (u32 i = 0; i < 12; i++) {
    u8 ch = (u8)(words[i / 4] >> 8 * (i % 4));
    put(ch >= 0x20 && ch < 0x7f ? (char)ch : '.');
  }
}

static void show_processor(void) {
  struct cpuid id = cpuid(0, 0);
  u32 features = cpuid(1, 0).ecx;
  line_start();
  text("cpu ");
  signature(id.ebx, id.edx, id.ecx);
  text(" signature ");
  hex(cpuid(1, 0).eax, 8);
  text("\n");
  line_start();
  text("hypervisor bit ");
  number(features >> 31);
  if (features >> 31) {
    id = cpuid(0x40000000, 0);
    text(" signature \"");
    signature(id.ebx, id.ecx, id.edx);
    text("\" highest leaf ");
    hex(id.eax, 8);
  }
  text("\n");
  line_start();
  text("vmx bit ");
  number(features >> 5 & 1);
  text("\n");
}

static void show_range(const u8 *entry) {
  u64 base = *(const u64 *)entry;
  u64 end = base + *(const u64 *)(entry + 8) - 1;
  u32 type = *(const u32 *)(entry + 16);
  line_start();
  text("e820 ");
  hex(base, 12);
  text("-");
  hex(end, 12);
  text(type == 1 ? " RAM\n" : type == 2 ? " reserved\n" : type == 3 ? " ACPI\n" : type == 4 ? " NVS\n" : " other\n");
}

static void show_memory(void) {
  static u8 entry[24] __attribute__((aligned(16)));
  u32 next = 0;
  do {
    struct registers r = {.eax = 0xe820, .ebx = next, .ecx = 20, .edx = 0x534d4150};
    r.es = (u32)entry >> 4;
    r.edi = 0;
    bios_call(0x15, &r);
    if ((r.flags & CARRY) || r.eax != 0x534d4150) {
      line_start();
      text("e820 ended with an error\n");
      return;
    }
    show_range(entry);
    next = r.ebx;
  } while (next);
}

static int matches(const u8 *at, const char *pattern) {
  while (*pattern) {
    if (*at++ != (u8)*pattern++) {
      return 0;
    }
  }
  return 1;
}

static u8 sum(const u8 *at, u32 size) {
  u8 total = 0;
  while (size--) {
    total = (u8)(total + *at++);
  }
  return total;
}

static const u8 *find_rsdp(void) {
  for (u32 at = 0xe0000; at < 0x100000; at += 16) {
    if (matches((const u8 *)at, "RSD PTR ") && sum((const u8 *)at, 20) == 0) {
      return (const u8 *)at;
    }
  }
  return (const u8 *)0;
}

static void count_local_apics(const u8 *madt) {
  u32 length = *(const u32 *)(madt + 4);
  for (u32 at = 44; at + 2 <= length && madt[at + 1] >= 2; at += madt[at + 1]) {
    if (madt[at] == 0 && (madt[at + 4] & 1) && acpi.local_apics < MAX_CORES) {
      acpi.apic_ids[acpi.local_apics++] = madt[at + 3];
    }
  }
}

/* Name(_S5_, Package(){SLP_TYPa, ...}): found by its bytes, an interpreter would be too much here. */
static void find_sleep_type(const u8 *dsdt) {
  u32 length = *(const u32 *)(dsdt + 4);
  for (u32 at = 36; at + 12 < length; at++) {
    if (!matches(dsdt + at, "_S5_") || dsdt[at + 4] != 0x12) {
      continue;
    }
    const u8 *value = dsdt + at + 5;
    value += (*value >> 6) + 1; /* package length */
    value++;                    /* number of elements */
    acpi.sleep_type = *value == 0x0a ? value[1] : *value;
    return;
  }
}

static void read_fadt(const u8 *fadt) {
  acpi.smi_command = *(const u32 *)(fadt + 48);
  acpi.enable = fadt[52];
  acpi.pm1_cnt = *(const u32 *)(fadt + 64);
  acpi.pm_timer = *(const u32 *)(fadt + 76);
  find_sleep_type((const u8 *)*(const u32 *)(fadt + 40));
}

static void read_acpi(void) {
  const u8 *rsdp = find_rsdp();
  acpi.pm1_cnt = BAYTRAIL_PM1_CNT;
  acpi.pm_timer = BAYTRAIL_PM_TIMER;
  acpi.sleep_type = BAYTRAIL_S5;
  if (!rsdp) {
    line_start();
    text("no ACPI tables found\n");
    return;
  }
  const u8 *rsdt = (const u8 *)*(const u32 *)(rsdp + 16);
  u32 length = *(const u32 *)(rsdt + 4);
  for (u32 at = 36; at + 4 <= length; at += 4) {
    const u8 *table = (const u8 *)*(const u32 *)(rsdt + at);
    if (matches(table, "APIC")) {
      count_local_apics(table);
    } else if (matches(table, "FACP")) {
      read_fadt(table);
    }
  }
}

static u32 cpuid_cores(void) {
  if (cpuid(0, 0).eax < 0xb) {
    return 1;
  }
  for (u32 level = 0; level < 8; level++) {
    struct cpuid r = cpuid(0xb, level);
    u32 type = r.ecx >> 8 & 0xff;
    if (type == 0) {
      break;
    }
    if (type == 2) {
      return r.ebx & 0xffff;
    }
  }
  return 1;
}

/* The timer has 24 bits: differences are taken in 24 bits and stay far below the wrap. */
static void wait(u32 microseconds) {
  u32 ticks = microseconds * 4; /* a little more than 3.58 a microsecond */
  u32 start = inl((u16)acpi.pm_timer);
  u32 reads = 0;
  while (((inl((u16)acpi.pm_timer) - start) & 0xffffff) < ticks && reads < 1000000) {
    reads++;
  }
}

static void send_ipi(u32 target, u32 command) {
  write32(LAPIC + 0x310, target << 24);
  write32(LAPIC + 0x300, command);
  for (u32 tries = 0; tries < 1000 && (read32(LAPIC + 0x300) & 0x1000); tries++) {
    wait(10);
  }
}

/* True when the count went up within the time given. */
static int answers(volatile u32 *answered, u32 before, u32 milliseconds) {
  for (u32 i = 0; i < 10 * milliseconds && *answered == before; i++) {
    wait(100);
  }
  return *answered != before;
}

/* INIT and at most two STARTUPs for each other core of the MADT, one after another; each that runs adds one. */
static u32 start_cores(void) {
  u8 *to = (u8 *)(AP_PAGE << 12);
  volatile u32 *answered = (volatile u32 *)(to + ap_answered_offset);
  for (u8 *from = ap_code; from < ap_code_end; from++) {
    to[from - ap_code] = *from;
  }
  write32(LAPIC + 0xf0, read32(LAPIC + 0xf0) | 0x100);
  u32 self = read32(LAPIC + 0x20) >> 24;
  for (u32 i = 0; i < acpi.local_apics; i++) {
    u32 id = acpi.apic_ids[i];
    u32 before = *answered;
    if (id == self) {
      continue;
    }
    send_ipi(id, 0x4500);
    wait(10000);
    send_ipi(id, 0x4600 | AP_PAGE);
    if (!answers(answered, before, 10)) {
      send_ipi(id, 0x4600 | AP_PAGE);
      answers(answered, before, 200);
    }
  }
  return *answered + 1;
}

static void show_cores(void) {
  u32 cores = cpuid_cores();
  line_start();
  text("cpuid leaf b: ");
  number(cores);
  text(" cores, madt: ");
  number(acpi.local_apics);
  text(" local apics\n");
  u32 answered = start_cores();
  line_start();
  number(answered);
  text(" cores answered\n");
}

/* As an operating system does: asks firmware, and waits for SCI_EN. */
static void enter_acpi_mode(void) {
  line_start();
  if (!acpi.smi_command || (inw((u16)acpi.pm1_cnt) & SCI_EN)) {
    text("in ACPI mode from the start\n");
    return;
  }
  outb((u16)acpi.smi_command, acpi.enable);
  for (u32 i = 0; i < 1000 && !(inw((u16)acpi.pm1_cnt) & SCI_EN); i++) {
    wait(100);
  }
  text(inw((u16)acpi.pm1_cnt) & SCI_EN ? "ACPI mode by port " : "ERROR no ACPI mode by port ");
  hex(acpi.smi_command, 2);
  text("\n");
}

static void power_off(void) {
  u32 control = inw((u16)acpi.pm1_cnt) & 0xc3ffu & ~SLP_EN;
  control |= acpi.sleep_type << 10;
  outw((u16)acpi.pm1_cnt, (u16)control);
  outw((u16)acpi.pm1_cnt, (u16)(control | SLP_EN));
}

void bootdisk_main(void) {
  line_start();
  text("boot drive ");
  hex(boot_drive, 2);
  text("\n");
  show_processor();
  show_memory();
  read_acpi();
  show_cores();
  enter_acpi_mode();
  line_start();
  text("done\n");
  while (!(inb(UART + 5) & 0x40)) {
  }
  power_off();
  wait(1000000);
  line_start();
  text("ERROR the machine is still on after S5\n");
}
