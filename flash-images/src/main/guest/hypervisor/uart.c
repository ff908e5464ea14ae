/* The 16550 at 3F8h, shared with the guest: polled, 115200 8N1, no interrupts. */
#include "lock.h"
#include "log.h"

#define UART 0x3F8
#define UART_LCR (UART + 3)
#define UART_LSR (UART + 5)
#define LSR_THRE 0x20
#define DEBUG_EXIT_PORT 0xF4
#define RESET_PORT 0xCF9

/* A missing UART must not hang the boot: FFh reads as ready, a stuck one gives up after this many polls. */
#define UART_POLLS 100000

static struct lock line_lock;
/* Guest characters on the current line, when they come through here. */
static u32 guest_column;

void uart_init(void) {
  outb(UART + 1, 0);
  outb(UART_LCR, 0x80);
  outb(UART, 1);
  outb(UART + 1, 0);
  outb(UART_LCR, 0x03);
  outb(UART + 2, 0x01);
  outb(UART + 4, 0x03);
}

static void put(char c) {
  for (int i = 0; i < UART_POLLS && !(inb(UART_LSR) & LSR_THRE); i++) {
    pause();
  }
  outb(UART, (u8)c);
}

static void put_string(const char *s) {
  while (*s) {
    put(*s++);
  }
}

static void put_number(u64 value, u32 base, u32 width) {
  char digits[24];
  u32 n = 0;
  do {
    digits[n++] = "0123456789ABCDEF"[value % base];
    value /= base;
  } while (value);
  for (; width > n; width--) {
    put('0');
  }
  while (n) {
    put(digits[--n]);
  }
}

static void put_argument(char kind, u32 width, __builtin_va_list *arguments) {
  switch (kind) {
    case 's': put_string(__builtin_va_arg(*arguments, const char *)); break;
    case 'c': put((char)__builtin_va_arg(*arguments, int)); break;
    case 'u': put_number(__builtin_va_arg(*arguments, u32), 10, width); break;
    case 'U': put_number(__builtin_va_arg(*arguments, u64), 10, width); break;
    case 'x': put_number(__builtin_va_arg(*arguments, u32), 16, width); break;
    case 'X': put_number(__builtin_va_arg(*arguments, u64), 16, width); break;
    default: put(kind);
  }
}

static void put_format(const char *format, __builtin_va_list *arguments) {
  for (; *format; format++) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    u32 width = 0;
    for (format++; *format >= '0' && *format <= '9'; format++) {
      width = width * 10 + (u32)(*format - '0');
    }
    put_argument(*format, width, arguments);
  }
}

void uart_guest(u8 c) {
  lock_acquire(&line_lock);
  put((char)c);
  guest_column = c == '\r' || c == '\n' ? 0 : guest_column + 1;
  lock_release(&line_lock);
}

void hv_log_begin(void) {
  lock_acquire(&line_lock);
  if (guest_column) {
    put_string("\r\n");
    guest_column = 0;
  }
  put_string("hv: ");
}

void hv_log_part(const char *format, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, format);
  put_format(format, &arguments);
  __builtin_va_end(arguments);
}

void hv_log_end(void) {
  put_string("\r\n");
  lock_release(&line_lock);
}

void hv_log(const char *format, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, format);
  hv_log_begin();
  put_format(format, &arguments);
  hv_log_end();
  __builtin_va_end(arguments);
}

void hv_log_break_lock(void) { lock_release(&line_lock); }

_Noreturn void hv_stop(enum stop_code code) {
  outb(DEBUG_EXIT_PORT, (u8)code);
  for (;;) {
    asm volatile("cli; hlt");
  }
}

_Noreturn void board_reset(void) {
  outb(RESET_PORT, 0x02);
  outb(RESET_PORT, 0x06);
  for (;;) {
    asm volatile("cli; hlt");
  }
}
