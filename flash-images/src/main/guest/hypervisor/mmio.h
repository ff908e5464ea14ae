/* The moves that programs use on 32-bit registers in memory: MOV between a register, EAX or a constant and memory. */
#ifndef HV_MMIO_H
#define HV_MMIO_H

#include "types.h"

struct mmio_access {
  bool write;
  bool constant;
  u32 reg;   /* number of the general register, unless a constant is written */
  u32 value; /* the constant */
  u32 length; /* of the instruction */
};

/* False for any other instruction, or when bytes are missing. `code_bits` is 16, 32 or 64. */
bool mmio_decode(const u8 *code, u32 available, u32 code_bits, struct mmio_access *access);

#endif
