/* Messages to the SoC's units through the host bridge; needs memory-mapped configuration space. */
#ifndef FW_SIDEBAND_H
#define FW_SIDEBAND_H

#include "types.h"

#define DUNIT 0x01
#define BUNIT 0x03
#define DDRPHY 0x0c
#define HTE 0x0d

u32 sideband_read(u32 unit, u32 reg);
void sideband_write(u32 unit, u32 reg, u32 value);

/* A message that is no register access: opcode and data. */
void sideband_command(u32 unit, u32 opcode, u32 data);

#endif
