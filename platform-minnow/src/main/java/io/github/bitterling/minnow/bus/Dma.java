package io.github.bitterling.minnow.bus;

/**
 * Memory as bus masters see it: RAM only, no A20 mask, no cache-as-RAM window. Reads of addresses
 * without RAM give FFh, writes there are dropped; writes to FEExxxxxh are interrupt messages.
 */
public interface Dma {
  /** Copies {@code length} bytes at a physical address into {@code to}. */
  void read(long physicalAddress, byte[] to, int at, int length);

  /** Copies {@code length} bytes of {@code from} to a physical address. */
  void write(long physicalAddress, byte[] from, int at, int length);

  /** Little-endian 32-bit read, zero-extended. */
  long read32(long physicalAddress);

  /** Little-endian 32-bit write; the way to send a message-signalled interrupt. */
  void write32(long physicalAddress, long value);

  /** Little-endian 64-bit read. */
  default long read64(long physicalAddress) {
    return read32(physicalAddress) | read32(physicalAddress + 4) << 32;
  }
}
