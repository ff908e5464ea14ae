package io.github.bitterling.vmx.system;

/**
 * A processor part as data: identification, CPUID leaves, widths.
 *
 * @param signature CPUID leaf 1 EAX: family, model, stepping
 * @param platform IA32_PLATFORM_ID bits 52:50
 * @param ratio TSC frequency over bus clock
 * @param cores cores present
 */
public record CpuModel(
    String name,
    String brand,
    int signature,
    int platform,
    int ratio,
    int cores,
    int physicalBits,
    int linearBits,
    int features1Ecx,
    int features1Edx,
    int features7Ebx,
    int features81Ecx,
    int features81Edx,
    long cr4Bits) {

  /** Bus clock of Bay Trail at 83.33 MHz, in hertz; the local APIC timer counts it. */
  public static final long BUS_HERTZ = 83_333_333;

  /** TSC frequency of the E3845: ratio 23. */
  public static final long TSC_HERTZ = BUS_HERTZ * 23;

  // SSE3 PCLMUL MONITOR VMX EIST TM2 SSSE3 CX16 SSE4.1 SSE4.2 MOVBE POPCNT TSC-deadline AES RDRAND.
  // The part also has
  // DTES64, DS-CPL, xTPR and PDCM: not announced while they do not work.
  private static final int E3845_1_ECX =
      1 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20
          | 1 << 22 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 30;

  // As the part, without debug store (21) and pending-break enable (31)
  private static final int E3845_1_EDX = 0xBFEBFBFF & ~(1 << 21 | 1 << 31);

  // TSC_ADJUST, SMEP, fast REP strings, FPU CS/DS deprecated
  private static final int E3845_7_EBX = 0x2282;

  // VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT VMXE SMEP
  private static final long E3845_CR4 = 0x1027FF;

  /** Atom E3845 (Bay Trail-I, Silvermont), stepping D0. */
  public static CpuModel e3845(int cores) {
    if (cores < 1 || cores > 8) {
      throw new IllegalArgumentException("1 to 8 cores are possible, asked for " + cores);
    }
    return new CpuModel(
        "e3845",
        "Intel(R) Atom(TM) CPU  E3845  @ 1.91GHz",
        0x30679,
        3,
        23,
        cores,
        36,
        48,
        E3845_1_ECX,
        E3845_1_EDX,
        E3845_7_EBX,
        1 | 1 << 8,
        1 << 11 | 1 << 20 | 1 << 27 | 1 << 29,
        E3845_CR4);
  }

  /** APIC ids are even: each two-core module leaves room for a second thread. */
  public int apicId(int core) {
    return 2 * core;
  }

  public boolean gigabytePages() {
    return (features81Edx & 1 << 26) != 0;
  }
}
