#include "selftest.h"

#include "cpu.h"
#include "log.h"
#include "memory.h"
#include "memory_functions.h"
#include "vmcs.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define EPT_READ 1ull
#define EPT_WRITE 2ull
#define EPT_ALL 7ull
#define EPT_WRITE_BACK (6ull << 3)
#define EPT_POINTER_FLAGS 0x1Eull /* walk of 4 levels, write-back */

#define PRIMARY_MONITOR_TRAP 0x8000000u
#define EXIT_SAVE_TIMER 0x400000u

#define EXIT_VMCALL 18
#define EXIT_IO 30
#define EXIT_RDMSR 31
#define EXIT_MONITOR_TRAP 37
#define EXIT_EPT_VIOLATION 48
#define EXIT_EPT_MISCONFIGURATION 49
#define EXIT_PREEMPTION_TIMER 52

#define ERROR_CONTROLS 7
#define FIRST_VPID 0x7F0
#define TIMER_STEPS 1000
#define PORT 0x80

/* Guest-physical pages: code, and data that the guest reads and writes. */
#define CODE 0x1000ull
#define DATA 0x2000ull

/* Programs in real mode, every segment based at 0. */
static const u8 read_data[] = {0xA1, 0x00, 0x20, 0x0F, 0x01, 0xC1};              /* mov ax, [2000h]; vmcall */
static const u8 write_data[] = {0xA3, 0x00, 0x20, 0x0F, 0x01, 0xC1};             /* mov [2000h], ax; vmcall */
static const u8 out_port[] = {0xE6, PORT, 0x0F, 0x01, 0xC1};                     /* out 80h, al; vmcall */
static const u8 read_msr[] = {0x0F, 0x32, 0x0F, 0x01, 0xC1};                     /* rdmsr; vmcall */
static const u8 loop_forever[] = {0xEB, 0xFE};                                   /* jmp $ */
static const u8 three_nops[] = {0x90, 0x90, 0x90, 0x0F, 0x01, 0xC1};             /* nop; nop; nop; vmcall */

extern const char selftest_exit_entry[];
u64 selftest_enter(u64 registers[3], u64 resume);

static struct {
  u64 registers[3]; /* RAX RCX RDX */
  u64 launched;
  u64 vmcs;
  u64 *page_table; /* EPT, guest-physical 0 to 1FFFFFh */
  u64 ept_pointer;
  u8 *code;
  u64 *data;       /* two pages */
  u8 *ports;
  u8 *msrs;
  u32 passed, failed;
} test;

static bool load_vmcs(u64 region) {
  bool failed;
  asm volatile("vmptrld %1" : "=@ccbe"(failed) : "m"(region) : "memory");
  return !failed;
}

static void clear_vmcs(u64 region) { asm volatile("vmclear %0" : : "m"(region) : "cc", "memory"); }

/* INVEPT or INVVPID of everything: whatever the part has. */
static void forget_translations(void) {
  struct {
    u64 first, second;
  } all = {0, 0};
  if (vmx_config.ept_vpid_cap >> 26 & 1) {
    asm volatile("invept %0, %1" : : "m"(all), "r"(2ull) : "cc", "memory");
  }
  if (vmx_config.ept_vpid_cap >> 42 & 1) {
    asm volatile("invvpid %0, %1" : : "m"(all), "r"(2ull) : "cc", "memory");
  }
}

static u64 *table(u64 *entry) {
  u64 *next = arena_pages(1);
  *entry = (u64)next | EPT_ALL;
  return next;
}

static void map_data(u64 page, u64 rights) {
  test.page_table[DATA / PAGE] = ((u64)test.data + page * PAGE) | rights | EPT_WRITE_BACK;
}

