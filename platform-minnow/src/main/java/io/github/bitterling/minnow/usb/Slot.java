package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;

/** A device slot (xHCI 1.0, 4.5): the device behind it, its context in memory, its endpoints. */
final class Slot {
  static final int CONTEXT = 32;
  static final int ENDPOINTS = 31;

  static final int ENABLED = 0;
  static final int DEFAULT = 1;
  static final int ADDRESSED = 2;
  static final int CONFIGURED = 3;

  private final int number;
  private final Dma dma;
  private final Endpoint.Events events;
  private final Endpoint[] endpoints = new Endpoint[ENDPOINTS + 1];
  private UsbDevice device;
  private long context;
  private int state;

  Slot(int number, Dma dma, Endpoint.Events events) {
    this.number = number;
    this.dma = dma;
    this.events = events;
  }

  int number() {
    return number;
  }

  int state() {
    return state;
  }

  /** The endpoint with this device context index, or null where it is disabled. */
  Endpoint endpoint(int index) {
    return index >= 1 && index <= ENDPOINTS ? endpoints[index] : null;
  }

  boolean owns(Endpoint endpoint) {
    return endpoints[endpoint.number] == endpoint;
  }

  /**
   * Address Device: takes slot and endpoint 0 from the input context.
   *
   * @param output address of the device context
   * @param addressed false where the host wants to send the address later
   */
  void address(UsbDevice found, long output, byte[] slotInput, byte[] control, boolean addressed) {
    device = found;
    context = output;
    dma.write(context, slotInput, 0, CONTEXT);
    endpoints[1] = new ControlEndpoint(dma, device, events, context + CONTEXT);
    endpoints[1].start(control);
    state(addressed ? ADDRESSED : DEFAULT);
  }

  /** Writes slot state and device address; the address is the slot's number. */
  void state(int value) {
    state = value;
    long address = value >= ADDRESSED ? number : 0;
    dma.write32(context + 12, (long) value << 27 | address);
  }

  /** Configure Endpoint, one endpoint of it. */
  void add(int index, byte[] input) {
    endpoints[index] =
        new BulkEndpoint(index, dma, device, events, context + (long) CONTEXT * index);
    endpoints[index].start(input);
  }

  void drop(int index) {
    if (endpoints[index] != null) {
      endpoints[index].state(Endpoint.DISABLED);
      endpoints[index] = null;
    }
  }

  void dropAll() {
    for (int i = 2; i <= ENDPOINTS; i++) {
      drop(i);
    }
  }

  boolean hasEndpoints() {
    for (int i = 2; i <= ENDPOINTS; i++) {
      if (endpoints[i] != null) {
        return true;
      }
    }
    return false;
  }

  /** Number of contexts in use, in the slot context. */
  void entries(long count) {
    dma.write32(context, dma.read32(context) & 0x07FF_FFFFL | count << 27);
  }

  /** Evaluate Context: largest exit latency and interrupter. */
  void evaluate(long latency, long interrupter) {
    dma.write32(context + 4, dma.read32(context + 4) & 0xFFFF_0000L | latency & 0xFFFF);
    dma.write32(context + 8, dma.read32(context + 8) & 0x003F_FFFFL | interrupter & 0xFFC0_0000L);
  }
}
