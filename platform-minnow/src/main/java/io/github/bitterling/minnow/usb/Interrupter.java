package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * One interrupter with its event ring (xHCI 1.0, 4.9.4, 4.17, 5.5.2). The event that takes the last
 * place says that the ring is full; the controller then waits until the host has read.
 */
final class Interrupter {
  static final int SIZE = 0x20;
  private static final int PENDING = 1;
  private static final int ENABLE = 2;
  private static final int BUSY = 8;
  private static final int DEFAULT_MODERATION = 4000;
  private static final int MODERATION_NS = 250;
  private static final int LEAST_SEGMENT = 16;

  private final Dma dma;
  private final VirtualTime time;
  private final VirtualTime.Timer timer;
  private final Runnable changed;
  private final Runnable read;
  private final Register management;
  private final Register moderation;
  private final Register tableSize;
  private final Register table;
  private final Register dequeue;
  private int segment;
  private long segmentBase;
  private int segmentSize;
  private int index;
  private boolean cycle;
  private boolean full;
  private boolean cause;
  private long quietUntil;

  /**
   * @param changed called when the interrupt condition may have changed
   * @param read called when the host has taken events from a ring that was full
   */
  Interrupter(
      int number,
      RegisterFile file,
      int base,
      Dma dma,
      VirtualTime time,
      Runnable changed,
      Runnable read) {
    this.dma = dma;
    this.time = time;
    this.changed = changed;
    this.read = read;
    String name = "IR" + number;
    management = file.register(name + "MAN", base, 4, 0, ENABLE).clearedByOne(PENDING);
    moderation = file.register(name + "MOD", base + 4, 4, DEFAULT_MODERATION, 0xFFFF_FFFFL);
    tableSize = file.register(name + "ERSTSZ", base + 8, 4, 0, 0xFFFF);
    table = file.register(name + "ERSTBA", base + 0x10, 8, 0, ~0x3FL);
    dequeue = file.register(name + "ERDP", base + 0x18, 8, 0, ~0x8L).clearedByOne(BUSY);
    management.onWrite((v, raw) -> changed.run());
    table.onWrite((v, raw) -> startRing());
    dequeue.onWrite((v, raw) -> dequeued());
    timer = time.timer("xHCI interrupter " + number, this::raise);
  }

  /** After the register file was reset. */
  void reset() {
    timer.cancel();
    segmentSize = 0;
    full = cause = false;
    quietUntil = 0;
  }

  private void startRing() {
    full = false;
    cycle = true;
    enterSegment(0);
  }

  private void enterSegment(int number) {
    segment = number;
    index = 0;
    long entry = table.get() + 16L * number;
    segmentBase = dma.read64(entry) & ~0x3FL;
    segmentSize = (int) dma.read32(entry + 8) & 0xFFFF;
  }

  /** The ring can take events; an interrupter without a ring drops them and never is full. */
  boolean ready() {
    return !full;
  }

  private boolean hasRing() {
    return tableSize.get() != 0 && segmentSize >= LEAST_SEGMENT;
  }

  private long enqueue() {
    return segmentBase + (long) Trb.BYTES * index;
  }

  private long read() {
    return dequeue.get() & ~15L;
  }

  /** Puts an event on the ring and interrupts, unless the event says not to. */
  void post(Trb event, boolean quiet) {
    if (!hasRing() || full) {
      return;
    }
    write(event);
    if (next() == read()) {
      write(Trb.event(Trb.HOST_CONTROLLER, 0, Completion.EVENT_RING_FULL << 24, 0));
      full = true;
    }
    cause |= !quiet;
    raise();
  }

  private void write(Trb event) {
    event.write(dma, enqueue(), cycle);
    index++;
    if (index == segmentSize) {
      boolean last = segment + 1 >= tableSize.get();
      cycle ^= last;
      enterSegment(last ? 0 : segment + 1);
    }
  }

  /** Where the event after the next one would go. */
  private long next() {
    if (index + 1 < segmentSize) {
      return enqueue() + Trb.BYTES;
    }
    long following = segment + 1 >= tableSize.get() ? 0 : segment + 1;
    return dma.read64(table.get() + 16 * following) & ~0x3FL;
  }

  /** What is left unread interrupts again once the host is done; an empty ring never does. */
  private void dequeued() {
    boolean emptied = read() == enqueue();
    cause = hasRing() && !emptied && (cause || !dequeue.has(BUSY));
    if (full && (emptied || next() != read())) {
      full = false;
      read.run();
    }
    raise();
  }

  /** At most one interrupt in the moderation interval, and none while the host handles one. */
  private void raise() {
    if (!cause || dequeue.has(BUSY)) {
      return;
    }
    if (time.now() < quietUntil) {
      timer.armAt(quietUntil);
      return;
    }
    cause = false;
    long interval = (moderation.get() & 0xFFFF) * MODERATION_NS;
    quietUntil = time.now() + interval * (time.frequency() / 1000) / 1_000_000;
    management.setBits(PENDING, true);
    dequeue.setBits(BUSY, true);
    changed.run();
  }

  boolean pending() {
    return management.has(PENDING);
  }

  /** Pending and enabled. */
  boolean interrupting() {
    return management.has(PENDING) && management.has(ENABLE);
  }

  /** A message was sent for it (4.17.5): pending goes away by itself. */
  void delivered() {
    management.setBits(PENDING, false);
  }
}
