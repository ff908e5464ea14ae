/* VMX: VMCS fields (SDM volume 3 appendix B), controls (chapter 24), and the hypervisor's VMX operations. */
#ifndef HV_VMX_H
#define HV_VMX_H

#include "core.h"

enum vmcs_field {
  VPID = 0x0000,
  GUEST_ES = 0x0800,
  GUEST_CS = 0x0802,
  GUEST_SS = 0x0804,
  GUEST_DS = 0x0806,
  GUEST_FS = 0x0808,
  GUEST_GS = 0x080A,
  GUEST_LDTR = 0x080C,
  GUEST_TR = 0x080E,
  HOST_ES = 0x0C00,
  HOST_CS = 0x0C02,
  HOST_SS = 0x0C04,
  HOST_DS = 0x0C06,
  HOST_FS = 0x0C08,
  HOST_GS = 0x0C0A,
  HOST_TR = 0x0C0C,
  IO_BITMAP_A = 0x2000,
  IO_BITMAP_B = 0x2002,
  MSR_BITMAP = 0x2004,
  EPT_POINTER = 0x201A,
  XSS_EXITING_BITMAP = 0x202C,
  GUEST_PHYSICAL_ADDRESS = 0x2400,
  VMCS_LINK = 0x2800,
  GUEST_DEBUGCTL = 0x2802,
  GUEST_PAT = 0x2804,
  GUEST_EFER = 0x2806,
  GUEST_PDPTE0 = 0x280A,
  HOST_PAT = 0x2C00,
  HOST_EFER = 0x2C02,
  PIN_CONTROLS = 0x4000,
  PRIMARY_CONTROLS = 0x4002,
  EXCEPTION_BITMAP = 0x4004,
  PAGE_FAULT_MASK = 0x4006,
  PAGE_FAULT_MATCH = 0x4008,
  CR3_TARGET_COUNT = 0x400A,
  EXIT_CONTROLS = 0x400C,
  EXIT_MSR_STORE_COUNT = 0x400E,
  EXIT_MSR_LOAD_COUNT = 0x4010,
  ENTRY_CONTROLS = 0x4012,
  ENTRY_MSR_LOAD_COUNT = 0x4014,
  ENTRY_EVENT = 0x4016,
  ENTRY_ERROR_CODE = 0x4018,
  ENTRY_INSTRUCTION_LENGTH = 0x401A,
  SECONDARY_CONTROLS = 0x401E,
  INSTRUCTION_ERROR = 0x4400,
  EXIT_REASON = 0x4402,
  EXIT_EVENT = 0x4404,
  EXIT_ERROR_CODE = 0x4406,
  IDT_VECTORING = 0x4408,
  IDT_VECTORING_ERROR_CODE = 0x440A,
  EXIT_INSTRUCTION_LENGTH = 0x440C,
  EXIT_INSTRUCTION_INFO = 0x440E,
  GUEST_ES_LIMIT = 0x4800,
  GUEST_CS_LIMIT = 0x4802,
  GUEST_LDTR_LIMIT = 0x480C,
  GUEST_TR_LIMIT = 0x480E,
  GUEST_GDTR_LIMIT = 0x4810,
  GUEST_IDTR_LIMIT = 0x4812,
  GUEST_ES_RIGHTS = 0x4814,
  GUEST_CS_RIGHTS = 0x4816,
  GUEST_SS_RIGHTS = 0x4818,
  GUEST_LDTR_RIGHTS = 0x4820,
  GUEST_TR_RIGHTS = 0x4822,
  GUEST_INTERRUPTIBILITY = 0x4824,
  GUEST_ACTIVITY = 0x4826,
  GUEST_SYSENTER_CS = 0x482A,
  HOST_SYSENTER_CS = 0x4C00,
  CR0_MASK = 0x6000,
  CR4_MASK = 0x6002,
  CR0_SHADOW = 0x6004,
  CR4_SHADOW = 0x6006,
  EXIT_QUALIFICATION = 0x6400,
  GUEST_LINEAR_ADDRESS = 0x640A,
  GUEST_CR0 = 0x6800,
  GUEST_CR3 = 0x6802,
  GUEST_CR4 = 0x6804,
  GUEST_ES_BASE = 0x6806,
  GUEST_CS_BASE = 0x6808,
  GUEST_LDTR_BASE = 0x6812,
  GUEST_TR_BASE = 0x6814,
  GUEST_GDTR_BASE = 0x6816,
  GUEST_IDTR_BASE = 0x6818,
  GUEST_DR7 = 0x681A,
  GUEST_RSP = 0x681C,
  GUEST_RIP = 0x681E,
  GUEST_RFLAGS = 0x6820,
  GUEST_PENDING_DEBUG = 0x6822,
  GUEST_SYSENTER_ESP = 0x6824,
  GUEST_SYSENTER_EIP = 0x6826,
  HOST_CR0 = 0x6C00,
  HOST_CR3 = 0x6C02,
  HOST_CR4 = 0x6C04,
  HOST_FS_BASE = 0x6C06,
  HOST_GS_BASE = 0x6C08,
  HOST_TR_BASE = 0x6C0A,
  HOST_GDTR_BASE = 0x6C0C,
  HOST_IDTR_BASE = 0x6C0E,
  HOST_SYSENTER_ESP = 0x6C10,
  HOST_SYSENTER_EIP = 0x6C12,
  HOST_RSP = 0x6C14,
  HOST_RIP = 0x6C16,
};

