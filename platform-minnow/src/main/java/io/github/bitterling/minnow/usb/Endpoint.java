package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;

/**
 * An endpoint of a slot: its context in memory (xHCI 1.0, 6.2.3), and the work on its transfer
 * ring, block by block.
 */
abstract class Endpoint {
  static final int DISABLED = 0;
  static final int RUNNING = 1;
  static final int HALTED = 2;
  static final int STOPPED = 3;

  private static final int DEQUEUE = 8;

  /** Tells the host what came of a block. */
  interface Events {
    /**
     * @param block address of the block, or its data for an event data block
     * @param left bytes that did not move, or bytes that moved for an event data block
     */
    void transfer(Endpoint endpoint, Trb trb, long block, int left, int completion);

    /** Whether the ring of the block's interrupter has room. */
    boolean ready(Trb trb);
  }

  final int number;
  protected final Dma dma;
  protected final UsbDevice device;
  protected final Events events;
  protected final TrbRing ring;
  private final long context;
  private int state;
  boolean rung;

  /** Bytes of the transfer so far, for event data blocks. */
  private long moved;

  /** Bytes of the current block that have moved before a pause. */
  protected int partial;

  /**
   * @param number device context index, 1 for endpoint 0
   * @param context physical address of the endpoint's context
   */
  Endpoint(int number, Dma dma, UsbDevice device, Events events, long context) {
    this.number = number;
    this.dma = dma;
    this.device = device;
    this.events = events;
    this.context = context;
    this.ring = new TrbRing(dma);
  }

  /** Takes over the context that configures it. */
  void start(byte[] configured) {
    dma.write(context, configured, 0, configured.length);
    ring.set(dma.read64(context + DEQUEUE));
    restart();
    state(RUNNING);
  }

  int state() {
    return state;
  }

  /** Changes the state, and writes it and the place on the ring into the context. */
  void state(int value) {
    state = value;
    dma.write32(context, dma.read32(context) & ~7L | value);
    long place = ring.get();
    dma.write32(context + DEQUEUE, place & 0xFFFF_FFFFL);
    dma.write32(context + DEQUEUE + 4, place >>> 32);
  }

  /** Evaluate Context: a new largest packet. */
  void maxPacket(long bytes) {
    dma.write32(context + 4, dma.read32(context + 4) & 0xFFFF | bytes << 16);
  }

  void dequeue(long pointer) {
    ring.set(pointer);
    restart();
    state(state);
  }

  /** Forgets what was under way. */
  protected void restart() {
    partial = 0;
    moved = 0;
  }

  /** Stop Endpoint; a transfer under way is reported with what is left of its block. */
  void stop() {
    Trb current = ring.peek();
    if (current != null) {
      events.transfer(
          this,
          current,
          ring.pointer(),
          Math.max(0, current.length() - partial),
          Completion.STOPPED);
    }
    state(STOPPED);
  }

  /**
   * Works on blocks until there is none, the device has nothing to say, or the budget is used up.
   *
   * @return the budget left; more than 0 means that it waits
   */
  int work(int budget) {
    int left = budget;
    while (left > 0 && state == RUNNING) {
      Trb trb = ring.peek();
      if (trb == null || !events.ready(trb) || !block(trb)) {
        break;
      }
      left--;
    }
    return left;
  }

  /** Works on one block; false when it has to wait. */
  private boolean block(Trb trb) {
    switch (trb.type()) {
      case Trb.NO_OP -> done(trb, 0, Completion.SUCCESS);
      case Trb.EVENT_DATA -> {
        if (trb.interrupts()) {
          events.transfer(this, trb, trb.parameter(), (int) moved & 0xFF_FFFF, Completion.SUCCESS);
        }
        next(trb);
      }
      default -> {
        return transfer(trb);
      }
    }
    return true;
  }

  /** Works on a block that moves data or is a stage; false when it has to wait. */
  protected abstract boolean transfer(Trb trb);

  /** A block is done: the host is told where it asked for it. */
  protected final void done(Trb trb, int left, int completion) {
    boolean shortPacket = completion == Completion.SHORT_PACKET;
    if (trb.interrupts() || shortPacket && trb.interruptOnShort()) {
      events.transfer(this, trb, ring.pointer(), left, completion);
    }
    next(trb);
  }

  protected final void counted(int bytes) {
    moved += bytes;
  }

  /** Goes to the next block. */
  protected final void next(Trb trb) {
    partial = 0;
    ring.advance();
    if (!trb.chained()) {
      moved = 0;
      ended();
    }
  }

  /** The last block of a transfer descriptor is behind. */
  protected void ended() {}

  /** The transfer failed; the endpoint stands until the host resets it. */
  protected final void fail(Trb trb, int left, int completion) {
    events.transfer(this, trb, ring.pointer(), left, completion);
    restart();
    state(HALTED);
  }
}
