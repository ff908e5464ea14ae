#include "mmio.h"

#define PREFIX_OPERAND 0x66
#define PREFIX_ADDRESS 0x67

struct reader {
  const u8 *code;
  u32 available, at;
  bool short_of_bytes;
};

static u8 next(struct reader *r) {
  if (r->at >= r->available) {
    r->short_of_bytes = true;
    return 0;
  }
  return r->code[r->at++];
}

static u32 next32(struct reader *r) {
  u32 value = 0;
  for (u32 i = 0; i < 4; i++) {
    value |= (u32)next(r) << 8 * i;
  }
  return value;
}

static bool is_segment_prefix(u8 byte) { return (byte & 0xE7) == 0x26 || byte == 0x64 || byte == 0x65; }

/* Past ModRM, SIB and displacement; false for a register operand. */
static bool skip_memory(struct reader *r, u8 modrm, bool address16) {
  u32 mod = modrm >> 6;
  u32 rm = modrm & 7;
  if (mod == 3) {
    return false;
  }
  u32 displacement = mod == 1 ? 1 : mod == 2 ? (address16 ? 2 : 4) : 0;
  if (address16) {
    displacement = mod == 0 && rm == 6 ? 2 : displacement;
  } else if (rm == 4) {
    u8 sib = next(r);
    displacement = mod == 0 && (sib & 7) == 5 ? 4 : displacement;
  } else if (mod == 0 && rm == 5) {
    displacement = 4;
  }
  r->at += displacement;
  return true;
}

bool mmio_decode(const u8 *code, u32 available, u32 code_bits, struct mmio_access *access) {
  struct reader r = {code, available, 0, false};
  bool operand16 = code_bits == 16;
  bool address16 = code_bits == 16;
  u8 rex = 0;
  u8 opcode = next(&r);
  for (; opcode == PREFIX_OPERAND || opcode == PREFIX_ADDRESS || is_segment_prefix(opcode); opcode = next(&r)) {
    operand16 ^= opcode == PREFIX_OPERAND;
    address16 ^= opcode == PREFIX_ADDRESS && code_bits != 64;
  }
  if (code_bits == 64 && (opcode & 0xF0) == 0x40) {
    rex = opcode;
    opcode = next(&r);
  }
  *access = (struct mmio_access){.write = opcode == 0x89 || opcode == 0xA3 || opcode == 0xC7, .constant = opcode == 0xC7};
  if (opcode == 0xA1 || opcode == 0xA3) {
    r.at += code_bits == 64 ? 8 : address16 ? 2 : 4;
  } else if (opcode == 0x89 || opcode == 0x8B || opcode == 0xC7) {
    u8 modrm = next(&r);
    access->reg = (u32)(modrm >> 3 & 7) | (rex & 4) << 1;
    bool known = skip_memory(&r, modrm, address16) && (opcode != 0xC7 || (modrm & 0x38) == 0);
    if (!known) {
      return false;
    }
    access->value = opcode == 0xC7 ? next32(&r) : 0;
  } else {
    return false;
  }
  access->length = r.at;
  return !r.short_of_bytes && r.at <= available && !operand16 && !(rex & 8);
}
