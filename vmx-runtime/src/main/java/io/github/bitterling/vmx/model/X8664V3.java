package io.github.bitterling.vmx.model;

/**
 * A processor for guests that want x86-64-v3: identified as a desktop Haswell, on the board's bus
 * and with the MSRs its firmware uses.
 */
final class X8664V3 {
  private X8664V3() {}

  static final String TEXT =
      """
      name            x86-64-v3
      summary         x86-64-v3 with the system features of its time, identified as a Haswell
      brand           Bitterling x86-64-v3 @ 1.91GHz
      signature       000306C3
      platform        1
      ratio           23
      microcode       28
      physical-bits   39
      linear-bits     48
      last-leaf       D

      features        FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH
      features        ACPI MMX FXSR SSE SSE2 SS HTT TM
      features        SSE3 PCLMULQDQ MONITOR VMX EIST TM2 SSSE3 CX16 SSE41 SSE42 MOVBE POPCNT
      features        TSC_DEADLINE AES RDRAND ARAT
      features        AVX AVX2 FMA F16C BMI1 BMI2 LZCNT
      features        XSAVE XSAVEOPT XSAVEC XGETBV_1 FSGSBASE SMAP UMIP PCID INVPCID X2APIC
      features        TSC_ADJUST SMEP ERMS FCS_FDS_DEPRECATED ARCH_CAPABILITIES
      features        LAHF64 PREFETCHW SYSCALL NX PAGE1GB RDTSCP LONG_MODE INVARIANT_TSC
      cr4             VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT VMXE FSGSBASE
      cr4             UMIP PCIDE OSXSAVE SMEP SMAP
      efer            SCE LME LMA NXE
      xcr0            X87 SSE AVX

      # leaf[.sub]    EAX EBX ECX EDX, without features and without what software switches
      cpuid 2         76035A01 00F0B5FF 00000000 00C10000
      # 32 KiB data, 32 KiB code, 256 KiB per core; 8 MiB for all
      cpuid 4.0       1C004121 01C0003F 0000003F 00000000
      cpuid 4.1       1C004122 01C0003F 0000003F 00000000
      cpuid 4.2       1C004143 01C0003F 000001FF 00000000
      cpuid 4.3       1C03C163 03C0003F 00001FFF 00000006
      cpuid 5         00000040 00000040 00000003 00000020
      cpuid 6         00000001 00000002 00000000 00000000
      cpuid 80000006  00000000 00000000 01006040 00000000

      # Nothing is executed speculatively: RDCL_NO, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, PSCHANGE_MC_NO,
      # TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO, ITS_NO
      msr 10A read-only  4000_0000_0D10_E179 IA32_ARCH_CAPABILITIES
      msr 668 absent     CC6_DEMOTION_POLICY_CONFIG
      msr 669 absent     MC6_DEMOTION_POLICY_CONFIG
      msr 66A absent     IACORE_RATIOS
      msr 66B absent     IACORE_VIDS
      msr 66C absent     IACORE_TURBO_RATIOS
      msr 66D absent     IACORE_TURBO_VIDS

      # VMX capabilities (SDM volume 3, appendix A): what the manual has but SMM's dual monitor, SGX, PT,
      # MPX, RDSEED and XSAVES. Revision 2, 1024 bytes, write-back, INS/OUTS information, TRUE MSRs
      vmx 480         00D8_0400_0000_0002 IA32_VMX_BASIC
      # Posted interrupts
      vmx 481         0000_00FF_0000_0016 IA32_VMX_PINBASED_CTLS
      vmx 482         FFF9_FFFE_0401_E172 IA32_VMX_PROCBASED_CTLS
      vmx 483         007F_FFFF_0003_6DFF IA32_VMX_EXIT_CTLS
      vmx 484         0000_F3FF_0000_11FF IA32_VMX_ENTRY_CTLS
      # VMWRITE to any field, timer rate 5, LMA stored, HLT, shutdown and SIPI states, 4 CR3 targets,
      # RDMSR of IA32_SMBASE in SMM
      vmx 485         0000_0000_2004_81E5 IA32_VMX_MISC
      vmx 486         0000_0000_8000_0021 IA32_VMX_CR0_FIXED0
      vmx 487         0000_0000_FFFF_FFFF IA32_VMX_CR0_FIXED1
      vmx 488         0000_0000_0000_2000 IA32_VMX_CR4_FIXED0
      vmx 489         0000_0000_0037_2FFF IA32_VMX_CR4_FIXED1
      vmx 48A         0000_0000_0000_0032 IA32_VMX_VMCS_ENUM
      # All but ENCLS (15), RDSEED (16), PT (19), XSAVES (20)
      vmx 48B         0246_7FFF_0000_0000 IA32_VMX_PROCBASED_CTLS2
      # Execute-only, 4 levels, UC, WB, 2 MByte, 1 GByte, accessed and dirty flags, INVEPT and INVVPID types
      vmx 48C         0000_0F01_0633_4141 IA32_VMX_EPT_VPID_CAP
      vmx 48D         0000_00FF_0000_0016 IA32_VMX_TRUE_PINBASED_CTLS
      vmx 48E         FFF9_FFFE_0400_6172 IA32_VMX_TRUE_PROCBASED_CTLS
      vmx 48F         007F_FFFF_0003_6DFB IA32_VMX_TRUE_EXIT_CTLS
      vmx 490         0000_F3FF_0000_11FB IA32_VMX_TRUE_ENTRY_CTLS
      # EPTP switching
      vmx 491         0000_0000_0000_0001 IA32_VMX_VMFUNC
      """;
}
