package io.github.bitterling.minnow.scsi;

/**
 * A command descriptor block (SPC-3, 4.3): big-endian fields. Bytes that were not sent are zero.
 */
record Cdb(byte[] bytes) {
  int at(int index) {
    return index < bytes.length ? bytes[index] & 0xFF : 0;
  }

  int operation() {
    return at(0);
  }

  int u16(int index) {
    return at(index) << 8 | at(index + 1);
  }

  int u24(int index) {
    return u16(index) << 8 | at(index + 2);
  }

  long u32(int index) {
    return (long) u16(index) << 16 | u16(index + 2);
  }

  long u64(int index) {
    return u32(index) << 32 | u32(index + 4);
  }
}
