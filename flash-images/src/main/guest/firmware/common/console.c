#include "console.h"
#include "io.h"

#define UART 0x3f8
#define UART_DIVISOR_115200 1
#define LSR_THR_EMPTY 0x20

/* Value written to the debug-exit port when the firmware gives up. The real board has nothing at F4. */
#define DEBUG_EXIT_PORT 0xf4
#define DEBUG_EXIT_FIRMWARE 0x31

struct console console;

void uart_init(void) {
  outb(UART + 1, 0);
  outb(UART + 3, 0x83);
  outb(UART + 0, UART_DIVISOR_115200);
  outb(UART + 1, 0);
  outb(UART + 3, 0x03);
  outb(UART + 2, 0x07);
  outb(UART + 4, 0x03);
}

static void put_raw(char c) {
  /* A missing UART reads FF: the bound keeps the boot alive without a console. */
  for (u32 tries = 0; tries < 100000 && !(inb(UART + 5) & LSR_THR_EMPTY); tries++) {
  }
  outb(UART, (u8)c);
  if (console.log && c != '\r' && *console.length < console.room) {
    console.log[(*console.length)++] = c;
  }
}

static void put_char(char c) {
  if (!console.in_line) {
    console.in_line = 1;
    for (const char *p = console.prefix ? console.prefix : "fw: "; *p; p++) {
      put_raw(*p);
    }
  }
  if (c == '\n') {
    put_raw('\r');
    console.in_line = 0;
  }
  put_raw(c);
}

static void put_number(u64 value, u32 base, u32 width, char pad) {
  char digits[24];
  u32 n = 0;
  if (base == 16) {
    do {
      digits[n++] = "0123456789abcdef"[value & 15];
      value >>= 4;
    } while (value);
  } else {
    u32 small = (u32)value;
    do {
      digits[n++] = (char)('0' + small % 10);
      small /= 10;
    } while (small);
  }
  for (u32 i = n; i < width; i++) {
    put_char(pad);
  }
  while (n) {
    put_char(digits[--n]);
  }
}

static void vprint(const char *format, __builtin_va_list arguments) {
  for (; *format; format++) {
    if (*format != '%') {
      put_char(*format);
      continue;
    }
    format++;
    char pad = ' ';
    u32 width = 0;
    if (*format == '0') {
      pad = '0';
    }
    for (; *format >= '0' && *format <= '9'; format++) {
      width = width * 10 + (u32)(*format - '0');
    }
    switch (*format) {
      case 's': {
        const char *text = __builtin_va_arg(arguments, const char *);
        for (; *text; text++) {
          put_char(*text);
        }
        break;
      }
      case 'c':
        put_char((char)__builtin_va_arg(arguments, int));
        break;
      case 'd':
      case 'u':
        put_number(__builtin_va_arg(arguments, u32), 10, width, pad);
        break;
      case 'x':
        put_number(__builtin_va_arg(arguments, u32), 16, width, pad);
        break;
      case 'L':
        put_number(__builtin_va_arg(arguments, u64), 16, width, pad);
        break;
      default:
        put_char(*format);
    }
  }
}

void print(const char *format, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, format);
  vprint(format, arguments);
  __builtin_va_end(arguments);
}

void fatal(u8 code, const char *format, ...) {
  __builtin_va_list arguments;
  if (console.in_line) {
    put_char('\n');
  }
  print("ERROR ");
  __builtin_va_start(arguments, format);
  vprint(format, arguments);
  __builtin_va_end(arguments);
  print("\n");
  post(code);
  outb(DEBUG_EXIT_PORT, DEBUG_EXIT_FIRMWARE);
  for (;;) {
    __asm__ volatile("cli; hlt");
  }
}
