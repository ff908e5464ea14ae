/* COM1, polled: 115200 8N1. One task prints at a time: printing shuts interrupts only around a character. */
#include "rtos.h"

#define UART 0x3F8
#define LSR_THRE 0x20
#define POLLS 100000

void uart_init(void) {
  outb(UART + 1, 0);
  outb(UART + 3, 0x80);
  outb(UART, 1);
  outb(UART + 1, 0);
  outb(UART + 3, 0x03);
  outb(UART + 2, 0x01);
  outb(UART + 4, 0x03);
}

static void put(char c) {
  for (u32 i = 0; i < POLLS && !(inb(UART + 5) & LSR_THRE); i++) {
  }
  outb(UART, (u8)c);
}

static void put_number(u32 value, u32 base) {
  char digits[12];
  u32 n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (n) {
    put(digits[--n]);
  }
}

/* %u, %x and %s. */
void print(const char *format, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, format);
  for (; *format; format++) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    format++;
    if (*format == 's') {
      for (const char *s = __builtin_va_arg(arguments, const char *); *s; s++) {
        put(*s);
      }
    } else {
      put_number(__builtin_va_arg(arguments, u32), *format == 'x' ? 16 : 10);
    }
  }
  __builtin_va_end(arguments);
  put('\r');
  put('\n');
}
