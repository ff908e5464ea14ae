/*
 * The virtual machines: the primary one, which has the board less what others have, and cells, which have cores, memory
 * and devices of their own.
 */
#ifndef HV_VM_H
#define HV_VM_H

#include "config.h"
#include "ept.h"

struct core;

enum vm_state { VM_STOPPED, VM_RUNNING };

#define VM_CONSOLE_LINE 120

struct vm {
  const struct vm_config *config;
  u32 index;
  struct ept ept;
  u64 base; /* of a cell's memory: its physical address 0 */
  u64 io_bitmap_a, io_bitmap_b, msr_bitmap;
  struct core *first; /* the core that starts its program, or NULL when it is missing */
  volatile u32 state;
  bool ran; /* started at least once */
  u32 restarts;
  u64 violations;
  u8 lcr; /* line control of its serial port */
  u32 line_length; /* of what a cell has written to its serial port */
  char line[VM_CONSOLE_LINE];
};

extern struct config config;
extern struct vm vms[CONFIG_VMS];

static inline bool vm_is_cell(const struct vm *vm) { return vm->index != 0; }

/* The VM a core of this index belongs to. */
struct vm *vm_of_core(u32 index);

/* Gives each VM of the configuration its memory. */
void vms_place(void);

/* Page tables and bitmaps of all VMs; `ram_end` as for ept_build. */
void vms_build(u64 ram_end);

/* Finds the first core of each; a line for a cell that lacks some. */
void vms_adopt_cores(void);

/* Has every other core of this core's VM leave its guest; false after a line when one does not answer in a second. */
bool vm_stop_others(const struct core *core);

/* The hypervisor's address of guest-physical memory, or NULL when that is not all the VM's. */
void *vm_memory(const struct vm *vm, u64 address, u64 length);

/* The same where a program may be loaded: in RAM, of the primary VM not on what it shares with the hypervisor. */
void *vm_loads_at(const struct vm *vm, u64 address, u64 length);

/* The cell that has this port or register for itself, or NULL. */
const struct vm *vm_of_port(u16 port);
const struct vm *vm_of_mmio(u64 page);

#endif
