package io.github.bitterling.minnow.bus;

import java.util.ArrayList;
import java.util.List;

/**
 * The last accesses of processors to devices, kept so that a machine that was stopped can say what
 * it waited for.
 */
public final class AccessLog {
  /** Accesses kept; a power of two. */
  public static final int KEPT = 512;

  /** What an address counts in. */
  public enum Space {
    /** I/O port. */
    PORT,
    /** Physical address. */
    MEMORY,
    /** Bus, device and function from bit 12 up, register below. */
    CONFIGURATION,
    /** Unit's port from bit 24 up, register below. */
    SIDEBAND
  }

  /** Asked at each access: who makes it. */
  public interface Origin {
    /** Number of the core. */
    int core();

    /** Linear address of its instruction, or of a near one before it. */
    long instruction();
  }

  /**
   * One access.
   *
   * @param width bytes
   * @param value zero-extended
   */
  public record Access(
      Space space, boolean write, long address, int width, long value, int core, long instruction) {
    /** The same access, whatever the value. */
    public boolean repeats(Access other) {
      return space == other.space
          && write == other.write
          && address == other.address
          && width == other.width;
    }
  }

  private static final Space[] SPACES = Space.values();
  private static final int WRITE = 8;
  private static final int WIDTH_SHIFT = 4;

  private final long[] addresses = new long[KEPT];
  private final long[] values = new long[KEPT];
  private final long[] instructions = new long[KEPT];
  private final int[] cores = new int[KEPT];
  private final int[] kinds = new int[KEPT];
  private Origin origin;
  private int count;
  private boolean full;

  /** Before the processors are connected, nothing is noted. */
  public void origin(Origin processors) {
    origin = processors;
  }

  /** Notes a read with what it gave. */
  public void read(Space space, long address, int width, long value) {
    note(space.ordinal() | width << WIDTH_SHIFT, address, value);
  }

  /** Notes a write. */
  public void write(Space space, long address, int width, long value) {
    note(space.ordinal() | WRITE | width << WIDTH_SHIFT, address, value);
  }

  private void note(int kind, long address, long value) {
    if (origin == null) {
      return;
    }
    int at = count++ & KEPT - 1;
    full |= count == KEPT;
    kinds[at] = kind;
    addresses[at] = address;
    values[at] = value;
    cores[at] = origin.core();
    instructions[at] = origin.instruction();
  }

  /** Those of one core, oldest first. */
  public List<Access> of(int core) {
    List<Access> all = new ArrayList<>();
    for (int i = full ? KEPT : count; i > 0; i--) {
      int at = count - i & KEPT - 1;
      if (cores[at] == core) {
        all.add(access(at));
      }
    }
    return all;
  }

  private Access access(int at) {
    return new Access(
        SPACES[kinds[at] & 3],
        (kinds[at] & WRITE) != 0,
        addresses[at],
        kinds[at] >>> WIDTH_SHIFT,
        values[at],
        cores[at],
        instructions[at]);
  }
}