static void allocate(void) {
  u64 *root = arena_pages(1);
  u64 *directory = table(&table(&root[0])[0]);
  test.page_table = table(&directory[0]);
  test.ept_pointer = (u64)root | EPT_POINTER_FLAGS;
  test.code = arena_pages(1);
  test.data = arena_pages(2);
  test.ports = arena_pages(2);
  test.msrs = arena_pages(1);
  test.vmcs = (u64)arena_pages(1);
  test.page_table[CODE / PAGE] = (u64)test.code | EPT_ALL | EPT_WRITE_BACK;
  test.data[0] = 0x1111;
  test.data[PAGE / sizeof(u64)] = 0x2222;
}

/* Controls as the hypervisor's own guests have them, with the memory and bitmaps of the test. */
static void fill_vmcs(struct core *core) {
  vmcs_fill(core, (u64)selftest_exit_entry);
  vmwrite(PIN_CONTROLS, vmx_config.pin);
  vmwrite(PRIMARY_CONTROLS, vmx_config.primary);
  vmwrite(EXIT_CONTROLS, vmx_config.exit);
  vmwrite(IO_BITMAP_A, (u64)test.ports);
  vmwrite(IO_BITMAP_B, (u64)test.ports + PAGE);
  vmwrite(MSR_BITMAP, (u64)test.msrs);
  vmwrite(EPT_POINTER, test.ept_pointer);
  vmwrite(GUEST_CS, 0);
  vmwrite(GUEST_CS_BASE, 0);
}

/* The basic exit reason, or -1 when the entry itself failed. */
static u64 go_on(void) {
  if (selftest_enter(test.registers, test.launched)) {
    return ~0ull;
  }
  test.launched = 1;
  return vmread(EXIT_REASON);
}

static u64 run(const u8 *program, u64 length) {
  memcpy(test.code, program, length);
  vmwrite(GUEST_RIP, CODE);
  return go_on();
}
#define RUN(program) run(program, sizeof(program))

/* What was expected of an exit, and what came. */
static bool expect(const char *what, u64 value, u64 expected) {
  if (value != expected) {
    hv_log("ERROR: selftest: %s is %X, expected %X; exit reason %X, qualification %X, RIP %X", what, value, expected,
           vmread(EXIT_REASON), vmread(EXIT_QUALIFICATION), vmread(GUEST_RIP));
  }
  return value == expected;
}

static bool ept(void) {
  map_data(0, EPT_ALL);
  bool good = expect("exit of a read", RUN(read_data), EXIT_VMCALL) && expect("AX", test.registers[0] & 0xFFFF, 0x1111);
  map_data(0, EPT_READ);
  forget_translations();
  good = good && expect("exit of a write to a page to be read", RUN(write_data), EXIT_EPT_VIOLATION) &&
         expect("qualification", vmread(EXIT_QUALIFICATION) & 0x1BF, 0x18A) &&
         expect("guest-physical address", vmread(GUEST_PHYSICAL_ADDRESS), DATA);
  map_data(0, EPT_WRITE);
  forget_translations();
  good = good && expect("exit with a write-only entry", RUN(read_data), EXIT_EPT_MISCONFIGURATION);
  map_data(0, EPT_ALL);
  forget_translations();
  return good;
}

/* Translations of one VPID do not serve another, and go when they are told to. */
static bool vpid(void) {
  if (!(vmx_config.secondary & SECONDARY_VPID)) {
    return true;
  }
  vmwrite(VPID, FIRST_VPID);
  bool good = expect("exit of a read", RUN(read_data), EXIT_VMCALL) && expect("AX", test.registers[0] & 0xFFFF, 0x1111);
  map_data(1, EPT_ALL);
  forget_translations();
  good = good && expect("exit of a read", RUN(read_data), EXIT_VMCALL) &&
         expect("AX after INVVPID", test.registers[0] & 0xFFFF, 0x2222);
  vmwrite(VPID, 0);
  good = good && expect("entry with VPID 0", RUN(read_data), ~0ull) &&
         expect("instruction error", vmread(INSTRUCTION_ERROR), ERROR_CONTROLS);
  vmwrite(VPID, FIRST_VPID);
  map_data(0, EPT_ALL);
  forget_translations();
  return good;
}

