package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** The commands of the command ring (xHCI 1.0, 4.6), and the slots they manage. */
final class Commands {
  private static final int ENABLE_SLOT = 9;
  private static final int DISABLE_SLOT = 10;
  private static final int ADDRESS_DEVICE = 11;
  private static final int CONFIGURE_ENDPOINT = 12;
  private static final int EVALUATE_CONTEXT = 13;
  private static final int RESET_ENDPOINT = 14;
  private static final int STOP_ENDPOINT = 15;
  private static final int SET_DEQUEUE = 16;
  private static final int RESET_DEVICE = 17;
  private static final int SET_LATENCY_TOLERANCE = 20;
  private static final int NO_OP = 23;

  private static final int MAX_STREAMS = 0x7C00;

  private final Dma dma;
  private final Endpoint.Events events;
  private final LongSupplier contexts;
  private final IntFunction<UsbDevice> ports;
  private final Slot[] slots;

  /**
   * @param contexts address of the array of device contexts
   * @param ports gives the device of a root port that is enabled, or null
   * @param count slots there are
   */
  Commands(
      Dma dma,
      Endpoint.Events events,
      LongSupplier contexts,
      IntFunction<UsbDevice> ports,
      int count) {
    this.dma = dma;
    this.events = events;
    this.contexts = contexts;
    this.ports = ports;
    this.slots = new Slot[count + 1];
  }

  void reset() {
    java.util.Arrays.fill(slots, null);
  }

  /** The slot, or null where it is not enabled. */
  Slot slot(int number) {
    return number >= 1 && number < slots.length ? slots[number] : null;
  }

  /** Number of the slot that a finished command was about. */
  record Done(int completion, int slot) {}

  /**
   * Carries one out.
   *
   * @param enabled slots that the host allows
   */
  Done execute(Trb c, int enabled) {
    if (c.type() == ENABLE_SLOT) {
      return enableSlot(enabled);
    }
    int completion =
        switch (c.type()) {
          case NO_OP, SET_LATENCY_TOLERANCE -> Completion.SUCCESS;
          case DISABLE_SLOT,
              ADDRESS_DEVICE,
              CONFIGURE_ENDPOINT,
              EVALUATE_CONTEXT,
              RESET_ENDPOINT,
              STOP_ENDPOINT,
              SET_DEQUEUE,
              RESET_DEVICE ->
              slot(c.slot()) == null ? Completion.SLOT_NOT_ENABLED : onSlot(c, slot(c.slot()));
          default -> Completion.TRB_ERROR;
        };
    return new Done(completion, c.slot());
  }

  private Done enableSlot(int enabled) {
    for (int i = 1; i <= Math.min(enabled, slots.length - 1); i++) {
      if (slots[i] == null) {
        slots[i] = new Slot(i, dma, events);
        return new Done(Completion.SUCCESS, i);
      }
    }
    return new Done(Completion.NO_SLOTS, 0);
  }

  private int onSlot(Trb c, Slot slot) {
    return switch (c.type()) {
      case DISABLE_SLOT -> disable(slot);
      case ADDRESS_DEVICE -> address(c, slot);
      case CONFIGURE_ENDPOINT -> configure(c, slot);
      case EVALUATE_CONTEXT -> evaluate(c, slot);
      case RESET_DEVICE -> resetDevice(slot);
      default -> onEndpoint(c, slot.endpoint(c.endpoint()));
    };
  }

  private int disable(Slot slot) {
    if (slot.state() != Slot.ENABLED) {
      slot.dropAll();
      slot.state(Slot.ENABLED);
    }
    slots[slot.number()] = null;
    return Completion.SUCCESS;
  }

  // ---- input context: control, slot, endpoints (6.2.5) ----

  private static long input(Trb c) {
    return c.parameter() & ~15L;
  }

  private long dropFlags(Trb c) {
    return dma.read32(input(c));
  }

  private long addFlags(Trb c) {
    return dma.read32(input(c) + 4);
  }

  /** Context {@code index} of the input: 0 slot, 1 endpoint 0. */
  private byte[] context(Trb c, int index) {
    byte[] bytes = new byte[Slot.CONTEXT];
    dma.read(input(c) + (long) Slot.CONTEXT * (index + 1), bytes, 0, bytes.length);
    return bytes;
  }

