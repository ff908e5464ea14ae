/*
 * Ports that exit. Primary VM: PM1 control, where a power-off shows before the board is gone; the UART when the console
 * is the hypervisor's; ports of cells. Cells: all ports but their own; they have a serial port to write to.
 */
#include "cell.h"
#include "console.h"
#include "cpu.h"
#include "exit.h"
#include "exit_report.h"
#include "guest.h"
#include "log.h"
#include "serial.h"
#include "vm.h"
#include "vmcs_field.h"

#define QUALIFICATION_IN 0x8
#define QUALIFICATION_STRING 0x10
#define PM1_CONTROL 0x404
#define SLEEP_ENABLE 0x2000

struct io {
  u16 port;
  u32 size;
  bool in;
  u32 value; /* to write, or what was read */
};

static void pass(struct io *io) {
  if (io->in) {
    io->value = io->size == 1 ? inb(io->port) : io->size == 2 ? inw(io->port) : inl(io->port);
  } else if (io->size == 1) {
    outb(io->port, (u8)io->value);
  } else if (io->size == 2) {
    outw(io->port, (u16)io->value);
  } else {
    outl(io->port, io->value);
  }
}

static void note_sleep(const struct io *io) {
  u32 shift = 8 * (u32)(PM1_CONTROL + 1 - io->port);
  bool covers_enable = io->port <= PM1_CONTROL + 1 && io->port + io->size > PM1_CONTROL + 1;
  if (covers_enable && io->value >> shift & SLEEP_ENABLE >> 8) {
    hv_log("the guest enters a sleep state (port %x <- %x)", io->port, io->value);
    log_exit_statistics();
  }
}

/* The first access of each is worth a line; a driver that probes would fill the console. */
static void refuse_primary(struct core *core, struct io *io, const struct vm *owner) {
  if (core->vm->violations++ == 0) {
    hv_log("core %u: guest %s port %x, which belongs to VM %s: reads ones, writes nothing", core->index,
           io->in ? "reads" : "writes", io->port, owner->config->name);
  }
  io->value = 0xFFFFFFFF;
}

static void io_of_primary(struct core *core, struct io *io) {
  const struct vm *owner = vm_of_port(io->port);
  if (owner) {
    refuse_primary(core, io, owner);
  } else if (config.console && console_has_port(io->port) && io->size == 1) {
    io->value = io->in ? console_in(io->port) : (console_out(io->port, (u8)io->value), 0);
  } else {
    if (!io->in) {
      note_sleep(io);
    }
    pass(io);
  }
}

/* False when the cell has been ended. */
static bool io_of_cell(struct core *core, struct io *io) {
  if (serial_has_port(io->port) && io->size == 1) {
    io->value = io->in ? serial_in(io->port) : (serial_out(core->vm, io->port, (u8)io->value), 0);
    return true;
  }
  if (!cell_may_ignore(core, io->in ? "reads port" : "writes port", io->port)) {
    return false;
  }
  io->value = 0xFFFFFFFF;
  return true;
}

static void refuse_string(struct core *core, const struct io *io) {
  if (!vm_is_cell(core->vm)) {
    hv_log("core %u: string I/O to port %x is not supported there, injecting #GP", core->index, io->port);
  } else if (!cell_may_ignore(core, "string I/O to port", io->port)) {
    return;
  }
  inject_exception(core, VECTOR_GP);
}

void exit_io(struct core *core) {
  u64 qualification = vmread(EXIT_QUALIFICATION);
  struct io io = {(u16)(qualification >> 16), (qualification & 7) + 1, qualification & QUALIFICATION_IN, 0};
  u64 mask = io.size == 4 ? 0xFFFFFFFF : (1ull << 8 * io.size) - 1;
  if (qualification & QUALIFICATION_STRING) {
    refuse_string(core, &io);
    return;
  }
  io.value = (u32)(core->regs.rax & mask);
  if (!vm_is_cell(core->vm)) {
    io_of_primary(core, &io);
  } else if (!io_of_cell(core, &io)) {
    return;
  }
  if (io.in) {
    u64 kept = io.size == 4 ? 0 : core->regs.rax & ~mask;
    core->regs.rax = kept | (io.value & mask);
  }
  skip_instruction();
}
