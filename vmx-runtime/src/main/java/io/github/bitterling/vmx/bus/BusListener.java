package io.github.bitterling.vmx.bus;

/**
 * What the processors must hear when the board remaps memory (A20 gate, flash decode enables,
 * cache-as-RAM, SMRAM open/close, MMCONF base...): cached host pages and translations are stale.
 */
public interface BusListener {
  /** The backing of {@code [start, start + length)} changed; lengths in bytes. */
  void mappingChanged(long start, long length);

  /** Bytes of RAM or ROM behind the processors' back (DMA, flash programming) were written. */
  void memoryWritten(long start, long length);
}
