package io.github.bitterling.frontend;

/**
 * The processor mode a translation depends on, packed into an int. Two blocks with the same bytes,
 * instruction pointer and key mean the same.
 */
public final class ModeKey {
  /** Bits 1:0: code size, 0 = 16-bit, 1 = 32-bit, 2 = 64-bit. */
  public static final int CODE_MASK = 3;

  public static final int CODE16 = 0;
  public static final int CODE32 = 1;
  public static final int CODE64 = 2;

  /** SS.B: implicit stack accesses use ESP, not SP (64-bit mode always uses RSP). */
  public static final int STACK32 = 1 << 2;

  /**
   * ES, SS and DS are writable, based at 0 and 4 GiB long, CS is based at 0: offsets are linear
   * addresses.
   */
  public static final int FLAT = 1 << 3;

  /** CPL 3. */
  public static final int USER = 1 << 4;

  /** CR0.PE set and not virtual-8086. */
  public static final int PROTECTED = 1 << 5;

  /** Virtual-8086 mode. */
  public static final int V86 = 1 << 6;

  /** CR0.EM and CR0.TS are clear: x87 and MMX instructions may run. */
  public static final int FPU = 1 << 7;

  /** SSE may run: CR0.EM = 0, CR0.TS = 0 and CR4.OSFXSR = 1. */
  public static final int SSE = 1 << 8;

  /** EFER.LMA: long mode, compatibility mode when CODE64 is not the code size. */
  public static final int LONG = 1 << 9;

  /**
   * Instructions with a VEX prefix on vector registers may run: CR4.OSXSAVE = 1, XCR0[2:1] = 11b
   * and CR0.TS = 0, in protected mode.
   */
  public static final int AVX = 1 << 10;

  /**
   * Instructions on bounds registers do something: CR4.OSXSAVE = 1, XCR0[4:3] = 11b, and
   * IA32_BNDCFGS (CPL 3: BNDCFGU) bit 0 is 1.
   */
  public static final int MPX = 1 << 11;

  /** {@link #MPX}, and near branches without BND prefix initialize the bounds registers. */
  public static final int BOUNDS_INIT = 1 << 12;

  /** The limit of CS is at least FFFFh: no offset of 16 bits lies beyond it. */
  public static final int CODE_64K = 1 << 13;

  private ModeKey() {}

  public static int codeSize(int key) {
    return key & CODE_MASK;
  }

  public static boolean is(int key, int bit) {
    return (key & bit) != 0;
  }
}
