/*
 * What the ramstage and the SMM module share. The module is linked at 0 and runs through segments whose base is where
 * it lies, so it needs no relocation; each core enters it through a copy of its stub at SMBASE + 8000.
 */
#ifndef FW_SMM_H
#define FW_SMM_H

#define SMM_DEFAULT_BASE 0x30000
#define SMM_ENTRY 0x8000

/* TSEG: one SMBASE every 64 KiB, then the module. */
#define SMM_STRIDE 0x10000
#define SMM_MAX_CPUS 16
#define SMM_MODULE_OFFSET (SMM_MAX_CPUS * SMM_STRIDE)

/* Fields of the Intel 64 state-save map, from SMBASE. */
#define SMM_SAVE_SMBASE 0xfef8
#define SMM_SAVE_REVISION 0xfefc

/* Selectors in SMM. */
#define SMM_CODE 0x08
#define SMM_DATA 0x10
#define SMM_FLAT 0x18

/* Commands for port B2, coreboot's values. */
#define APM_CNT 0xb2
#define APM_FINALIZE 0xcb
#define APM_ACPI_DISABLE 0x1e
#define APM_ACPI_ENABLE 0xe1

#ifndef __ASSEMBLER__
#include "types.h"

/* At the module's beginning; offsets from there. */
struct smm_header {
  u32 gdt;
  u32 stub;
  u32 stub_size;
  u32 stub_parameters; /* from the stub's beginning */
  u32 size;            /* with what starts as zero */
};

/* Inside each copy of the stub. */
struct smm_stub_parameters {
  u16 gdt_limit;
  u32 gdt_base;
  u32 cpu;
} PACKED;
#endif

#endif
