#include "guest_memory.h"

#include "cpu.h"
#include "guest.h"
#include "vm.h"
#include "vmcs_field.h"

#define ENTRY_PRESENT 1ull
#define ENTRY_LARGE 0x80ull
#define ADDRESS_BITS 0xFFFFFFFFFF000ull
#define NOWHERE ~0ull

/* One paging structure: entries of 4 or 8 bytes, the linear-address bit its index starts at. */
static u64 entry_of(const struct core *core, u64 table, u64 linear, u32 shift, u32 width, u32 bits) {
  u64 index = linear >> shift & ((1u << bits) - 1);
  const void *at = vm_memory(core->vm, table + index * width, width);
  return !at ? 0 : width == 8 ? *(const u64 *)at : *(const u32 *)at;
}

static u64 walk32(const struct core *core, u64 linear) {
  u64 directory = entry_of(core, vmread(GUEST_CR3) & 0xFFFFF000, linear, 22, 4, 10);
  if (!(directory & ENTRY_PRESENT)) {
    return NOWHERE;
  }
  if (directory & ENTRY_LARGE && vmread(GUEST_CR4) & CR4_PSE) {
    return (directory & 0xFFC00000) | (directory >> 13 & 0xFF) << 32 | (linear & 0x3FFFFF);
  }
  u64 page = entry_of(core, directory & 0xFFFFF000, linear, 12, 4, 10);
  return page & ENTRY_PRESENT ? (page & 0xFFFFF000) | (linear & 0xFFF) : NOWHERE;
}

/* From the structure whose index starts at bit `shift` down to the page. */
static u64 walk64(const struct core *core, u64 table, u64 linear, u32 shift) {
  for (;; shift -= 9) {
    u64 entry = entry_of(core, table, linear, shift, 8, 9);
    if (!(entry & ENTRY_PRESENT)) {
      return NOWHERE;
    }
    if (shift == 12 || (shift < 39 && entry & ENTRY_LARGE)) {
      u64 offset = (1ull << shift) - 1;
      return (entry & ADDRESS_BITS & ~offset) | (linear & offset);
    }
    table = entry & ADDRESS_BITS;
  }
}

static u64 physical(const struct core *core, u64 linear) {
  if (!(vmread(GUEST_CR0) & CR0_PG)) {
    return linear;
  }
  if (vmread(GUEST_EFER) & EFER_LMA) {
    return walk64(core, vmread(GUEST_CR3) & ADDRESS_BITS, linear, 39);
  }
  if (!(vmread(GUEST_CR4) & CR4_PAE)) {
    return walk32(core, linear);
  }
  u64 pointer = vmread(GUEST_PDPTE0 + 2 * (linear >> 30 & 3));
  return pointer & ENTRY_PRESENT ? walk64(core, pointer & ADDRESS_BITS, linear, 21) : NOWHERE;
}

u32 guest_fetch(const struct core *core, u8 *to, u32 limit) {
  u64 linear = vmread(GUEST_CS_BASE) + vmread(GUEST_RIP);
  for (u32 i = 0; i < limit; i++) {
    u64 at = physical(core, guest_in_64bit_code() ? linear + i : (u32)(linear + i));
    const u8 *byte = at == NOWHERE ? NULL : vm_memory(core->vm, at, 1);
    if (!byte) {
      return i;
    }
    to[i] = *byte;
  }
  return limit;
}
