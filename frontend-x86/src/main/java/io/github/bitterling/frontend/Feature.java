package io.github.bitterling.frontend;

/**
 * Features by which processors differ, with the bit that announces each (SDM volume 2, CPUID). A
 * row of the instruction table with {@code cpu:NAME} exists on the processors that have NAME. Bits
 * that software switches (APIC, OSXSAVE) are the processor's affair, not the model's.
 */
public enum Feature {
  // Leaf 1 EDX
  FPU(1, 0, Register.EDX, 0),
  VME(1, 0, Register.EDX, 1),
  DE(1, 0, Register.EDX, 2),
  PSE(1, 0, Register.EDX, 3),
  TSC(1, 0, Register.EDX, 4),
  MSR(1, 0, Register.EDX, 5),
  PAE(1, 0, Register.EDX, 6),
  MCE(1, 0, Register.EDX, 7),
  CX8(1, 0, Register.EDX, 8),
  APIC(1, 0, Register.EDX, 9),
  SEP(1, 0, Register.EDX, 11),
  MTRR(1, 0, Register.EDX, 12),
  PGE(1, 0, Register.EDX, 13),
  MCA(1, 0, Register.EDX, 14),
  CMOV(1, 0, Register.EDX, 15),
  PAT(1, 0, Register.EDX, 16),
  PSE36(1, 0, Register.EDX, 17),
  CLFSH(1, 0, Register.EDX, 19),
  ACPI(1, 0, Register.EDX, 22),
  MMX(1, 0, Register.EDX, 23),
  FXSR(1, 0, Register.EDX, 24),
  SSE(1, 0, Register.EDX, 25),
  SSE2(1, 0, Register.EDX, 26),
  /** Self snoop. */
  SS(1, 0, Register.EDX, 27),
  HTT(1, 0, Register.EDX, 28),
  TM(1, 0, Register.EDX, 29),

  // Leaf 1 ECX
  SSE3(1, 0, Register.ECX, 0),
  PCLMULQDQ(1, 0, Register.ECX, 1),
  MONITOR(1, 0, Register.ECX, 3),
  VMX(1, 0, Register.ECX, 5),
  SMX(1, 0, Register.ECX, 6),
  EIST(1, 0, Register.ECX, 7),
  TM2(1, 0, Register.ECX, 8),
  SSSE3(1, 0, Register.ECX, 9),
  FMA(1, 0, Register.ECX, 12),
  CX16(1, 0, Register.ECX, 13),
  PCID(1, 0, Register.ECX, 17),
  SSE41(1, 0, Register.ECX, 19),
  SSE42(1, 0, Register.ECX, 20),
  X2APIC(1, 0, Register.ECX, 21),
  MOVBE(1, 0, Register.ECX, 22),
  POPCNT(1, 0, Register.ECX, 23),
  TSC_DEADLINE(1, 0, Register.ECX, 24),
  AES(1, 0, Register.ECX, 25),
  XSAVE(1, 0, Register.ECX, 26),
  AVX(1, 0, Register.ECX, 28),
  F16C(1, 0, Register.ECX, 29),
  RDRAND(1, 0, Register.ECX, 30),

  /** Leaf 6 EAX: the APIC timer always runs. */
  ARAT(6, 0, Register.EAX, 2),

  /** Leaf 6 EAX: hardware duty cycling. */
  HDC(6, 0, Register.EAX, 13),

  // Leaf 7 EBX
  FSGSBASE(7, 0, Register.EBX, 0),
  TSC_ADJUST(7, 0, Register.EBX, 1),
  BMI1(7, 0, Register.EBX, 3),
  AVX2(7, 0, Register.EBX, 5),
  SMEP(7, 0, Register.EBX, 7),
  BMI2(7, 0, Register.EBX, 8),
  /** Enhanced REP MOVSB and STOSB. */
  ERMS(7, 0, Register.EBX, 9),
  INVPCID(7, 0, Register.EBX, 10),
  /** FPU CS and DS are deprecated: saved as 0. */
  FCS_FDS_DEPRECATED(7, 0, Register.EBX, 13),
  MPX(7, 0, Register.EBX, 14),
  RDSEED(7, 0, Register.EBX, 18),
  ADX(7, 0, Register.EBX, 19),
  SMAP(7, 0, Register.EBX, 20),

  // Leaf 7 ECX, EDX
  UMIP(7, 0, Register.ECX, 2),
  RDPID(7, 0, Register.ECX, 22),
  ARCH_CAPABILITIES(7, 0, Register.EDX, 29),

  // Leaf D.1 EAX
  XSAVEOPT(0xD, 1, Register.EAX, 0),
  XSAVEC(0xD, 1, Register.EAX, 1),
  /** XGETBV with ECX = 1. */
  XGETBV_1(0xD, 1, Register.EAX, 2),
  /** XSAVES, XRSTORS and IA32_XSS. */
  XSAVES(0xD, 1, Register.EAX, 3),

  // Leaves 80000001 and 80000007
  LAHF64(0x80000001, 0, Register.ECX, 0),
  LZCNT(0x80000001, 0, Register.ECX, 5),
  PREFETCHW(0x80000001, 0, Register.ECX, 8),
  SYSCALL(0x80000001, 0, Register.EDX, 11),
  NX(0x80000001, 0, Register.EDX, 20),
  PAGE1GB(0x80000001, 0, Register.EDX, 26),
  RDTSCP(0x80000001, 0, Register.EDX, 27),
  LONG_MODE(0x80000001, 0, Register.EDX, 29),
  INVARIANT_TSC(0x80000007, 0, Register.EDX, 8);

  /** Registers of a CPUID answer, in the order of the SDM's tables. */
  public enum Register {
    EAX,
    EBX,
    ECX,
    EDX
  }

  private final int leaf;
  private final int subleaf;
  private final Register register;
  private final int bit;

  Feature(int leaf, int subleaf, Register register, int bit) {
    this.leaf = leaf;
    this.subleaf = subleaf;
    this.register = register;
    this.bit = bit;
  }

  /** CPUID leaf (EAX). */
  public int leaf() {
    return leaf;
  }

  /** CPUID sub-leaf (ECX). */
  public int subleaf() {
    return subleaf;
  }

  public Register register() {
    return register;
  }

  /** The announcing bit of the register, as a mask. */
  public int mask() {
    return 1 << bit;
  }
}
