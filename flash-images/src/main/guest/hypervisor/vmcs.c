#include "vmcs.h"

#include "boot_info.h"
#include "cpu.h"
#include "idt.h"
#include "log.h"
#include "memory_functions.h"
#include "paging.h"
#include "segments.h"
#include "vm.h"
#include "vmcs_field.h"
#include "vmx_config.h"

#define RESET_CR0 0x60000010ull
#define RESET_DR7 0x400
#define CELL_GDT 0x800
#define RESET_RFLAGS 2
#define HOST_PAT_RESET 0x0007040600070406ull

static void fill_controls(struct core *core) {
  bool cell = vm_is_cell(core->vm);
  vmwrite(PIN_CONTROLS, cell ? vmx_config.cell_pin & ~PIN_PREEMPTION_TIMER : vmx_config.pin);
  vmwrite(PRIMARY_CONTROLS, cell ? vmx_config.cell_primary : vmx_config.primary);
  vmwrite(SECONDARY_CONTROLS, vmx_config.secondary);
  vmwrite(EXIT_CONTROLS, cell ? vmx_config.cell_exit : vmx_config.exit);
  vmwrite(ENTRY_CONTROLS, vmx_config.entry);
  vmwrite(EXCEPTION_BITMAP, 0);
  vmwrite(PAGE_FAULT_MASK, 0);
  vmwrite(PAGE_FAULT_MATCH, 0);
  vmwrite(CR3_TARGET_COUNT, 0);
  vmwrite(EXIT_MSR_STORE_COUNT, 0);
  vmwrite(EXIT_MSR_LOAD_COUNT, 0);
  vmwrite(ENTRY_MSR_LOAD_COUNT, 0);
  vmwrite(ENTRY_EVENT, 0);
  vmwrite(IO_BITMAP_A, core->vm->io_bitmap_a);
  vmwrite(IO_BITMAP_B, core->vm->io_bitmap_b);
  vmwrite(MSR_BITMAP, core->vm->msr_bitmap);
  vmwrite(EPT_POINTER, ept_pointer(&core->vm->ept));
  vmwrite(VMCS_LINK, ~0ull);
  if (vmx_config.secondary & SECONDARY_VPID) {
    vmwrite(VPID, core->index + 1);
  }
  if (vmx_config.secondary & SECONDARY_XSAVES) {
    vmwrite(XSS_EXITING_BITMAP, 0);
  }
  /* Unrestricted guest: PE and PG belong to the guest; the rest that VMX fixes (NE, VMXE) belongs to us. */
  vmwrite(CR0_MASK, (vmx_config.cr0_fixed0 & ~(CR0_PE | CR0_PG)) | (~vmx_config.cr0_fixed1 & 0xFFFFFFFF));
  vmwrite(CR4_MASK, vmx_config.cr4_fixed0 | (~vmx_config.cr4_fixed1 & 0xFFFFFFFF));
}

static void fill_host(struct core *core, u64 exit_entry) {
  vmwrite(HOST_CS, SEL_CODE64);
  vmwrite(HOST_SS, SEL_DATA);
  vmwrite(HOST_DS, SEL_DATA);
  vmwrite(HOST_ES, SEL_DATA);
  vmwrite(HOST_FS, SEL_DATA);
  vmwrite(HOST_GS, SEL_DATA);
  vmwrite(HOST_TR, SEL_TSS);
  vmwrite(HOST_FS_BASE, 0);
  vmwrite(HOST_GS_BASE, 0);
  vmwrite(HOST_TR_BASE, (u64)&core->tss);
  vmwrite(HOST_GDTR_BASE, (u64)core->gdt);
  vmwrite(HOST_IDTR_BASE, idt_base());
  vmwrite(HOST_CR0, read_cr0());
  vmwrite(HOST_CR3, paging_root());
  vmwrite(HOST_CR4, read_cr4());
  vmwrite(HOST_PAT, HOST_PAT_RESET);
  vmwrite(HOST_EFER, EFER_LME | EFER_LMA | EFER_NXE);
  vmwrite(HOST_SYSENTER_CS, 0);
  vmwrite(HOST_SYSENTER_ESP, 0);
  vmwrite(HOST_SYSENTER_EIP, 0);
  vmwrite(HOST_RSP, core->anchor);
  vmwrite(HOST_RIP, exit_entry);
}

static void set_cr0(u64 value) {
  vmwrite(GUEST_CR0, value | (vmx_config.cr0_fixed0 & ~(CR0_PE | CR0_PG)));
  vmwrite(CR0_SHADOW, value);
}

static void set_mode_registers(void) {
  vmwrite(GUEST_CR3, 0);
  vmwrite(GUEST_CR4, vmx_config.cr4_fixed0);
  vmwrite(CR4_SHADOW, 0);
  vmwrite(GUEST_EFER, 0);
  vmwrite(ENTRY_CONTROLS, vmx_config.entry & ~ENTRY_IA32E_GUEST);
  vmwrite(GUEST_DR7, RESET_DR7);
  vmwrite(GUEST_RFLAGS, RESET_RFLAGS);
  vmwrite(GUEST_PENDING_DEBUG, 0);
  vmwrite(GUEST_INTERRUPTIBILITY, 0);
  vmwrite(GUEST_ACTIVITY, ACTIVITY_ACTIVE);
  vmwrite(GUEST_DEBUGCTL, 0);
  vmwrite(ENTRY_EVENT, 0);
}

