/*
 * What the bootblock leaves in RAM for the ramstage: memory size, the time stamps taken so far and the console text
 * printed while there was only cache-as-RAM to keep it.
 */
#ifndef FW_HANDOFF_H
#define FW_HANDOFF_H

#include "types.h"

#define HANDOFF_ADDRESS 0x8000u
#define HANDOFF_MAGIC 0x464f4842u /* "BHOF" */
#define HANDOFF_STAMPS 16
#define HANDOFF_LOG 8192

struct stamp {
  u32 id;
  u64 tsc;
} PACKED;

struct handoff {
  u32 magic;
  u32 low_top;  /* first byte after RAM below 4 GiB */
  u64 high_top; /* first byte after RAM above 4 GiB; 4 GiB when there is none */
  u32 strap;    /* SSUS pad 5 */
  u32 stamp_count;
  struct stamp stamps[HANDOFF_STAMPS];
  u32 log_length;
  char log[HANDOFF_LOG];
} PACKED;

/* Identifiers of coreboot's time stamp table. */
#define TS_START_ROMSTAGE 1
#define TS_BEFORE_INITRAM 2
#define TS_AFTER_INITRAM 3
#define TS_END_ROMSTAGE 4
#define TS_START_COPYRAM 8
#define TS_END_COPYRAM 9
#define TS_START_RAMSTAGE 10
#define TS_START_BOOTBLOCK 11
#define TS_END_BOOTBLOCK 12
#define TS_START_ULZMA 15
#define TS_END_ULZMA 16
#define TS_DEVICE_ENUMERATE 30
#define TS_DEVICE_CONFIGURE 40
#define TS_DEVICE_ENABLE 50
#define TS_DEVICE_INITIALIZE 60
#define TS_DEVICE_DONE 70
#define TS_CBMEM_POST 75
#define TS_WRITE_TABLES 80
#define TS_LOAD_PAYLOAD 90
#define TS_SELFBOOT_JUMP 99

#endif
