#ifndef HV_IDT_H
#define HV_IDT_H

#include "types.h"

struct table_pointer {
  u16 limit;
  u64 base;
} __attribute__((packed));

/* Fills the one IDT that all cores share; it is read-only afterwards. */
void idt_build(void);
void idt_load(void);

/* Address and limit, for the host state of a VMCS. */
u64 idt_base(void);

#endif
