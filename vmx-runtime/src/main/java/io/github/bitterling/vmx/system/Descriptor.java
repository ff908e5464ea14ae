package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Segment;

/**
 * A segment or gate descriptor (SDM volume 3, 3.4.5, 5.8.3, 6.11).
 *
 * @param address linear address in the table
 * @param low first 8 bytes
 * @param high second 8 bytes of the 16-byte descriptors of long mode, else 0
 */
record Descriptor(int selector, long address, long low, long high) {
  static final int TSS16_AVAILABLE = 1;
  static final int LDT = 2;
  static final int TSS16_BUSY = 3;
  static final int CALL16 = 4;
  static final int TASK_GATE = 5;
  static final int INTERRUPT16 = 6;
  static final int TRAP16 = 7;
  static final int TSS_AVAILABLE = 9;
  static final int TSS_BUSY = 11;
  static final int CALL = 12;
  static final int INTERRUPT = 14;
  static final int TRAP = 15;

  int type() {
    return (int) (low >>> 40) & 15;
  }

  /** Code or data, not system. */
  boolean segment() {
    return (low >>> 44 & 1) != 0;
  }

  int dpl() {
    return (int) (low >>> 45) & 3;
  }

  boolean present() {
    return (low >>> 47 & 1) != 0;
  }

  boolean code() {
    return segment() && (type() & 8) != 0;
  }

  boolean conforming() {
    return (type() & 12) == 12;
  }

  boolean data() {
    return segment() && (type() & 8) == 0;
  }

  boolean writableData() {
    return segment() && (type() & 10) == 2;
  }

  /** Data, or code that may be read. */
  boolean readable() {
    return segment() && ((type() & 8) == 0 || (type() & 2) != 0);
  }

  boolean system(int type) {
    return !segment() && type() == type;
  }

  /** L bit of a code segment. */
  boolean long64() {
    return (low >>> 53 & 1) != 0;
  }

  boolean big() {
    return (low >>> 54 & 1) != 0;
  }

  /** Bits 31:0 for segments; 64 bits with the second half of a 16-byte system descriptor. */
  long base() {
    return low >>> 16 & 0xFFFFFF | low >>> 32 & 0xFF000000L | high << 32;
  }

  /** Byte-granular. */
  long limit() {
    long limit = low & 0xFFFF | low >>> 32 & 0xF0000;
    return (low >>> 55 & 1) != 0 ? limit << 12 | 0xFFF : limit;
  }

  /** In {@link Segment}'s layout. */
  int attributes() {
    return (int) (low >>> 40) & 0xF0FF;
  }

  // Gates

  int gateSelector() {
    return (int) (low >>> 16) & 0xFFFF;
  }

  /** Offset for 32-bit gates, and for 64-bit ones with the second half. */
  long gateOffset() {
    return low & 0xFFFF | low >>> 32 & 0xFFFF0000L | high << 32;
  }

  int parameters() {
    return (int) (low >>> 32) & 31;
  }

  /** Interrupt stack table index of a 64-bit gate. */
  int ist() {
    return (int) (low >>> 32) & 7;
  }

  /** Fills a segment register's hidden part. */
  void into(Segment s, int visible) {
    s.set(visible, base(), limit(), attributes());
  }
}
