/* What one core owns. No other core writes here, except the starter before the core runs. */
#ifndef HV_CORE_H
#define HV_CORE_H

#include "layout.h"
#include "types.h"
#include "vapic.h"

/* Exit reasons fit below this; larger ones are counted in the last slot. */
#define EXIT_REASONS 70
#define MAX_CORES 16
#define CORE_STACK (16 * KIB)
#define FAULT_STACK (4 * KIB)

/* Guest general registers in the order of instruction encodings; rsp lives in the VMCS. */
struct guest_registers {
  u64 rax, rcx, rdx, rbx, rsp_unused, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
};

enum core_state {
  CORE_ABSENT,
  CORE_STARTING,
  CORE_RUNNING, /* executes hypervisor code in 64-bit mode */
  CORE_VMX,     /* in VMX operation, VMCS loaded */
  CORE_FAILED,
};

struct tss {
  u32 reserved0;
  u64 rsp[3];
  u64 reserved1;
  u64 ist[7];
  u64 reserved2;
  u16 reserved3;
  u16 io_map;
} PACKED;

struct vm;

/* What other cores ask of this one (core_request); looked at before every VM entry and while it waits. */
#define REQUEST_START 0x1u /* load the VM's program and enter it; to its first core */
#define REQUEST_WAIT 0x2u  /* leave the guest and wait for a start-up IPI */
#define REQUEST_INIT 0x4u  /* as REQUEST_WAIT, sent by the guest's virtual local APIC */
#define REQUEST_STARTUP 0x8u
#define REQUEST_INTERRUPT 0x10u /* look at the virtual local APIC */

struct core {
  union {
    struct guest_registers regs;
    u64 reg[16];
  };
  u64 launched; /* VMLAUNCH done: VMRESUME from now on */
  u64 anchor;   /* host RSP after every exit; the word there points to this structure */
  u32 index;
  u32 apic_id;
  volatile u32 state;
  volatile u32 pending_nmi; /* arrived while in root mode: owed to the guest */
  u32 bootstrap;
  u32 event_set; /* this exit's handler has already chosen the event to inject */
  u32 triple_fault; /* the guest's processor has shut down */
  u32 start_vector; /* of the last start-up IPI the guest sent to this core */
  u32 fresh_start;  /* that IPI was the last exit: the guest may not have run since */
  struct vm *vm;
  volatile u32 requests;
  volatile u32 kicks;   /* NMIs that were sent to have the requests looked at */
  volatile u32 waiting; /* for a start-up IPI: of the primary VM in that activity state, of a cell in root mode */
  volatile u32 startup_vector; /* of REQUEST_STARTUP */
  struct vapic vapic;          /* of a cell's core */
  u64 vmxon_region;
  u64 vmcs_region;
  u64 exits[EXIT_REASONS];
  u64 gdt[8];
  struct tss tss;
};

_Static_assert(offsetof(struct core, regs) == CORE_REGS, "assembly reads the registers there");
_Static_assert(offsetof(struct core, launched) == CORE_LAUNCHED, "assembly reads it there");
_Static_assert(offsetof(struct core, anchor) == CORE_ANCHOR, "assembly reads it there");

/* The cores found, bootstrap processor first; complete before the first VM entry. */
extern struct core *cores[MAX_CORES];
extern u32 core_count;

/* Those of them that are in VMX operation. */
u32 cores_in_vmx(void);

/* Allocates a core with its stacks and its VMX regions. */
struct core *core_new(u32 apic_id);

/* Has another core look at a request: by an interrupt that ends what its guest is doing. */
void core_request(struct core *core, u32 request);

/* Takes one of the NMIs that core_request sent; false when the NMI that arrived was none. */
bool core_take_kick(struct core *core);

/* Loads GDT, TSS and IDT of this core; the stack must be in use already. */
void core_load_tables(struct core *core);

#endif
