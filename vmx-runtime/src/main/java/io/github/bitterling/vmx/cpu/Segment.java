package io.github.bitterling.vmx.cpu;

/**
 * A segment register with its hidden part (SDM volume 3, 3.4.3). Attributes have the layout of the
 * VMCS access-rights fields: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16.
 */
public final class Segment {
  public static final int TYPE = 0xF;
  public static final int S = 1 << 4;
  public static final int P = 1 << 7;
  public static final int AVL = 1 << 12;
  public static final int L = 1 << 13;
  public static final int DB = 1 << 14;
  public static final int G = 1 << 15;
  public static final int UNUSABLE = 1 << 16;

  private static final int CODE = 8;
  private static final int EXPAND_DOWN = 4;
  private static final int WRITABLE = 2;
  private static final int PLAIN_MASK = UNUSABLE | S | CODE | EXPAND_DOWN | WRITABLE;
  private static final int PLAIN = S | WRITABLE;

  public int selector;
  public long base;

  /** Byte-granular limit, 32 bits zero-extended. */
  public long limit;

  public int attributes;

  public void set(int selector, long base, long limit, int attributes) {
    this.selector = selector;
    this.base = base;
    this.limit = limit;
    this.attributes = attributes;
  }

  public void copyFrom(Segment other) {
    set(other.selector, other.base, other.limit, other.attributes);
  }

  public int dpl() {
    return attributes >> 5 & 3;
  }

  public int type() {
    return attributes & TYPE;
  }

  public boolean is(int attribute) {
    return (attributes & attribute) != 0;
  }

  /**
   * Whether this is an expand-up writable data segment that holds the bytes from {@code offset} to
   * {@code offset + last}: then every access there passes the checks of SDM volume 3, 5.3 and 5.5
   * in real and protected mode. False says nothing; the full check decides.
   *
   * @param offset wrapped at the address size, below 2^32
   */
  public boolean holds(long offset, int last) {
    return (attributes & PLAIN_MASK) == PLAIN && offset + last <= limit;
  }

  /** Loaded as in real or virtual-8086 mode. */
  public void setReal(int selector, int attributes) {
    set(selector, (long) selector << 4, 0xFFFF, attributes);
  }
}