static bool bitmaps(void) {
  test.ports[PORT / 8] = 1 << (PORT & 7);
  bool good = expect("exit of a port in the bitmap", RUN(out_port), EXIT_IO) &&
              expect("qualification", vmread(EXIT_QUALIFICATION), (u64)PORT << 16 | 0x40);
  test.ports[PORT / 8] = 0;
  good = good && expect("exit of a port not in the bitmap", RUN(out_port), EXIT_VMCALL);
  test.registers[1] = MSR_SYSENTER_CS;
  test.msrs[MSR_SYSENTER_CS / 8] = 1 << (MSR_SYSENTER_CS & 7);
  good = good && expect("exit of an MSR in the bitmap", RUN(read_msr), EXIT_RDMSR);
  test.msrs[MSR_SYSENTER_CS / 8] = 0;
  return good && expect("exit of an MSR not in the bitmap", RUN(read_msr), EXIT_VMCALL);
}

/* The timer counts with a bit of the time-stamp counter and stops at 0. */
static bool timer(void) {
  vmwrite(PIN_CONTROLS, vmx_config.pin | PIN_PREEMPTION_TIMER);
  vmwrite(EXIT_CONTROLS, vmx_config.exit | EXIT_SAVE_TIMER);
  vmwrite(PREEMPTION_TIMER, TIMER_STEPS);
  u64 start = rdmsr(MSR_TSC);
  bool good = expect("exit of an endless loop", RUN(loop_forever), EXIT_PREEMPTION_TIMER);
  u64 steps = (rdmsr(MSR_TSC) - start) >> vmx_config.timer_shift;
  good = good && expect("saved timer value", vmread(PREEMPTION_TIMER), 0) && expect("RIP", vmread(GUEST_RIP), CODE) &&
         expect("too early", steps + 1 < TIMER_STEPS, 0);
  vmwrite(EXIT_CONTROLS, vmx_config.exit);
  vmwrite(PIN_CONTROLS, vmx_config.pin);
  return good;
}

static bool trap_flag(void) {
  vmwrite(PRIMARY_CONTROLS, vmx_config.primary | PRIMARY_MONITOR_TRAP);
  bool good = expect("exit after the first NOP", RUN(three_nops), EXIT_MONITOR_TRAP) &&
              expect("RIP", vmread(GUEST_RIP), CODE + 1) &&
              expect("exit after the second NOP", go_on(), EXIT_MONITOR_TRAP) &&
              expect("RIP", vmread(GUEST_RIP), CODE + 2);
  vmwrite(PRIMARY_CONTROLS, vmx_config.primary);
  return good && expect("exit without the flag", go_on(), EXIT_VMCALL);
}

static void step(const char *name, bool (*check)(void)) {
  bool good = check();
  test.passed += good;
  test.failed += !good;
  hv_log("selftest: %s %s", name, good ? "passed" : "FAILED");
}

void selftest_run(struct core *core) {
  allocate();
  *(u32 *)test.vmcs = (u32)vmx_config.basic & 0x7FFFFFFF;
  clear_vmcs(test.vmcs);
  if (!load_vmcs(test.vmcs)) {
    hv_log("ERROR: selftest: VMPTRLD failed");
    return;
  }
  fill_vmcs(core);
  step("EPT", ept);
  step("VPID", vpid);
  step("bitmaps", bitmaps);
  step("preemption timer", timer);
  step("monitor trap flag", trap_flag);
  hv_log("selftest: %u passed, %u failed", test.passed, test.failed);
  clear_vmcs(test.vmcs);
  if (!load_vmcs(core->vmcs_region)) {
    hv_log("ERROR: selftest: VMPTRLD of the core's VMCS failed");
    hv_stop(STOP_ENTRY_FAILED);
  }
  forget_translations();
}
