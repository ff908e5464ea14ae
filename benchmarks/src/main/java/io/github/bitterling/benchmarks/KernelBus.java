package io.github.bitterling.benchmarks;

import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.mem.GuestMemory;

/** 4 MiB of RAM and the debug-exit port F4. */
final class KernelBus implements SystemBus, AutoCloseable {
  private static final int EXIT_PORT = 0xF4;
  private static final long SIZE = 4 << 20;

  private final GuestMemory ram = new GuestMemory(SIZE);
  private Integer result;

  /** Puts bytes at a physical address. */
  void load(long at, byte[] bytes) {
    GuestMemory.fromArray(bytes, 0, ram.address(at, bytes.length), bytes.length);
  }

  void word(long at, int value) {
    GuestMemory.put32(ram.address(at, 4), value);
  }

  /** What was written to the exit port, or null. */
  Integer result() {
    return result;
  }

  @Override
  public long hostPage(long physical, int access) {
    return physical >= 0 && physical < SIZE ? ram.base() + (physical & -4096L) : 0;
  }

  @Override
  public long read(long physical, int width) {
    return -1L >>> 64 - 8 * width;
  }

  @Override
  public void write(long physical, int width, long value) {}

  @Override
  public int readPort(int port, int width) {
    return -1;
  }

  @Override
  public void writePort(int port, int width, int value) {
    if (port == EXIT_PORT) {
      result = value;
    }
  }

  @Override
  public int acknowledgeInterrupt() {
    return 0xFF;
  }

  @Override
  public void endOfInterrupt(int vector) {}

  @Override
  public void close() {
    ram.close();
  }
}
