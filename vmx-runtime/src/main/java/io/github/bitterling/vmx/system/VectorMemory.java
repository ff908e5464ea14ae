package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;

/**
 * Masked moves and gathers, element by element. What to do is one packed word, see {@code
 * lift.Avx.access}.
 */
final class VectorMemory {
  private static final int PARTS = 4;

  /** No mask makes VMASKMOV raise #AC (SDM volume 2), nor does a gather on AMD's. */
  private static final int MASKED = MemoryUnit.UNCHECKED;

  private final Cpu cpu;
  private final long offset;
  private final int data;
  private final int mask;
  private final int index;
  private final int bytes;
  private final int indexBytes;
  private final int scale;
  private final int segment;
  private final int addressBits;
  private final int elements;

  private VectorMemory(Cpu cpu, long offset, long what) {
    this.cpu = cpu;
    this.offset = offset;
    data = (int) what & 15;
    mask = (int) what >> 4 & 15;
    index = (int) what >> 8 & 15;
    bytes = 1 << (what >> 12 & 3);
    indexBytes = 1 << (what >> 14 & 3);
    scale = (int) what >> 16 & 3;
    segment = (int) what >> 18 & 7;
    addressBits = 8 << (what >> 21 & 3);
    elements = (int) (what >> 24) & 15;
  }

  /** VMASKMOV to a register: other elements become 0. A fault leaves the register. */
  static void load(Cpu cpu, long offset, long what) {
    VectorMemory v = new VectorMemory(cpu, offset, what);
    long[] result = new long[PARTS];
    for (int k = 0; k < v.elements; k++) {
      if (v.selected(k)) {
        set(result, k, v.bytes, Mem.load(cpu, v.linear(v.at(k), false), v.bytes, MASKED));
      }
    }
    v.write(v.data, result);
  }

  /** VMASKMOV to memory: all selected elements or, on a fault, none. */
  static void store(Cpu cpu, long offset, long what) {
    VectorMemory v = new VectorMemory(cpu, offset, what);
    for (int k = 0; k < v.elements; k++) {
      if (v.selected(k)) {
        Mem.loadForWrite(cpu, v.linear(v.at(k), true), v.bytes, MASKED);
      }
    }
    long[] from = v.read(v.data);
    for (int k = 0; k < v.elements; k++) {
      if (v.selected(k)) {
        Mem.store(cpu, v.linear(v.at(k), true), v.bytes, element(from, k, v.bytes), MASKED);
      }
    }
  }

  /**
   * Gathers in order. Each element that is done is in the register and its mask clear before the
   * next one can fault (SDM volume 2, VGATHERDPS).
   */
  static void gather(Cpu cpu, long offset, long what) {
    VectorMemory v = new VectorMemory(cpu, offset, what);
    long[] result = v.read(v.data);
    long[] left = v.read(v.mask);
    long[] indices = v.read(v.index);
    for (int k = 0; k < v.elements; k++) {
      if (negative(left, k, v.bytes)) {
        long i = element(indices, k, v.indexBytes);
        long signed = v.indexBytes == 4 ? (int) i : i;
        long at = v.linear(v.offset + (signed << v.scale), false);
        set(result, k, v.bytes, Mem.load(cpu, at, v.bytes, MASKED));
        v.write(v.data, result);
      }
      set(left, k, v.bytes, 0);
      v.write(v.mask, left);
    }
    clearFrom(result, v.elements * v.bytes);
    v.write(v.data, result);
    v.write(v.mask, new long[PARTS]);
  }

  private long at(int element) {
    return offset + (long) element * bytes;
  }

  private long linear(long at, boolean write) {
    return Mem.linear(cpu, segment, at, bytes, write, addressBits);
  }

  private boolean selected(int element) {
    return negative(read(mask), element, bytes);
  }

  // Vectors as four parts

  private long[] read(int register) {
    return new long[] {
      cpu.xmm[2 * register],
      cpu.xmm[2 * register + 1],
      cpu.ymm[2 * register],
      cpu.ymm[2 * register + 1]
    };
  }

  private void write(int register, long[] parts) {
    System.arraycopy(parts, 0, cpu.xmm, 2 * register, 2);
    System.arraycopy(parts, 2, cpu.ymm, 2 * register, 2);
  }

  private static boolean negative(long[] parts, int k, int bytes) {
    return element(parts, k, bytes) >>> 8 * bytes - 1 != 0;
  }

  private static long element(long[] parts, int k, int bytes) {
    int at = k * bytes;
    return parts[at / 8] >>> 8 * (at & 7) & Mem.mask(bytes);
  }

  private static void set(long[] parts, int k, int bytes, long value) {
    int at = k * bytes;
    int shift = 8 * (at & 7);
    parts[at / 8] = parts[at / 8] & ~(Mem.mask(bytes) << shift) | value << shift;
  }

  private static void clearFrom(long[] parts, int bytes) {
    for (int k = 0; k < PARTS; k++) {
      if (8 * k >= bytes) {
        parts[k] = 0;
      }
    }
  }
}
