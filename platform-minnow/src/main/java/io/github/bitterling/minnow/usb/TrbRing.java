package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;

/** The controller's place on a command or transfer ring (xHCI 1.0, 4.9.2). */
final class TrbRing {
  /** Links that may follow each other; a ring of nothing but links is not walked for ever. */
  private static final int MOST_LINKS = 32;

  private final Dma dma;
  private long pointer;
  private boolean cycle;

  TrbRing(Dma dma) {
    this.dma = dma;
  }

  /** Sets place and consumer cycle state, as bits 63:4 and 0 of a dequeue pointer. */
  void set(long dequeue) {
    pointer = dequeue & ~15L;
    cycle = (dequeue & 1) != 0;
  }

  /** Place and cycle state as a dequeue pointer. */
  long get() {
    return pointer | (cycle ? 1 : 0);
  }

  /** Where {@link #peek} found its block. */
  long pointer() {
    return pointer;
  }

  /** The next block that the host gave away, links followed; null when there is none. */
  Trb peek() {
    for (int links = 0; links < MOST_LINKS; links++) {
      Trb trb = Trb.read(dma, pointer);
      if (trb.cycle() != cycle) {
        return null;
      }
      if (trb.type() != Trb.LINK) {
        return trb;
      }
      cycle ^= trb.toggles();
      pointer = trb.parameter() & ~15L;
    }
    return null;
  }

  /** Goes past the block that {@link #peek} gave. */
  void advance() {
    pointer += Trb.BYTES;
  }
}
