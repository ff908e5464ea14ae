/* Host exceptions and interrupts. Every exception is a defect of the hypervisor and ends in a report, but an NMI belongs to the guest. */
#include "idt.h"

#include "apic.h"
#include "core.h"
#include "cpu.h"
#include "log.h"
#include "vm.h"

#define VECTOR_NMI 2
#define EXCEPTIONS 32
#define VECTORS 256

struct gate {
  u16 offset_low;
  u16 selector;
  u8 ist;
  u8 type;
  u16 offset_middle;
  u32 offset_high;
  u32 reserved;
};

/* As idt_stubs.S pushes it, lowest address first. */
struct exception_frame {
  u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
  u64 vector, error_code;
  u64 rip, cs, rflags, rsp, ss;
};

extern const char exception_stubs[]; /* 16 bytes each */
extern const char interrupt_stub[];

static struct gate idt[VECTORS];

void idt_build(void) {
  for (u32 vector = 0; vector < VECTORS; vector++) {
    bool exception = vector < EXCEPTIONS;
    u64 stub = exception ? (u64)exception_stubs + 16 * vector : (u64)interrupt_stub;
    idt[vector] = (struct gate){
        .offset_low = (u16)stub,
        .selector = SEL_CODE64,
        .ist = !exception ? 0 : vector == VECTOR_NMI ? 2 : 1,
        .type = 0x8E,
        .offset_middle = (u16)(stub >> 16),
        .offset_high = (u32)(stub >> 32),
    };
  }
}

u64 idt_base(void) { return (u64)idt; }

void idt_load(void) {
  struct table_pointer pointer = {sizeof(idt) - 1, (u64)idt};
  asm volatile("lidt %0" : : "m"(pointer));
}

/* Interrupts are open only while a cell's core waits (cell.c): to wake it is all that one does. */
void host_interrupt(void) { apic_end_of_interrupt(); }

void host_exception(struct exception_frame *frame, struct core *core) {
  if (frame->vector == VECTOR_NMI) {
    if (!core_take_kick(core) && !vm_is_cell(core->vm)) {
      core->pending_nmi = 1;
    }
    return;
  }
  hv_log_break_lock();
  hv_log("FATAL: hypervisor crash on core %u: vector %U, error code %X at RIP %X, CR2 %X", core->index, frame->vector,
         frame->error_code, frame->rip, read_cr2());
  hv_log("  RAX %X RBX %X RCX %X RDX %X RSI %X RDI %X RBP %X RSP %X", frame->rax, frame->rbx, frame->rcx, frame->rdx,
         frame->rsi, frame->rdi, frame->rbp, frame->rsp);
  hv_log("  R8 %X R9 %X R10 %X R11 %X R12 %X R13 %X R14 %X R15 %X CR3 %X", frame->r8, frame->r9, frame->r10, frame->r11,
         frame->r12, frame->r13, frame->r14, frame->r15, read_cr3());
  hv_stop(STOP_HOST_EXCEPTION);
}
