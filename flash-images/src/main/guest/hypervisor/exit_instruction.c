/* Single instructions: VMCALL, the VMX set, XSETBV, INVD, WBINVD. */
#include "cell.h"
#include "cpu.h"
#include "exit.h"
#include "guest.h"
#include "version.h"
#include "vm.h"

#define CALL_VERSION 0
#define CALL_EXIT_COUNT 1
#define CALL_RESTART 2
#define CALL_VM_STATE 3

#define CALL_OK 0ull
#define CALL_UNKNOWN ~0ull
#define CALL_BAD_ARGUMENT (~0ull - 1)

#define XCR0_X87 1ull
#define XCR0_SSE 2ull
#define XCR0_AVX 4ull

static u64 exit_count(u64 index, u64 reason, u64 *count) {
  if (index >= core_count || reason >= EXIT_REASONS) {
    return CALL_BAD_ARGUMENT;
  }
  *count = cores[index]->exits[reason];
  return CALL_OK;
}

/* The primary VM owns the board and may start any VM again; a cell itself only. */
static u64 restart(const struct core *core, u64 index) {
  bool allowed = index < config.count && (!vm_is_cell(core->vm) || index == core->vm->index);
  return allowed && vm_request_start(&vms[index]) ? CALL_OK : CALL_BAD_ARGUMENT;
}

static u64 vm_state(struct guest_registers *regs, u64 index) {
  if (index >= config.count) {
    return CALL_BAD_ARGUMENT;
  }
  regs->rbx = vms[index].state == VM_RUNNING;
  regs->rcx = vms[index].restarts;
  regs->rdx = vms[index].violations;
  return CALL_OK;
}

/* RAX leaf in, status out; RBX and RCX arguments, RBX result (docs/hypervisor.md). */
void exit_vmcall(struct core *core) {
  if (guest_cpl() != 0) {
    inject_exception(core, VECTOR_UD);
    return;
  }
  struct guest_registers *regs = &core->regs;
  bool wide = guest_in_64bit_code();
  u64 mask = wide ? ~0ull : 0xFFFFFFFF;
  u64 status = CALL_UNKNOWN;
  if ((regs->rax & mask) == CALL_VERSION) {
    regs->rbx = HV_VERSION;
    status = CALL_OK;
  } else if ((regs->rax & mask) == CALL_EXIT_COUNT) {
    status = exit_count(regs->rbx & mask, regs->rcx & mask, &regs->rbx);
  } else if ((regs->rax & mask) == CALL_RESTART) {
    status = restart(core, regs->rbx & mask);
  } else if ((regs->rax & mask) == CALL_VM_STATE) {
    status = vm_state(regs, regs->rbx & mask);
  }
  regs->rax = status & mask;
  skip_instruction();
}

/* Processors without VMX and SMX do not know these instructions, and CPUID says this is one. */
void exit_vmx_instruction(struct core *core) { inject_exception(core, VECTOR_UD); }

void exit_xsetbv(struct core *core) {
  struct cpuid state = cpuid(0xD, 0);
  u64 supported = (u64)state.edx << 32 | state.eax;
  u64 value = core->regs.rdx << 32 | (u32)core->regs.rax;
  bool valid = (u32)core->regs.rcx == 0 && value & XCR0_X87 && !(value & ~supported) &&
               !(value & XCR0_AVX && !(value & XCR0_SSE)) && guest_cpl() == 0;
  if (!valid) {
    inject_exception(core, VECTOR_GP);
    return;
  }
  /* The instruction exits only with OSXSAVE set in the guest, so the processor has it. */
  write_cr4(read_cr4() | CR4_OSXSAVE);
  asm volatile("xsetbv" : : "c"(0), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
  skip_instruction();
}

/* INVD would throw away the hypervisor's modified lines too; writing them back first is allowed to the guest. */
void exit_invd(struct core *core) { exit_wbinvd(core); }

void exit_wbinvd(struct core *core) {
  (void)core;
  asm volatile("wbinvd" : : : "memory");
  skip_instruction();
}
