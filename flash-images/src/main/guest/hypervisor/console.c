#include "console.h"

#include "cell.h"
#include "config_value.h"
#include "cpu.h"
#include "lock.h"
#include "log.h"
#include "vm.h"

#define UART 0x3F8
#define REG_DATA 0
#define REG_IIR 2
#define REG_LCR 3
#define REG_LSR 5
#define REGISTERS 8
#define LCR_DLAB 0x80u
#define LSR_DATA_READY 0x1u
#define IIR_NONE 0x01u
#define IIR_CAUSE 0x0Fu
#define IIR_RECEIVED 0x04u
#define IIR_TIMEOUT 0x0Cu
#define ESCAPE 0x1D /* Ctrl-] */
#define COMMAND_LENGTH 40

static struct lock lock;
static bool in_command;
static char command[COMMAND_LENGTH];
static u32 command_length;
static bool have_byte; /* read from the UART and not yet by the guest */
static u8 byte;

bool console_has_port(u16 port) { return port >= UART && port < UART + REGISTERS; }

static void list(void) {
  for (u32 i = 0; i < config.count; i++) {
    const struct vm *vm = &vms[i];
    hv_log("VM %u %s: %s, started again %u times, %U violations", i, vm->config->name,
           vm->state == VM_RUNNING ? "running" : "stopped", vm->restarts, vm->violations);
  }
}

static bool restart(struct text number) {
  u32 index = number.length == 1 ? (u32)(number.at[0] - '0') : CONFIG_VMS;
  return index < config.count && vm_request_start(&vms[index]);
}

static void execute(struct text line) {
  struct text word = text_until(&line, ' ');
  if (text_is(word, "vms")) {
    list();
  } else if (!text_is(word, "restart") || !line.at || !restart(text_trim(line))) {
    hv_log("commands: vms, restart N (0 to %u)", config.count - 1);
  }
}

static void add(u8 c) {
  if (c == '\r' || c == '\n') {
    in_command = false;
    execute((struct text){command, command_length});
  } else if (command_length < COMMAND_LENGTH) {
    command[command_length++] = (char)c;
  }
}

/* Takes what has arrived, as far as the guest's one byte is free. */
static void receive(void) {
  while (!have_byte && !(inb(UART + REG_LCR) & LCR_DLAB) && inb(UART + REG_LSR) & LSR_DATA_READY) {
    u8 c = inb(UART + REG_DATA);
    if (in_command) {
      add(c);
    } else if (c == ESCAPE) {
      in_command = true;
      command_length = 0;
    } else {
      have_byte = true;
      byte = c;
    }
  }
}

static u32 take_data(void) {
  if (inb(UART + REG_LCR) & LCR_DLAB) {
    return inb(UART + REG_DATA);
  }
  receive();
  u8 c = have_byte ? byte : 0;
  have_byte = false;
  return c;
}

static u32 read_iir(void) {
  u32 value = inb(UART + REG_IIR);
  u32 cause = value & IIR_CAUSE;
  if (have_byte && cause == IIR_NONE) {
    return (value & ~IIR_CAUSE) | IIR_RECEIVED;
  }
  bool received = cause == IIR_RECEIVED || cause == IIR_TIMEOUT;
  return received && !have_byte ? (value & ~IIR_CAUSE) | IIR_NONE : value;
}

static u32 read_register(u16 reg) {
  if (reg == REG_DATA) {
    return take_data();
  }
  receive();
  if (reg == REG_IIR) {
    return read_iir();
  }
  u32 value = inb((u16)(UART + reg));
  if (reg == REG_LSR) {
    return (value & ~LSR_DATA_READY) | (have_byte ? LSR_DATA_READY : 0);
  }
  return value;
}

u32 console_in(u16 port) {
  lock_acquire(&lock);
  u32 value = read_register(port - UART);
  lock_release(&lock);
  return value;
}

void console_out(u16 port, u8 value) {
  if (port == UART + REG_DATA && !(inb(UART + REG_LCR) & LCR_DLAB)) {
    uart_guest(value);
  } else {
    outb(port, value);
  }
}

void console_poll(void) {
  lock_acquire(&lock);
  receive();
  lock_release(&lock);
}
