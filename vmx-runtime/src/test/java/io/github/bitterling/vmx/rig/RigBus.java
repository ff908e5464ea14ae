package io.github.bitterling.vmx.rig;

import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.mem.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * 8 MiB of RAM at 0, one logging device page at 10000000h, ports that remember what was written.
 */
public final class RigBus implements SystemBus {
  public boolean a20Masked;
  public static final long RAM = 8 << 20;
  public static final int SMRAM_BYTES = 0x20000;
  public static final long DEVICE = 0x10000000L;

  public final GuestMemory ram = new GuestMemory(RAM);

  /** What lies at {@link #smram} for accesses in SMM; others meet the RAM there. */
  public final GuestMemory smramMemory = new GuestMemory(SMRAM_BYTES);

  /** Start of the range with an SMM view of its own, or -1. */
  public long smram = -1;

  /** Processors in boot mode see {@link #smramMemory} too. */
  public boolean smramInBootMode;

  /** Told of every port write, after it was noted. */
  public IntConsumer onPortWrite = port -> {};

  /** Run whenever somebody asks where a page may be written, as before every write to one. */
  public Runnable beforeWrite = () -> {};

  /** Where RAM ends; nothing is behind it. */
  public long end = RAM;

  /** An access went behind the end. */
  public boolean beyond;

  public final List<String> log = new ArrayList<>();
  public int portValue = 0x11223344;
  public int intVector = 0x20;
  public final List<Integer> ended = new ArrayList<>();

  /** The first thousand accesses are enough for any test. */
  private void note(String text, Object... arguments) {
    if (log.size() < 1000) {
      log.add(text.formatted(arguments));
    }
  }

  @Override
  public boolean a20Masked() {
    return a20Masked;
  }

  @Override
  public long hostPage(long physical, int access) {
    long page = physical & -4096L;
    if (access == WRITE) {
      beforeWrite.run();
    }
    if ((physical & SMM) != 0) {
      return smramMemory.address((page & ~SMM) - smram, 4096);
    }
    beyond |= page >= end;
    return page >= 0 && page < end ? ram.address(page, 4096) : 0;
  }

  @Override
  public long inSmm(long physical) {
    boolean inside = smram != -1 && physical >= smram && physical < smram + SMRAM_BYTES;
    return inside ? physical | SMM : physical;
  }

  @Override
  public long inBootMode(long physical) {
    return smramInBootMode ? inSmm(physical) : physical;
  }

  @Override
  public long read(long physical, int width) {
    note("read %x/%d", physical, width);
    return physical >> 12 == DEVICE >> 12 ? 0x5A : -1L >>> 64 - 8 * width;
  }

  @Override
  public void write(long physical, int width, long value) {
    note("write %x/%d=%x", physical, width, value);
  }

  @Override
  public int readPort(int port, int width) {
    note("in %x/%d", port, width);
    return portValue;
  }

  @Override
  public void writePort(int port, int width, int value) {
    note("out %x/%d=%x", port, width, value);
    onPortWrite.accept(port);
  }

  @Override
  public int acknowledgeInterrupt() {
    return intVector;
  }

  @Override
  public void endOfInterrupt(int vector) {
    ended.add(vector);
  }
}
