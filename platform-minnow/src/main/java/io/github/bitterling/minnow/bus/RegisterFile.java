package io.github.bitterling.minnow.bus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The registers of a device, declared once: reset value, write mask, write-one-to-clear mask and
 * hooks. Byte, word, dword and qword accesses at any offset follow from the declaration, and so do
 * reset and dump. Bytes that nobody declared read zero and ignore writes (reserved, as the
 * datasheet has it).
 */
public final class RegisterFile implements MmioDevice {
  private final String name;
  private final byte[] bytes;
  private final byte[] resetBytes;
  private final byte[] writable;
  private final byte[] clearable;
  private final Register[] owner;
  private final List<Register> registers = new ArrayList<>();

  /**
   * @param name for dumps and messages
   * @param size bytes of the window
   */
  public RegisterFile(String name, int size) {
    this.name = name;
    this.bytes = new byte[size];
    this.resetBytes = new byte[size];
    this.writable = new byte[size];
    this.clearable = new byte[size];
    this.owner = new Register[size];
  }

  /**
   * Declares a register.
   *
   * @param offset byte offset in the window
   * @param width bytes
   * @param resetValue value after reset
   * @param writeMask bits the guest can store into
   */
  public Register register(
      String register, int offset, int width, long resetValue, long writeMask) {
    Register r = new Register(this, register, offset, width, resetValue);
    for (int i = 0; i < width; i++) {
      if (owner[offset + i] != null) {
        throw new IllegalStateException(
            name
                + ": register "
                + register
                + " at "
                + Integer.toHexString(offset)
                + "h overlaps "
                + owner[offset + i].name);
      }
      owner[offset + i] = r;
      bytes[offset + i] = resetBytes[offset + i] = (byte) (resetValue >>> 8 * i);
      writable[offset + i] = (byte) (writeMask >>> 8 * i);
    }
    registers.add(r);
    return r;
  }

  /** A register that the guest can only read. */
  public Register readOnly(String register, int offset, int width, long value) {
    return register(register, offset, width, value, 0);
  }

  /**
   * Declares plain storage: every bit writable, zero after reset. Registers may be declared on top.
   */
  public RegisterFile storage(int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (owner[i] == null) {
        writable[i] = -1;
      }
    }
    return this;
  }

  void clearable(int offset, int width, long mask) {
    for (int i = 0; i < width; i++) {
      clearable[offset + i] = (byte) (mask >>> 8 * i);
    }
  }

  /** Every register back to its reset value; hooks are not called. */
  public void reset() {
    System.arraycopy(resetBytes, 0, bytes, 0, bytes.length);
  }

  public int size() {
    return bytes.length;
  }

  @Override
  public long read(int offset, int width) {
    refresh(offset, width);
    return peek(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    for (int i = 0; i < width && offset + i < bytes.length; i++) {
      writeByte(offset + i, (byte) (value >>> 8 * i));
    }
    notifyOwners(offset, width, value);
  }

  private void writeByte(int at, byte value) {
    int kept = bytes[at] & ~writable[at] | value & writable[at];
    bytes[at] = (byte) (kept & ~(value & clearable[at]));
  }

  private void notifyOwners(int offset, int width, long value) {
    Register last = null;
    for (int i = 0; i < width && offset + i < bytes.length; i++) {
      Register r = owner[offset + i];
      if (r != null && r != last && r.onWrite != null) {
        r.onWrite.written(r.get(), writtenBits(r, offset, width, value));
      }
      last = r;
    }
  }

  /** The part of a write that fell on a register, shifted to the register's own bit positions. */
  private static long writtenBits(Register r, int offset, int width, long value) {
    long clean = width == 8 ? value : value & ((1L << 8 * width) - 1);
    long bits =
        offset >= r.offset ? clean << 8 * (offset - r.offset) : clean >>> 8 * (r.offset - offset);
    return r.width == 8 ? bits : bits & ((1L << 8 * r.width) - 1);
  }

  private void refresh(int offset, int width) {
    Register last = null;
    for (int i = 0; i < width && offset + i < bytes.length; i++) {
      Register r = owner[offset + i];
      if (r != null && r != last && r.onRead != null) {
        r.set(r.onRead.getAsLong());
      }
      last = r;
    }
  }

  /** Stored bytes without hooks; beyond the window reads FFh. */
  public long peek(int offset, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      int b = offset + i < bytes.length ? bytes[offset + i] & 0xFF : 0xFF;
      value |= (long) b << 8 * i;
    }
    return value;
  }

  /** Stores bytes from the device's side, without masks and hooks. */
  public void poke(int offset, int width, long value) {
    for (int i = 0; i < width; i++) {
      bytes[offset + i] = (byte) (value >>> 8 * i);
    }
  }

  /** Appends one line for each declared register and for each run of changed plain storage. */
  public void dump(StringBuilder out) {
    for (Register r : registers) {
      refresh(r.offset, r.width);
      out.append(
          String.format("%s+%03X %-16s %0" + 2 * r.width + "X%n", name, r.offset, r.name, r.get()));
    }
    for (int at = 0; at + 4 <= bytes.length; at += 4) {
      if (undeclared(at) && peek(at, 4) != 0) {
        out.append(String.format("%s+%03X %-16s %08X%n", name, at, "", peek(at, 4)));
      }
    }
  }

  private boolean undeclared(int at) {
    return Arrays.stream(owner, at, at + 4).allMatch(r -> r == null);
  }
}
