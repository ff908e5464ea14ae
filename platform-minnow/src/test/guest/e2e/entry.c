/*
 * A payload that enters a virtual machine with a state the processor must refuse, then gives up as a hypervisor
 * would: 5 to port F4h. -DBAD_CONTROLS leaves the VMCS empty; -DBAD_GUEST fills in controls and host state and leaves
 * the guest's CR0 without the bits VMX wants.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define PAGE 4096
#define CR0_PE_NE_PG 0x80000021u
#define CR4_PSE 0x10u
#define CR4_VMXE 0x2000u

static u32 page_directory[1024] __attribute__((aligned(PAGE)));
static u32 vmxon_region[1024] __attribute__((aligned(PAGE)));
static u32 vmcs_region[1024] __attribute__((aligned(PAGE)));

static u64 rdmsr(u32 msr) {
  u64 value;
  asm volatile("rdmsr" : "=A"(value) : "c"(msr));
  return value;
}
static void wrmsr(u32 msr, u64 value) { asm volatile("wrmsr" : : "c"(msr), "A"(value)); }

static void put(char c) { asm volatile("outb %0, %1" : : "a"(c), "Nd"((unsigned short)0x3f8)); }
static void say(const char *text) {
  while (*text) {
    put(*text++);
  }
}

__attribute__((noreturn)) static void give_up(void) {
  asm volatile("outb %0, %1" : : "a"((char)5), "Nd"((unsigned short)0xf4));
  for (;;) {
    asm volatile("cli; hlt");
  }
}

/* Where the processor goes when it refuses the guest state after loading began (a VM exit with bit 31 set). */
__attribute__((noreturn, used)) static void refused(void) {
  say("guest: VM exit\n");
  give_up();
}

static void start_vmx(void) {
  for (u32 i = 0; i < 1024; i++) {
    page_directory[i] = i << 22 | 0x83; /* present, writable, 4 MiB */
  }
  if (!(rdmsr(0x3a) & 1)) {
    wrmsr(0x3a, 5);
  }
  u32 cr4 = CR4_PSE | CR4_VMXE;
  asm volatile("mov %0, %%cr4" : : "r"(cr4));
  asm volatile("mov %0, %%cr3" : : "r"(page_directory));
  asm volatile("mov %0, %%cr0" : : "r"(CR0_PE_NE_PG) : "memory");
  vmxon_region[0] = vmcs_region[0] = (u32)rdmsr(0x480);
  u64 on = (u32)vmxon_region;
  u64 vmcs = (u32)vmcs_region;
  asm volatile("vmxon %0" : : "m"(on) : "cc", "memory");
  asm volatile("vmclear %0" : : "m"(vmcs) : "cc", "memory");
  asm volatile("vmptrld %0" : : "m"(vmcs) : "cc", "memory");
}

static void vmwrite(u32 field, u32 value) { asm volatile("vmwrite %1, %0" : : "r"(field), "r"(value) : "cc"); }

#ifdef BAD_GUEST
static u32 allowed(u32 msr) { return (u32)rdmsr(msr) & (u32)(rdmsr(msr) >> 32); }

static void fill(void) {
  vmwrite(0x4000, allowed(0x481)); /* pin-based, primary, exit and entry controls: what is required, no more */
  vmwrite(0x4002, allowed(0x482));
  vmwrite(0x400c, allowed(0x483));
  vmwrite(0x4012, allowed(0x484));
  vmwrite(0x2800, ~0u); /* no linked VMCS */
  vmwrite(0x2801, ~0u);
  vmwrite(0x0c02, 0x08); /* host CS; SS, DS, ES, FS, GS; TR */
  for (u32 selector = 0; selector < 5; selector++) {
    vmwrite(selector < 1 ? 0x0c00 : 0x0c02 + 2 * selector, 0x10);
  }
  vmwrite(0x0c0c, 0x18);
  vmwrite(0x6c00, CR0_PE_NE_PG);
  vmwrite(0x6c02, (u32)page_directory);
  vmwrite(0x6c04, CR4_PSE | CR4_VMXE);
  vmwrite(0x6c14, (u32)&page_directory[1024]);
  vmwrite(0x6c16, (u32)refused);
  vmwrite(0x6800, 0); /* guest CR0: neither PE nor NE nor PG */
}
#else
static void fill(void) { vmwrite(0x4000, 0); }
#endif

__attribute__((noreturn)) void _start(void) {
  start_vmx();
  fill();
  say("guest: VMLAUNCH\n");
  asm volatile("vmlaunch" : : : "cc", "memory");
  say("guest: VMLAUNCH failed\n");
  give_up();
}
