#include "serial.h"

#include "log.h"

#define UART 0x3F8
#define UART_LCR 3
#define UART_LSR 5
#define LCR_DLAB 0x80u
#define LSR_IDLE 0x60u
#define REGISTERS 8

bool serial_has_port(u16 port) { return port >= UART && port < UART + REGISTERS; }

u32 serial_in(u16 port) { return port == UART + UART_LSR ? LSR_IDLE : 0; }

static void flush(struct vm *vm) {
  vm->line[vm->line_length] = 0;
  hv_log("%s: %s", vm->config->name, vm->line);
  vm->line_length = 0;
}

void serial_out(struct vm *vm, u16 port, u8 value) {
  if (port == UART + UART_LCR) {
    vm->lcr = value;
  }
  if (port != UART || vm->lcr & LCR_DLAB) {
    return; /* line settings: there is no line */
  }
  if (value == '\n') {
    flush(vm);
  } else if (value >= ' ' && value < 0x7F) {
    vm->line[vm->line_length++] = (char)value;
    if (vm->line_length == VM_CONSOLE_LINE - 1) {
      flush(vm);
    }
  }
}
