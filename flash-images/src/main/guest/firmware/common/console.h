/* Serial console at 3F8 (115200 8N1) with a copy of everything in a memory buffer. */
#ifndef FW_CONSOLE_H
#define FW_CONSOLE_H

#include "types.h"

struct console {
  char *log;     /* where text is kept, or NULL */
  u32 room;      /* bytes at log */
  u32 *length;   /* bytes used */
  u32 in_line;   /* the current line has its prefix already */
  const char *prefix; /* of every line; NULL for "fw: " */
};

extern struct console console;

void uart_init(void);

/* printf with %s %c %d %u %x, width and zero padding, and %L for 64-bit hexadecimal. Lines get the prefix. */
void print(const char *format, ...);

/* Prints "ERROR ...", posts `code`, tells the debug-exit port and halts. */
void fatal(u8 code, const char *format, ...) NORETURN;

#endif
