/*
 * hypervisor.cfg, a text file of the flash image (docs/hypervisor.md): lines "key=value", # begins a comment. What
 * stands before the first section is for the primary VM, which has every core, page, port and device that no other
 * VM has; a section "[vm NAME]" makes a cell: a VM with cores, memory and devices of its own.
 */
#ifndef HV_CONFIG_H
#define HV_CONFIG_H

#include "types.h"

#define CONFIG_FILE "hypervisor.cfg"
#define CONFIG_PAYLOAD_LENGTH 64
#define CONFIG_NAME_LENGTH 16
#define CONFIG_VMS 8
#define CONFIG_RANGES 8

/* First and last port, or first and last byte of memory-mapped registers. */
struct config_range {
  u64 first, last;
};

struct config_ranges {
  u32 count;
  struct config_range range[CONFIG_RANGES];
};

enum restart_policy {
  RESTART_BOARD, /* a triple fault resets the board (primary VM only) */
  RESTART_VM,    /* the VM starts again, the board goes on */
  RESTART_NEVER, /* the VM stays stopped (cells only) */
};

struct vm_config {
  char name[CONFIG_NAME_LENGTH];
  char payload[CONFIG_PAYLOAD_LENGTH]; /* CBFS name of its program */
  u32 cores;                           /* bit N: core N; 0 for the primary VM: what is left */
  u64 memory;                          /* bytes, a multiple of 2 MiB; 0 for the primary VM */
  struct config_ranges ports;
  struct config_ranges mmio;
  enum restart_policy restart;
  bool ignore_violations; /* an access to what is not its own reads ones and writes nothing, instead of ending it */
};

struct config {
  u32 count; /* VMs; 0 is the primary */
  struct vm_config vm[CONFIG_VMS];
  bool console; /* the UART at 3F8h belongs to the hypervisor, which passes it on */
  bool selftest; /* VMX is tried out before the first guest */
  u32 errors;
};

/* The file's settings, defaults where it or a key is missing; each line that is wrong gets a log line and counts. */
void config_read(struct config *config);

/* Defaults. */
void config_init(struct config *config);

/* The parser alone, for any text; then checks what a line alone cannot show. */
void config_parse(struct config *config, const char *text, u64 length);

/* Memory of all cells together. */
u64 config_cell_memory(const struct config *config);

#endif
