/* The one intercepted port: PM1 control (404h), where a power-off shows before the board is gone. */
#include "cpu.h"
#include "exit.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "vmcs_field.h"

#define QUALIFICATION_IN 0x8
#define QUALIFICATION_STRING 0x10
#define PM1_CONTROL 0x404
#define SLEEP_ENABLE 0x2000

static u32 port_in(u16 port, u32 size) { return size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port); }

static void port_out(u16 port, u32 size, u32 value) {
  if (size == 1) {
    outb(port, (u8)value);
  } else if (size == 2) {
    outw(port, (u16)value);
  } else {
    outl(port, value);
  }
}

static void note_sleep(u16 port, u32 size, u32 value) {
  u32 shift = 8 * (u32)(PM1_CONTROL + 1 - port);
  bool covers_enable = port <= PM1_CONTROL + 1 && port + size > PM1_CONTROL + 1;
  if (covers_enable && value >> shift & SLEEP_ENABLE >> 8) {
    hv_log("the guest enters a sleep state (port %x <- %x)", port, value);
    log_exit_statistics();
  }
}

void exit_io(struct core *core) {
  u64 qualification = vmread(EXIT_QUALIFICATION);
  u32 size = (qualification & 7) + 1;
  u16 port = (u16)(qualification >> 16);
  u64 mask = size == 4 ? 0xFFFFFFFF : (1ull << 8 * size) - 1;
  if (qualification & QUALIFICATION_STRING) {
    hv_log("core %u: string I/O to port %x is not supported there, injecting #GP", core->index, port);
    inject_exception(core, VECTOR_GP);
    return;
  }
  if (qualification & QUALIFICATION_IN) {
    u64 kept = size == 4 ? 0 : core->regs.rax & ~mask;
    core->regs.rax = kept | port_in(port, size);
  } else {
    u32 value = (u32)(core->regs.rax & mask);
    note_sleep(port, size, value);
    port_out(port, size, value);
  }
  skip_instruction();
}