#define PIN_EXTERNAL_INTERRUPT 0x1u
#define PIN_NMI 0x8u
#define PIN_VIRTUAL_NMI 0x20u

#define PRIMARY_CR3_LOAD 0x8000u
#define PRIMARY_CR3_STORE 0x10000u
#define PRIMARY_NMI_WINDOW 0x400000u
#define PRIMARY_IO_BITMAPS 0x2000000u
#define PRIMARY_MSR_BITMAPS 0x10000000u
#define PRIMARY_SECONDARY 0x80000000u

#define SECONDARY_EPT 0x2u
#define SECONDARY_RDTSCP 0x8u
#define SECONDARY_VPID 0x20u
#define SECONDARY_UNRESTRICTED 0x80u
#define SECONDARY_INVPCID 0x1000u
#define SECONDARY_XSAVES 0x100000u

#define EXIT_SAVE_DEBUG 0x4u
#define EXIT_HOST_64BIT 0x200u
#define EXIT_SAVE_PAT 0x40000u
#define EXIT_LOAD_PAT 0x80000u
#define EXIT_SAVE_EFER 0x100000u
#define EXIT_LOAD_EFER 0x200000u

#define ENTRY_LOAD_DEBUG 0x4u
#define ENTRY_IA32E_GUEST 0x200u
#define ENTRY_LOAD_PAT 0x4000u
#define ENTRY_LOAD_EFER 0x8000u

#define ACTIVITY_ACTIVE 0
#define ACTIVITY_HLT 1
#define ACTIVITY_WAIT_FOR_SIPI 3

#define BLOCKING_BY_STI 0x1ull
#define BLOCKING_BY_MOV_SS 0x2ull
#define BLOCKING_BY_NMI 0x8ull

/* VM-entry interruption information: type in bits 10:8, bit 11 error code, bit 31 valid. */
#define EVENT_VALID 0x80000000u
#define EVENT_HAS_ERROR 0x800u
#define EVENT_TYPE_MASK 0x700u
#define EVENT_NMI 0x200u
#define EVENT_EXCEPTION 0x300u
#define EVENT_SOFT_INTERRUPT 0x400u
#define EVENT_SOFT_PRIVILEGED 0x500u
#define EVENT_SOFT_EXCEPTION 0x600u

static inline u64 vmread(u64 field) {
  u64 value;
  asm volatile("vmread %1, %0" : "=rm"(value) : "r"(field) : "cc", "memory");
  return value;
}

/* Stops with the field's name in the report when the processor refuses the field. */
void vmwrite(u64 field, u64 value);

/* IA32_VMX_* as read once by the bootstrap processor, and the adjusted controls all cores use. */
struct vmx_config {
  u64 basic;
  u64 cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
  u64 ept_vpid_cap, misc;
  u32 pin, primary, secondary, exit, entry;
  u64 io_bitmap_a, io_bitmap_b, msr_bitmap;
};

extern struct vmx_config vmx_config;

/* Stops with an error naming the missing feature and the MSR that says so. */
void vmx_check(void);

/* Bitmaps; after ept_build. */
void vmx_prepare(void);

/* Feature control, VMXON, VMCS of this core; logs "core N in VMX operation"; false after an error line. */
bool vmx_start_core(struct core *core);

/* Bootstrap core: into the guest at a 32-bit flat entry. */
_Noreturn void vmx_launch_payload(struct core *core, u32 entry);

/* Application processor: into the guest that waits for its start-up IPI. */
_Noreturn void vmx_wait_for_sipi(struct core *core);

/* Guest register state as INIT leaves it (SDM volume 3 table 9-1). */
void guest_reset(struct core *core);

/* Drops this guest's TLB entries after the hypervisor changed its control registers. */
void vmx_flush_guest(struct core *core);

/* vmentry.S: loads the guest registers and enters; returns only through an exit. */
_Noreturn void vmx_enter_guest(struct core *core);

#endif
