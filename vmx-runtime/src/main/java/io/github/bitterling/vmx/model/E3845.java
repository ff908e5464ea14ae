package io.github.bitterling.vmx.model;

/** Atom E3845 (SDM volume 4, Silvermont; Intel document 538136). */
final class E3845 {
  private E3845() {}

  static final String TEXT =
      """
      name            e3845
      summary         Atom E3845 (Bay Trail-I, Silvermont), stepping D0: the board's own
      brand           Intel(R) Atom(TM) CPU  E3845  @ 1.91GHz
      signature       00030679
      platform        3
      ratio           23
      physical-bits   36
      linear-bits     48
      last-leaf       B

      # The part also has DS, PBE, DTES64, DS-CPL, xTPR and PDCM: not announced while they do not work
      features        FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH
      features        ACPI MMX FXSR SSE SSE2 SS HTT TM
      features        SSE3 PCLMULQDQ MONITOR VMX EIST TM2 SSSE3 CX16 SSE41 SSE42 MOVBE POPCNT
      features        TSC_DEADLINE AES RDRAND ARAT
      features        TSC_ADJUST SMEP ERMS FCS_FDS_DEPRECATED
      features        LAHF64 PREFETCHW SYSCALL NX RDTSCP LONG_MODE INVARIANT_TSC
      cr4             VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT VMXE SMEP
      efer            SCE LME LMA NXE

      # leaf[.sub]    EAX EBX ECX EDX, without features and without what software switches
      cpuid 2         61B3A001 0000FFC2 00000000 00000000
      # 24 KiB data, 32 KiB code per core; 1 MiB per two cores
      cpuid 4.0       1C000121 0140003F 0000003F 00000001
      cpuid 4.1       1C000122 01C0003F 0000003F 00000001
      cpuid 4.2       1C00C143 03C0003F 000003FF 00000001
      cpuid 5         00000040 00000040 00000003 33000020
      cpuid 6         00000001 00000002 00000000 00000000
      cpuid 80000006  00000000 00000000 04008040 00000000

      # VMX capabilities (SDM volume 3, appendix A) as published for a Pentium N3530, a Bay Trail of the
      # same core (30678h), but for dual-monitor treatment of SMM, which this processor does not do:
      # bit 49 of 480h, and bits 10 and 11 of 484h and 490h. Silvermont has no INVPCID, no 1-GByte pages,
      # no EPT accessed and dirty flags, no PAUSE-loop exiting.
      # Revision 2, 1024 bytes, write-back, INS/OUTS information, TRUE MSRs
      vmx 480         00D8_0400_0000_0002 IA32_VMX_BASIC
      vmx 481         0000_007F_0000_0016 IA32_VMX_PINBASED_CTLS
      vmx 482         FFF9_FFFE_0401_E172 IA32_VMX_PROCBASED_CTLS
      vmx 483         007F_FFFF_0003_6DFF IA32_VMX_EXIT_CTLS
      vmx 484         0000_F3FF_0000_11FF IA32_VMX_ENTRY_CTLS
      # Timer rate 6, LMA stored, HLT, shutdown and SIPI states, IA32_SMBASE in SMM, 4 CR3 targets
      vmx 485         0000_0000_0004_81E6 IA32_VMX_MISC
      # Fixed to 1: PG, NE, PE
      vmx 486         0000_0000_8000_0021 IA32_VMX_CR0_FIXED0
      vmx 487         0000_0000_FFFF_FFFF IA32_VMX_CR0_FIXED1
      # Fixed to 1: VMXE; may be 1: VME to OSXMMEXCPT, VMXE, SMEP
      vmx 488         0000_0000_0000_2000 IA32_VMX_CR4_FIXED0
      vmx 489         0000_0000_0010_27FF IA32_VMX_CR4_FIXED1
      vmx 48A         0000_0000_0000_002E IA32_VMX_VMCS_ENUM
      vmx 48B         0000_28EF_0000_0000 IA32_VMX_PROCBASED_CTLS2
      # Execute-only, 4 levels, UC, WB, 2 MByte, INVEPT and INVVPID types
      vmx 48C         0000_0F01_0611_4141 IA32_VMX_EPT_VPID_CAP
      vmx 48D         0000_007F_0000_0016 IA32_VMX_TRUE_PINBASED_CTLS
      # CR3 load and store exiting may be 0
      vmx 48E         FFF9_FFFE_0400_6172 IA32_VMX_TRUE_PROCBASED_CTLS
      # Debug controls need not be saved and loaded
      vmx 48F         007F_FFFF_0003_6DFB IA32_VMX_TRUE_EXIT_CTLS
      vmx 490         0000_F3FF_0000_11FB IA32_VMX_TRUE_ENTRY_CTLS
      # EPTP switching
      vmx 491         0000_0000_0000_0001 IA32_VMX_VMFUNC
      """;
}