void guest_reset(struct core *core) {
  segments_reset();
  vmwrite(GUEST_GDTR_BASE, 0);
  vmwrite(GUEST_GDTR_LIMIT, 0xFFFF);
  vmwrite(GUEST_IDTR_BASE, 0);
  vmwrite(GUEST_IDTR_LIMIT, 0xFFFF);
  set_cr0(RESET_CR0);
  set_mode_registers();
  vmwrite(GUEST_RIP, 0xFFF0);
  vmwrite(GUEST_RSP, 0);
  memset(&core->regs, 0, sizeof(core->regs));
  core->regs.rdx = cpuid(1, 0).eax;
  write_cr2(0);
  core->pending_nmi = 0;
}

void guest_start_at(struct core *core, u32 vector) {
  guest_reset(core);
  vmwrite(GUEST_CS, (u64)vector << 8);
  vmwrite(GUEST_CS_BASE, (u64)vector << 12);
  vmwrite(GUEST_RIP, 0);
}

/* In a cell the table lies in its first page, behind where an interrupt vector table may be. */
void guest_flat32(struct core *core, u32 entry) {
  u64 at = vm_is_cell(core->vm) ? CELL_GDT : boot_info.shared_base + SHARED_GDT_OFFSET;
  u64 *gdt = (u64 *)(core->vm->base + at);
  gdt[2] = 0x00CF9B000000FFFFull;
  gdt[3] = 0x00CF93000000FFFFull;
  segments_flat32();
  vmwrite(GUEST_GDTR_BASE, at);
  vmwrite(GUEST_GDTR_LIMIT, 4 * 8 - 1);
  set_cr0(CR0_PE | CR0_ET);
  memset(&core->regs, 0, sizeof(core->regs));
  vmwrite(GUEST_RSP, 0x7000);
  vmwrite(GUEST_RIP, entry);
}

/* What INIT does not touch starts as it is on this core. */
static void fill_guest_once(struct core *core) {
  guest_reset(core);
  vmwrite(GUEST_PAT, rdmsr(MSR_PAT));
  vmwrite(GUEST_SYSENTER_CS, rdmsr(MSR_SYSENTER_CS));
  vmwrite(GUEST_SYSENTER_ESP, rdmsr(MSR_SYSENTER_ESP));
  vmwrite(GUEST_SYSENTER_EIP, rdmsr(MSR_SYSENTER_EIP));
}

void vmcs_fill(struct core *core, u64 exit_entry) {
  fill_controls(core);
  fill_host(core, exit_entry);
  fill_guest_once(core);
}

void vmcs_dump(const struct core *core) {
  hv_log("  core %u: exit reason %X, qualification %X, linear %X, physical %X, instruction length %X", core->index,
         vmread(EXIT_REASON), vmread(EXIT_QUALIFICATION), vmread(GUEST_LINEAR_ADDRESS), vmread(GUEST_PHYSICAL_ADDRESS),
         vmread(EXIT_INSTRUCTION_LENGTH));
  hv_log("  CS %X base %X limit %X rights %X RIP %X RFLAGS %X", vmread(GUEST_CS), vmread(GUEST_CS_BASE),
         vmread(GUEST_CS_LIMIT), vmread(GUEST_CS_RIGHTS), vmread(GUEST_RIP), vmread(GUEST_RFLAGS));
  hv_log("  SS %X rights %X RSP %X CR0 %X CR3 %X CR4 %X EFER %X", vmread(GUEST_SS), vmread(GUEST_SS_RIGHTS),
         vmread(GUEST_RSP), vmread(GUEST_CR0), vmread(GUEST_CR3), vmread(GUEST_CR4), vmread(GUEST_EFER));
  hv_log("  activity %X interruptibility %X pending debug %X event %X IDT vectoring %X DR7 %X", vmread(GUEST_ACTIVITY),
         vmread(GUEST_INTERRUPTIBILITY), vmread(GUEST_PENDING_DEBUG), vmread(ENTRY_EVENT), vmread(IDT_VECTORING),
         vmread(GUEST_DR7));
  hv_log("  controls: pin %X primary %X secondary %X exit %X entry %X", vmread(PIN_CONTROLS), vmread(PRIMARY_CONTROLS),
         vmread(SECONDARY_CONTROLS), vmread(EXIT_CONTROLS), vmread(ENTRY_CONTROLS));
  hv_log("  RAX %X RBX %X RCX %X RDX %X RSI %X RDI %X RBP %X", core->regs.rax, core->regs.rbx, core->regs.rcx,
         core->regs.rdx, core->regs.rsi, core->regs.rdi, core->regs.rbp);
}
