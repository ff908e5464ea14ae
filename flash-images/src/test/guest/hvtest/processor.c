/* CPUID, VMCALL, MSRs and single instructions as the guest must see them. */
#include "check.h"

#define EXIT_REASON_CPUID 10

void check_cpuid(void) {
  struct cpuid_result r = cpuid(0x40000000);
  check("CPUID 40000000 EAX: last leaf", r.eax, 0x40000001);
  check("CPUID 40000000 EBX: Bitt", r.ebx, 0x74746942);
  check("CPUID 40000000 ECX: erli", r.ecx, 0x696C7265);
  check("CPUID 40000000 EDX: ngHV", r.edx, 0x5648676E);
  check("CPUID 40000001 EAX: version", cpuid(0x40000001).eax, 0x00010000);
  check_true("CPUID 40000001 EBX: cores", cpuid(0x40000001).ebx >= 1);
  check("CPUID 40000002: nothing", cpuid(0x40000002).eax, 0);
  check("CPUID 1 ECX: VMX hidden", cpuid(1).ecx & 0x20, 0);
  check("CPUID 1 ECX: hypervisor present", cpuid(1).ecx >> 31, 1);
  check("CPUID 1 ECX: OSXSAVE as in CR4", cpuid(1).ecx >> 27 & 1, read_cr4() >> 18 & 1);
}

static u32 cpuid_exits(void) { return vmcall(1, 0, EXIT_REASON_CPUID).value; }

void ring3_vmcall(void);

void check_vmcall(void) {
  check("VMCALL 0: status", vmcall(0, 0, 0).status, 0);
  check("VMCALL 0: version", vmcall(0, 0, 0).value, 0x00010000);
  u32 before = cpuid_exits();
  cpuid(0);
  cpuid(0);
  check("VMCALL 1 counts CPUID exits", cpuid_exits() - before, 2);
  check("VMCALL 1: no such core", vmcall(1, 99, 0).status, 0xFFFFFFFE);
  check("VMCALL 1: no such reason", vmcall(1, 0, 1000).status, 0xFFFFFFFE);
  check("VMCALL 77 is unknown", vmcall(77, 0, 0).status, 0xFFFFFFFF);
  ring3_vmcall();
  check("VMCALL at CPL 3: #UD", caught_vector, UD);
}

static u32 read_vector(u32 msr) { return CATCH("rdmsr", : : "c"(msr) : "eax", "edx", "memory"); }

static u32 write_vector(u32 msr) { return CATCH("wrmsr", : : "c"(msr), "a"(0), "d"(0) : "memory"); }

void check_msrs(void) {
  check("RDMSR 3A: #GP", read_vector(0x3A), GP);
  check("WRMSR 3A: #GP", write_vector(0x3A), GP);
  check("RDMSR 480: #GP", read_vector(0x480), GP);
  check("RDMSR 491: #GP", read_vector(0x491), GP);
  check("WRMSR 480: #GP", write_vector(0x480), GP);
  check("RDMSR 12345678: #GP", read_vector(0x12345678), GP);
  check("WRMSR 12345678: #GP", write_vector(0x12345678), GP);
  check("RDMSR 8B passes", read_vector(0x8B), NO_EXCEPTION);
  check("WRMSR 8B is ignored", write_vector(0x8B), NO_EXCEPTION);
  check("RDMSR FE (MTRR capability) passes", read_vector(0xFE), NO_EXCEPTION);
  check("RDMSR C0000080 (EFER) passes", read_vector(0xC0000080), NO_EXCEPTION);
}

static u64 operand[2] __attribute__((aligned(16)));

void check_instructions(void) {
  check("VMXON: #UD", CATCH("vmxon %0", : : "m"(operand) : "memory"), UD);
  check("VMXOFF: #UD", CATCH("vmxoff", : : : "memory"), UD);
  check("VMCLEAR: #UD", CATCH("vmclear %0", : : "m"(operand) : "memory"), UD);
  check("VMPTRLD: #UD", CATCH("vmptrld %0", : : "m"(operand) : "memory"), UD);
  check("VMPTRST: #UD", CATCH("vmptrst %0", : : "m"(operand) : "memory"), UD);
  check("VMREAD: #UD", CATCH("vmread %%eax, %%ebx", : : "a"(0) : "ebx", "memory"), UD);
  check("VMWRITE: #UD", CATCH("vmwrite %%eax, %%ebx", : : "a"(0), "b"(0) : "memory"), UD);
  check("VMLAUNCH: #UD", CATCH("vmlaunch", : : : "memory"), UD);
  check("VMRESUME: #UD", CATCH("vmresume", : : : "memory"), UD);
  check("INVEPT: #UD", CATCH("invept %0, %%eax", : : "m"(operand), "a"(1) : "memory"), UD);
  check("INVVPID: #UD", CATCH("invvpid %0, %%eax", : : "m"(operand), "a"(1) : "memory"), UD);
  check("INVD runs", CATCH("invd", : : : "memory"), NO_EXCEPTION);
  check("WBINVD runs", CATCH("wbinvd", : : : "memory"), NO_EXCEPTION);
}
