package io.github.bitterling.vmx.cpu;

/** The local APIC as its own processor sees it (SDM volume 3, chapter 10/13). */
public interface ApicUnit {
  /** Physical base of the 4 KiB register page, or -1 when disabled or in x2APIC mode. */
  long base();

  /** Register read; offset 0..FFFh, 32-bit registers at 16-byte steps. */
  long read(int offset, int bytes);

  void write(int offset, int bytes, long value);

  /** IA32_APIC_BASE. */
  long apicBaseMsr();

  void setApicBaseMsr(long value);

  /** Task priority bits 7:4 as CR8. */
  long cr8();

  void setCr8(long value);

  /** Initial APIC id (CPUID leaf 1 EBX 31:24, leaf B EDX). */
  int id();

  /** True when {@link #acknowledge} would give a vector now (also for the 8259 through LINT0). */
  boolean interruptPending();

  /** Accepts the highest interrupt: ISR bit set or 8259 INTA; the vector. */
  int acknowledge();

  /** MSR 800h to 8FFh: null for #GP, as outside x2APIC mode. */
  default Long readMsr(int msr) {
    return null;
  }

  /** MSR 800h to 8FFh: false for #GP. */
  default boolean writeMsr(int msr, long value) {
    return false;
  }

  /** Registers after power-on, or after INIT (id and base stay). */
  void reset(boolean powerOn);

  /** IA32_TSC_DEADLINE. */
  long deadline();

  void setDeadline(long value);
}
