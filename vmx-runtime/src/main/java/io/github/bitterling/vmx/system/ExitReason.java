package io.github.bitterling.vmx.system;

/**
 * Basic VM-exit reasons this package names when it asks for an intercept (SDM volume 3, appendix
 * C).
 */
final class ExitReason {
  static final int CPUID = 10;
  static final int GETSEC = 11;
  static final int HLT = 12;
  static final int INVD = 13;
  static final int INVLPG = 14;
  static final int RDPMC = 15;
  static final int RDTSC = 16;
  static final int RSM = 17;
  static final int MWAIT = 36;
  static final int MONITOR = 39;
  static final int PAUSE = 40;
  static final int GDTR_IDTR = 46;
  static final int LDTR_TR = 47;
  static final int RDTSCP = 51;
  static final int WBINVD = 54;
  static final int XSETBV = 55;
  static final int RDRAND = 57;
  static final int INVPCID = 58;
  static final int RDSEED = 61;
  static final int XSAVES = 63;
  static final int XRSTORS = 64;

  private ExitReason() {}
}
