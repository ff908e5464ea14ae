package io.github.bitterling.vmx.model;

/**
 * Names of the bits a model may allow in CR4, EFER, XCR0 and IA32_XSS (SDM volume 3, 2.2.1, 2.5,
 * 2.6 and volume 1, 13.3).
 */
final class ControlBit {
  private static final String[] CR4 = {
    "VME",
    "PVI",
    "TSD",
    "DE",
    "PSE",
    "PAE",
    "MCE",
    "PGE",
    "PCE",
    "OSFXSR",
    "OSXMMEXCPT",
    "UMIP",
    "LA57",
    "VMXE",
    "SMXE",
    "",
    "FSGSBASE",
    "PCIDE",
    "OSXSAVE",
    "",
    "SMEP",
    "SMAP",
    "PKE"
  };
  private static final String[] EFER = {"SCE", "", "", "", "", "", "", "", "LME", "", "LMA", "NXE"};
  private static final String[] XCR0 = {"X87", "SSE", "AVX", "BNDREGS", "BNDCSR"};
  private static final String[] XSS = {"", "", "", "", "", "", "", "", "", "", "", "", "", "HDC"};

  private ControlBit() {}

  /**
   * @param register "cr4", "efer", "xcr0" or "xss"
   * @return mask of the bit, 0 for an unknown name
   */
  static long mask(String register, String name) {
    String[] names =
        switch (register) {
          case "cr4" -> CR4;
          case "efer" -> EFER;
          case "xss" -> XSS;
          default -> XCR0;
        };
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return 1L << i;
      }
    }
    return 0;
  }
}