  private long word(Trb c, int index, int word) {
    return dma.read32(input(c) + (long) Slot.CONTEXT * (index + 1) + 4L * word);
  }

  private int address(Trb c, Slot slot) {
    boolean addressed = !c.flag();
    if (slot.state() > Slot.DEFAULT || slot.state() == Slot.DEFAULT && !addressed) {
      return Completion.CONTEXT_STATE;
    }
    if ((addFlags(c) & 3) != 3) {
      return Completion.PARAMETER_ERROR;
    }
    boolean routed = (word(c, 0, 0) & 0xF_FFFF) != 0;
    UsbDevice device = routed ? null : ports.apply((int) word(c, 0, 1) >>> 16 & 0xFF);
    if (device == null) {
      return Completion.TRANSACTION_ERROR;
    }
    long output = dma.read64(contexts.getAsLong() + 8L * slot.number()) & ~0x3FL;
    slot.address(device, output, context(c, 0), context(c, 1), addressed);
    return Completion.SUCCESS;
  }

  private int configure(Trb c, Slot slot) {
    if (slot.state() < Slot.ADDRESSED) {
      return Completion.CONTEXT_STATE;
    }
    if (c.flag()) {
      slot.dropAll();
      slot.state(Slot.ADDRESSED);
      slot.entries(1);
      return Completion.SUCCESS;
    }
    long add = addFlags(c);
    if ((dropFlags(c) & 3) != 0 || (add & 3) != 1 || streams(c, add)) {
      return Completion.PARAMETER_ERROR;
    }
    for (int i = 2; i <= Slot.ENDPOINTS; i++) {
      if ((dropFlags(c) >>> i & 1) != 0) {
        slot.drop(i);
      }
      if ((add >>> i & 1) != 0) {
        slot.add(i, context(c, i));
      }
    }
    slot.entries(word(c, 0, 0) >>> 27);
    slot.state(slot.hasEndpoints() ? Slot.CONFIGURED : Slot.ADDRESSED);
    return Completion.SUCCESS;
  }

  /** The controller has no streams. */
  private boolean streams(Trb c, long add) {
    for (int i = 2; i <= Slot.ENDPOINTS; i++) {
      if ((add >>> i & 1) != 0 && (word(c, i, 0) & MAX_STREAMS) != 0) {
        return true;
      }
    }
    return false;
  }

  private int evaluate(Trb c, Slot slot) {
    if (slot.state() < Slot.DEFAULT) {
      return Completion.CONTEXT_STATE;
    }
    long add = addFlags(c);
    if (dropFlags(c) != 0 || (add & ~3L) != 0) {
      return Completion.PARAMETER_ERROR;
    }
    if ((add & 1) != 0) {
      slot.evaluate(word(c, 0, 1), word(c, 0, 2));
    }
    if ((add & 2) != 0) {
      slot.endpoint(1).maxPacket(word(c, 1, 1) >>> 16);
    }
    return Completion.SUCCESS;
  }

  private static int resetDevice(Slot slot) {
    if (slot.state() < Slot.ADDRESSED) {
      return Completion.CONTEXT_STATE;
    }
    slot.dropAll();
    slot.entries(1);
    slot.state(Slot.DEFAULT);
    return Completion.SUCCESS;
  }

  private static int onEndpoint(Trb c, Endpoint endpoint) {
    if (endpoint == null) {
      return Completion.ENDPOINT_NOT_ENABLED;
    }
    switch (c.type()) {
      case RESET_ENDPOINT -> {
        if (endpoint.state() != Endpoint.HALTED) {
          return Completion.CONTEXT_STATE;
        }
        endpoint.state(Endpoint.STOPPED);
      }
      case STOP_ENDPOINT -> {
        if (endpoint.state() != Endpoint.RUNNING) {
          return Completion.CONTEXT_STATE;
        }
        endpoint.stop();
      }
      default -> {
        if (endpoint.state() != Endpoint.STOPPED) {
          return Completion.CONTEXT_STATE;
        }
        endpoint.dequeue(c.parameter());
      }
    }
    return Completion.SUCCESS;
  }
}
