package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DATA;

import java.util.Random;

/** What the parts of the generator share: the dice, the case in the making, its mode. */
final class BareDraw {
  /** Operating modes. */
  enum Mode {
    REAL,
    PROT16,
    PROT32,
    V86,
    COMPAT,
    LONG
  }

  /** Flat 32-bit code in long mode, of rings 0, 3, 1, 2; then 16-bit stacks of rings 0 and 3. */
  static final int COMPAT_CODE = 0x70;

  static final int STACK16 = 0x90;

  /** INT n goes to one of them. */
  static final int VECTORS = 44;

  static final int STATUS = 0x8D5;

  static final int GDT_ENTRIES = 40;
  static final int LDT_ENTRIES = 8;

  /** Where Bochs's machine has no device. */
  static final int FREE_PORTS = 0x600;

  static final int FREE_LOW_PORTS = 0xE0;

  final Random random;
  BareCase c;
  Mode mode;
  int cpl;

  BareDraw(Random random) {
    this.random = random;
  }

  /** One time in n. */
  boolean chance(int n) {
    return random.nextInt(n) == 0;
  }

  int pick(int... of) {
    return of[random.nextInt(of.length)];
  }

  boolean isLong() {
    return mode == Mode.LONG || mode == Mode.COMPAT;
  }

  boolean segmented() {
    return mode == Mode.REAL || mode == Mode.V86;
  }

  boolean isProtected() {
    return !segmented();
  }

  int codeBits() {
    return switch (mode) {
      case REAL, PROT16, V86 -> 16;
      case LONG -> 64;
      default -> 32;
    };
  }

  long value() {
    return switch (random.nextInt(5)) {
      case 0 -> selector();
      case 1 -> random.nextInt(256);
      case 2 -> DATA + random.nextInt(128);
      case 3 -> random.nextInt();
      default -> random.nextLong();
    };
  }

  int selector() {
    if (chance(12)) {
      return random.nextInt(4);
    }
    int rpl = chance(2) ? cpl : random.nextInt(4);
    return chance(6)
        ? random.nextInt(LDT_ENTRIES) << 3 | 4 | rpl
        : random.nextInt(chance(2) ? 9 : GDT_ENTRIES + 1) << 3 | rpl;
  }

  /** Code selector, usually one of this mode. */
  int codeSelector() {
    return chance(3) ? selector() : pick(0x08, 0x1B, 0x29, 0x3A);
  }

  int dataSelector() {
    return chance(3) ? selector() : pick(0x10, 0x23, 0x31, 0x42);
  }

  /** Offset and selector of a far pointer, of either size. */
  long pointer() {
    int offset = target();
    long selector = segmented() ? 0x800 : codeSelector();
    return segmented() || chance(2)
        ? offset | selector << 16 | random.nextLong() << 32
        : offset | selector << 32;
  }

  /** Offset of a NOP and a HLT. */
  int target() {
    return (segmented() ? 0x800 : 0x8800) + 2 * random.nextInt(8);
  }

  /** Index of this level's descriptors among those of rings 0, 3, 1, 2. */
  int ring() {
    return new int[] {0, 2, 3, 1}[cpl];
  }

  static int stackTop(int ring) {
    return 0x6400 + 0x800 * ring;
  }
}
