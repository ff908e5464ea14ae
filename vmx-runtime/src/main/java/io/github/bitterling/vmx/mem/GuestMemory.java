package io.github.bitterling.vmx.mem;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/**
 * The one class with raw memory access. Guest RAM and ROM live off heap at absolute host addresses;
 * everybody else holds those addresses only as results of {@code hostPage} look-ups that were
 * bounds-checked when they were made.
 */
@SuppressWarnings("removal") // deliberate: see the class comment
public final class GuestMemory implements AutoCloseable {
  private static final Unsafe U = unsafe();

  /** Above this the C library always maps fresh, zeroed pages; touching them would cost memory. */
  private static final long MALLOC_MAY_RECYCLE = 64L << 20;

  private final long raw;
  private final long base;
  private final long size;
  private boolean closed;

  /**
   * Allocates {@code size} bytes of zeroed memory, page-aligned; pages cost nothing until touched.
   */
  public GuestMemory(long size) {
    this.size = size;
    this.raw = U.allocateMemory(size + 8192);
    this.base = (raw + 4095) & -4096L;
    if (size <= MALLOC_MAY_RECYCLE) {
      U.setMemory(base, size, (byte) 0);
    }
  }

  /** Host address of offset 0. */
  public long base() {
    return base;
  }

  /** Bytes. */
  public long size() {
    return size;
  }

  /** Host address of {@code offset}, checked against {@code length}. */
  public long address(long offset, long length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(
          "guest memory access at " + Long.toHexString(offset) + "h+" + length + ", size " + size);
    }
    return base + offset;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      U.freeMemory(raw);
    }
  }

  public static long get8(long host) {
    return U.getByte(host) & 0xFFL;
  }

  public static long get16(long host) {
    return U.getShort(host) & 0xFFFFL;
  }

  public static long get32(long host) {
    return U.getInt(host) & 0xFFFFFFFFL;
  }

  public static long get64(long host) {
    return U.getLong(host);
  }

  public static void put8(long host, long value) {
    U.putByte(host, (byte) value);
  }

  public static void put16(long host, long value) {
    U.putShort(host, (short) value);
  }

  public static void put32(long host, long value) {
    U.putInt(host, (int) value);
  }

  public static void put64(long host, long value) {
    U.putLong(host, value);
  }

  /** Zero-extended value of {@code bytes} (1, 2, 4 or 8). */
  public static long get(long host, int bytes) {
    return switch (bytes) {
      case 1 -> get8(host);
      case 2 -> get16(host);
      case 4 -> get32(host);
      default -> get64(host);
    };
  }

  /** Stores the low {@code bytes} (1, 2, 4 or 8) of a value. */
  public static void put(long host, int bytes, long value) {
    switch (bytes) {
      case 1 -> put8(host, value);
      case 2 -> put16(host, value);
      case 4 -> put32(host, value);
      default -> put64(host, value);
    }
  }

  // Accesses while other processors run at the same time. x86 promises that loads are seen in
  // order, and stores in order and after the loads before them (SDM volume 3, 9.2.2). On hosts
  // that promise the same the fences only bind the JVM's compilers.

  /** As {@link #get}, before everything that comes after. */
  public static long getShared(long host, int bytes) {
    long value = get(host, bytes);
    U.loadFence();
    return value;
  }

  /** As {@link #put}, after everything that came before. */
  public static void putShared(long host, int bytes, long value) {
    U.storeFence();
    put(host, bytes, value);
  }

  /** Every access before is made before every access after, loads after stores too. */
  public static void fence() {
    U.fullFence();
  }

  /**
   * Writes a value in place of an expected one, as one operation in order with all others.
   *
   * @param host a multiple of {@code bytes}
   * @param bytes 1, 2, 4 or 8
   * @return false, and nothing is written, when there is another value
   */
  public static boolean replace(long host, int bytes, long expected, long value) {
    return switch (bytes) {
      case 8 -> U.compareAndSwapLong(null, host, expected, value);
      case 4 -> U.compareAndSwapInt(null, host, (int) expected, (int) value);
      default -> replacePart(host, (1 << 8 * bytes) - 1, (int) expected, (int) value);
    };
  }

  /** As part of the aligned four bytes around it, which others may change at the same time. */
  private static boolean replacePart(long host, int mask, int expected, int value) {
    long word = host & -4L;
    int shift = (int) (host & 3) * 8;
    while (true) {
      int old = U.getIntVolatile(null, word);
      if ((old >>> shift & mask) != (expected & mask)) {
        return false;
      }
      int changed = old & ~(mask << shift) | (value & mask) << shift;
      if (U.compareAndSwapInt(null, word, old, changed)) {
        return true;
      }
    }
  }

  /** Copies between host ranges (regions may not overlap destructively). */
  public static void copy(long from, long to, long bytes) {
    U.copyMemory(from, to, bytes);
  }

  public static void fill(long host, long bytes, byte value) {
    U.setMemory(host, bytes, value);
  }

  /** Copies host memory into an array. */
  public static void toArray(long host, byte[] to, int at, int bytes) {
    U.copyMemory(null, host, to, Unsafe.ARRAY_BYTE_BASE_OFFSET + at, bytes);
  }

  /** Copies an array into host memory. */
  public static void fromArray(byte[] from, int at, long host, int bytes) {
    U.copyMemory(from, Unsafe.ARRAY_BYTE_BASE_OFFSET + at, null, host, bytes);
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("sun.misc.Unsafe is needed for guest memory", e);
    }
  }
}
