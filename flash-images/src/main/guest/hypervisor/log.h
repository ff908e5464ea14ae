/* Log lines on the UART and the ways the hypervisor stops. */
#ifndef HV_LOG_H
#define HV_LOG_H

#include "types.h"

/* Values written to the debug exit port F4h when the hypervisor stops; docs/hypervisor.md lists them. */
enum stop_code {
  STOP_ENTRY_FAILED = 0x05,
  STOP_NO_COREBOOT_TABLE = 0x11,
  STOP_NO_MEMORY = 0x12,
  STOP_NO_VMX = 0x13,
  STOP_PAYLOAD_MISSING = 0x14,
  STOP_PAYLOAD_CORRUPT = 0x15,
  STOP_UNHANDLED_EXIT = 0x16,
  STOP_HOST_EXCEPTION = 0x17,
  STOP_EPT = 0x18,
  STOP_BAD_CONFIG = 0x19,
};

void uart_init(void);

/* A character of the primary VM, when its output comes this way: no line of ours falls into one of the guest's. */
void uart_guest(u8 c);

/*
 * Writes one line with the prefix "hv: ". Formats: %s %c %u (u32), %U (u64), %x (u32), %X (u64),
 * a width as in %08x pads with zeros.
 */
void hv_log(const char *format, ...);

/* One line in parts: begin takes the line for this core, end gives it back. */
void hv_log_begin(void);
void hv_log_part(const char *format, ...);
void hv_log_end(void);

/* Lets a crash report through when the core that crashed held the line. */
void hv_log_break_lock(void);

/* Writes the code to port F4h and halts this core for good. */
_Noreturn void hv_stop(enum stop_code code);

/* Hard reset of the board through CF9 (02h, then 06h: SYS_RST and RST_CPU). */
_Noreturn void board_reset(void);

#endif
