package io.github.bitterling.minnow.bus;

import java.util.function.LongSupplier;

/**
 * One declared register of a {@link RegisterFile}: reset value, writable bits, bits cleared by
 * writing one, and the device's hooks. Widths are 1, 2, 4 or 8 bytes.
 */
public final class Register {
  /** Called after a write changed the storage. */
  @FunctionalInterface
  public interface WriteHook {
    /**
     * @param value the register's value after masks were applied
     * @param written the bits as the guest wrote them; zero in bytes that it did not write
     */
    void written(long value, long written);
  }

  final RegisterFile file;
  final String name;
  final int offset;
  final int width;
  final long resetValue;
  LongSupplier onRead;
  WriteHook onWrite;

  Register(RegisterFile file, String name, int offset, int width, long resetValue) {
    this.file = file;
    this.name = name;
    this.offset = offset;
    this.width = width;
    this.resetValue = resetValue;
  }

  /** Bits that a written one clears (status bits); they need not be in the write mask. */
  public Register clearedByOne(long mask) {
    file.clearable(offset, width, mask);
    return this;
  }

  /** The value is computed at each read instead of stored. */
  public Register onRead(LongSupplier supplier) {
    onRead = supplier;
    return this;
  }

  public Register onWrite(WriteHook hook) {
    onWrite = hook;
    return this;
  }

  public String name() {
    return name;
  }

  public int offset() {
    return offset;
  }

  /** Stored value, without the read hook. */
  public long get() {
    return file.peek(offset, width);
  }

  /** Sets the stored value from the device's side, without masks and hooks. */
  public void set(long value) {
    file.poke(offset, width, value);
  }

  /** Sets or clears bits from the device's side. */
  public void setBits(long mask, boolean on) {
    set(on ? get() | mask : get() & ~mask);
  }

  public boolean has(long mask) {
    return (get() & mask) != 0;
  }
}
