package io.github.bitterling.minnow.bus;

import java.util.Map;
import java.util.TreeMap;

/** A window of plain storage of which only few dwords are ever touched (MPHY, RCBA, PUNIT...). */
public final class SparseStorage implements MmioDevice {
  private final String name;
  private final TreeMap<Integer, Integer> dwords = new TreeMap<>();

  public SparseStorage(String name) {
    this.name = name;
  }

  @Override
  public long read(int offset, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      int at = offset + i;
      long b = dwords.getOrDefault(at & ~3, 0) >>> 8 * (at & 3) & 0xFF;
      value |= b << 8 * i;
    }
    return value;
  }

  @Override
  public void write(int offset, int width, long value) {
    for (int i = 0; i < width; i++) {
      int at = offset + i;
      int shift = 8 * (at & 3);
      int rest = dwords.getOrDefault(at & ~3, 0) & ~(0xFF << shift);
      dwords.put(at & ~3, rest | (int) (value >>> 8 * i & 0xFF) << shift);
    }
  }

  public void reset() {
    dwords.clear();
  }

  /** Appends one line for each dword that is not zero. */
  public void dump(StringBuilder out) {
    for (Map.Entry<Integer, Integer> e : dwords.entrySet()) {
      if (e.getValue() != 0) {
        out.append(String.format("%s+%05X %08X%n", name, e.getKey(), e.getValue()));
      }
    }
  }
}
