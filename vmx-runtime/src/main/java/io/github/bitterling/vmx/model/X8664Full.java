package io.github.bitterling.vmx.model;

/**
 * x86-64-v3 with what is left of the VMX controls and the instructions they are about; for
 * developers of hypervisors.
 */
final class X8664Full {
  private X8664Full() {}

  static final String TEXT =
      """
      like            x86-64-v3
      name            x86-64-full
      summary         x86-64-v3 with every VMX control, identified as a Broadwell
      brand           Bitterling x86-64-full @ 1.91GHz
      signature       00040671
      microcode       22

      features        RDSEED XSAVES HDC MPX
      xcr0            BNDREGS BNDCSR
      xss             HDC

      # Hardware duty cycling (SDM volume 3, 15.5): this processor is never forced to be idle
      msr DB0 strict 0 1 IA32_PKG_HDC_CTL
      msr DB2 read-only 0 IA32_THREAD_STALL

      # Clear and load IA32_BNDCFGS
      vmx 483         00FF_FFFF_0003_6DFF IA32_VMX_EXIT_CTLS
      vmx 484         0001_F3FF_0000_11FF IA32_VMX_ENTRY_CTLS
      vmx 48F         00FF_FFFF_0003_6DFB IA32_VMX_TRUE_EXIT_CTLS
      vmx 490         0001_F3FF_0000_11FB IA32_VMX_TRUE_ENTRY_CTLS
      # All but ENCLS (15), PT (19)
      vmx 48B         0257_7FFF_0000_0000 IA32_VMX_PROCBASED_CTLS2
      """;
}
