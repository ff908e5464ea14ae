package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.minnow.pci.MessageInterrupt;
import io.github.bitterling.minnow.pci.PciFunction;
import io.github.bitterling.minnow.scsi.ScsiDisk;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.List;

/**
 * 00:14.0, the USB controller (8086:0F35; xHCI 1.0 specification, chapter 5) with six USB 2 ports
 * (1-6) and one SuperSpeed port (7), 32 slots and eight interrupters. The first memory stick is on
 * the SuperSpeed port; ports 2 to 4 have further ones. Port 1 is the same connector as port 7 and
 * stays empty. The memory window is BAR 0, 64 KiB.
 */
public final class Xhci extends PciFunction implements AutoCloseable, Endpoint.Events {
  /** Memory sticks that find a port. */
  public static final int MOST_STICKS = 4;

  private static final int WINDOW = 0x1_0000;
  private static final int OPERATIONAL = 0x80;
  private static final int PORT_REGISTERS = OPERATIONAL + 0x400;
  private static final int RUNTIME = 0x2000;
  private static final int DOORBELLS = 0x3000;
  private static final int EXTENDED = 0x8000;
  private static final int USB2_PORTS = 6;
  private static final int PORTS = 7;
  private static final int SLOTS = 32;
  private static final int INTERRUPTERS = 8;
  private static final int SCRATCHPADS = 4;

  private static final int RUN = 1;
  private static final int RESET = 1 << 1;
  private static final int INTERRUPT_ENABLE = 1 << 2;
  private static final int SAVE_RESTORE = 3 << 8;
  private static final int HALTED = 1;
  private static final int EVENT_INTERRUPT = 1 << 3;
  private static final int PORT_CHANGE = 1 << 4;

  private static final int COMMAND_STOP = 1 << 1;
  private static final int COMMAND_ABORT = 1 << 2;
  private static final int COMMAND_RUNNING = 1 << 3;

  /** 64-bit addresses, latency tolerance, no secondary streams, all event data. */
  private static final int CAPABILITY_PARAMETERS = EXTENDED / 4 << 16 | 0x1C1;

  /** Microframes of 125 us. */
  private static final long MICROFRAMES_HERTZ = 8000;

  /** From a doorbell to the end of what it asked for. */
  private static final long LATENCY_NS = 20_000;

  /** Blocks that one piece of work takes; more wait for the next. */
  private static final int BUDGET = 256;

  private final Dma dma;
  private final VirtualTime time;
  private final VirtualTime.Timer worker;
  private final IrqLine intA;
  private final RegisterFile registers = new RegisterFile("xHCI", WINDOW);
  private final Register usbCommand;
  private final Register usbStatus;
  private final Register commandRing;
  private final Register contexts;
  private final Register configure;
  private final MessageInterrupt message;
  private final RootPort[] ports = new RootPort[PORTS];
  private final Interrupter[] interrupters = new Interrupter[INTERRUPTERS];
  private final TrbRing commandCursor;
  private final Commands commands;
  private long ringPointer;
  private boolean commandRung;
  private boolean resetting;
  private boolean asserted;

  /**
   * @param bus places the window and is the way to memory
   * @param intA INTA# of the function
   * @param sticks at most {@value #MOST_STICKS}
   */
  public Xhci(BoardBus bus, IrqLine intA, VirtualTime time, List<Disk> sticks) {
    super("xHCI", 0x14, 0, 0x0F35, 0x0C0330, 0x11);
    if (sticks.size() > MOST_STICKS) {
      throw new IllegalArgumentException(
          "there are ports for "
              + MOST_STICKS
              + " memory sticks, "
              + sticks.size()
              + " were given");
    }
    this.dma = bus;
    this.time = time;
    this.intA = intA;
    this.worker = time.timer("xHCI", this::work);
    message = configuration(bus);
    capabilities();
    usbCommand = registers.register("USBCMD", OPERATIONAL, 4, 0, 0x0F0F);
    usbStatus = registers.register("USBSTS", OPERATIONAL + 4, 4, HALTED, 0).clearedByOne(0x41C);
    registers.readOnly("PAGESIZE", OPERATIONAL + 8, 4, 1);
    registers.register("DNCTRL", OPERATIONAL + 0x14, 4, 0, 0xFFFF);
    commandRing = registers.readOnly("CRCR", OPERATIONAL + 0x18, 4, 0);
    registers
        .readOnly("CRCRHI", OPERATIONAL + 0x1C, 4, 0)
        .onWrite((v, raw) -> commandRingWritten(0xFFFF_FFFFL, raw << 32));
    contexts = registers.register("DCBAAP", OPERATIONAL + 0x30, 8, 0, ~0x3FL);
    configure = registers.register("CONFIG", OPERATIONAL + 0x38, 4, 0, 0xFF);
    usbCommand.onWrite((v, raw) -> commandWritten());
    usbStatus.onWrite((v, raw) -> update());
    commandRing.onWrite((v, raw) -> commandRingWritten(~0xFFFF_FFFFL, raw));
    addPorts(sticks);
    runtime();
    doorbells();
    extendedCapabilities();
    commandCursor = new TrbRing(dma);
    commands = new Commands(dma, this, contexts::get, this::deviceOn, SLOTS);
  }

  private MessageInterrupt configuration(BoardBus bus) {
    memoryBar(0, WINDOW, bus.movableMmio("xHCI", WINDOW, registers));
    interruptPin(1);
    config.readOnly("SBRN", 0x60, 1, 0x30);
    config.register("FLADJ", 0x61, 1, 0x20, 0x3F);
    config.readOnly("PMID", 0x70, 4, 0xC1C2_8001L);
    config.register("PMCS", 0x74, 4, 8, 0x8103);
    MessageInterrupt msi = new MessageInterrupt(config, 0x80, 0, this::update);
    firstCapability(0x70);
    storage(0x40, 0xC0);
    return msi;
  }

  private void capabilities() {
    registers.readOnly("CAPLENGTH", 0x00, 4, 0x0100_0000 | OPERATIONAL);
    registers.readOnly("HCSPARAMS1", 0x04, 4, PORTS << 24 | INTERRUPTERS << 8 | SLOTS);
    // Event ring tables of up to 2^15 segments, scratchpad kept over save and restore.
    registers.readOnly("HCSPARAMS2", 0x08, 4, (long) SCRATCHPADS << 27 | 1 << 26 | 0xF1);
    registers.readOnly("HCSPARAMS3", 0x0C, 4, 0x0200_0A00);
    registers.readOnly("HCCPARAMS", 0x10, 4, CAPABILITY_PARAMETERS);
    registers.readOnly("DBOFF", 0x14, 4, DOORBELLS);
    registers.readOnly("RTSOFF", 0x18, 4, RUNTIME);
  }

  private void addPorts(List<Disk> sticks) {
    for (int port = 1; port <= PORTS; port++) {
      boolean superSpeed = port > USB2_PORTS;
      int number = superSpeed ? 0 : port - 1;
      boolean present = number < sticks.size() && (superSpeed || number > 0);
      UsbDevice device = present ? stick(superSpeed, sticks.get(number), number) : null;
      int base = PORT_REGISTERS + 0x10 * (port - 1);
      ports[port - 1] =
          new RootPort(port, superSpeed, device, registers, base, time, this::portChanged);
    }
  }

  private static UsbDevice stick(boolean superSpeed, Disk disk, int number) {
    int speed = superSpeed ? UsbDevice.SUPER_SPEED : UsbDevice.HIGH_SPEED;
    String serial = String.format("B1770000%04X", number);
    return new MemoryStick(speed, serial, new BulkOnly(new ScsiDisk(disk)));
  }

  private void runtime() {
    registers
        .readOnly("MFINDEX", RUNTIME, 4, 0)
        .onRead(() -> time.ticks(MICROFRAMES_HERTZ) & 0x3FFF);
    for (int i = 0; i < INTERRUPTERS; i++) {
      int base = RUNTIME + 0x20 + Interrupter.SIZE * i;
      interrupters[i] =
          new Interrupter(i, registers, base, dma, time, this::interruptsChanged, this::wake);
    }
  }

  private void doorbells() {
    for (int i = 0; i <= SLOTS; i++) {
      int slot = i;
      registers
          .readOnly("DB" + i, DOORBELLS + 4 * i, 4, 0)
          .onWrite((v, raw) -> ring(slot, (int) raw & 0xFF));
    }
  }

  /**
   * Two supported-protocol capabilities and the hand-over between firmware and system (7.1, 7.2).
   */
  private void extendedCapabilities() {
    protocol("USB2", EXTENDED, 0x0200_0802, 1, USB2_PORTS);
    protocol("USB3", EXTENDED + 0x20, 0x0300_1002, USB2_PORTS + 1, PORTS - USB2_PORTS);
    registers.register("USBLEGSUP", EXTENDED + 0x60, 4, 1, 0x0101_0000);
    registers.register("USBLEGCTL", EXTENDED + 0x64, 4, 0, 0x0000_E011);
  }

  private void protocol(String name, int offset, int header, int firstPort, int count) {
    registers.readOnly(name, offset, 4, header);
    registers.readOnly(name + "NAME", offset + 4, 4, 0x2042_5355);
    registers.readOnly(name + "PORTS", offset + 8, 4, count << 8 | firstPort);
  }

  // ---- the host's side ----

  private void commandWritten() {
    if (usbCommand.has(RESET)) {
      resetController();
      return;
    }
    usbCommand.setBits(SAVE_RESTORE, false); // done at once; nothing fails
    boolean running = usbCommand.has(RUN);
    boolean started = running && usbStatus.has(HALTED);
    usbStatus.setBits(HALTED, !running);
    if (!running) {
      commandRing.setBits(COMMAND_RUNNING, false);
    }
    if (started) {
      started();
    }
    update();
  }

  /** Changes from before the start are told now. */
  private void started() {
    for (int port = 1; port <= PORTS; port++) {
      if (ports[port - 1].hasChanges()) {
        portChanged(port);
      }
    }
  }

  /** Pointer bits are taken only while the ring does not run; reads give zeros and the flag. */
  private void commandRingWritten(long kept, long bits) {
    if ((bits & (COMMAND_STOP | COMMAND_ABORT)) != 0) {
      stopCommands();
    } else if (!commandRing.has(COMMAND_RUNNING)) {
      ringPointer = ringPointer & kept | bits;
      commandCursor.set(ringPointer & ~0x3EL);
    }
  }

  private void stopCommands() {
    if (commandRing.has(COMMAND_RUNNING)) {
      commandRing.setBits(COMMAND_RUNNING, false);
      commandRung = false;
      event(
          Trb.event(
              Trb.COMMAND_COMPLETION, commandCursor.pointer(), Completion.RING_STOPPED << 24, 0),
          0,
          false);
    }
  }

  private void ring(int slot, int target) {
    if (!usbCommand.has(RUN)) {
      return;
    }
    if (slot == 0) {
      commandRung = true;
      commandRing.setBits(COMMAND_RUNNING, true);
      wake();
      return;
    }
    Slot found = commands.slot(slot);
    Endpoint endpoint = found == null ? null : found.endpoint(target);
    if (endpoint != null) {
      ring(endpoint);
    }
  }

  /** A doorbell starts a stopped endpoint (4.8.3). */
  private void ring(Endpoint endpoint) {
    if (endpoint.state() == Endpoint.STOPPED) {
      endpoint.state(Endpoint.RUNNING);
    }
    endpoint.rung = true;
    wake();
  }

  private void wake() {
    if (!worker.armed() && !resetting) {
      worker.armAt(time.now() + LATENCY_NS * (time.frequency() / 1000) / 1_000_000);
    }
  }

  // ---- the work ----

  private void work() {
    if (!usbCommand.has(RUN)) {
      return;
    }
    int budget = commandRung ? runCommands(BUDGET) : BUDGET;
    int before;
    do {
      before = budget;
      budget = runEndpoints(budget);
    } while (budget > 0 && budget < before);
    if (budget == 0) {
      wake();
    }
  }

  private int runCommands(int budget) {
    int left = budget;
    while (left > 0 && interrupters[0].ready()) {
      Trb command = commandCursor.peek();
      if (command == null) {
        commandRung = false;
        break;
      }
      long at = commandCursor.pointer();
      Commands.Done done = commands.execute(command, (int) configure.get() & 0xFF);
      commandCursor.advance();
      event(
          Trb.event(Trb.COMMAND_COMPLETION, at, done.completion() << 24, done.slot() << 24),
          0,
          false);
      left--;
    }
    return left;
  }

  /** Every endpoint that was rung; what one sends may be what another waits for. */
  private int runEndpoints(int budget) {
    int left = budget;
    for (int i = 1; i <= SLOTS; i++) {
      Slot slot = commands.slot(i);
      for (int e = 1; slot != null && e <= Slot.ENDPOINTS; e++) {
        Endpoint endpoint = slot.endpoint(e);
        if (endpoint != null && endpoint.rung && left > 0) {
          left = endpoint.work(left);
        }
      }
    }
    return left;
  }

  private UsbDevice deviceOn(int port) {
    return port >= 1 && port <= PORTS ? ports[port - 1].enabledDevice() : null;
  }

  // ---- events ----

  private void event(Trb event, int interrupter, boolean quiet) {
    interrupters[interrupter % INTERRUPTERS].post(event, quiet);
  }

  @Override
  public boolean ready(Trb trb) {
    return interrupters[trb.interrupter() % INTERRUPTERS].ready();
  }

  @Override
  public void transfer(Endpoint endpoint, Trb trb, long block, int left, int completion) {
    int slot = slotOf(endpoint);
    int data = trb.type() == Trb.EVENT_DATA ? 4 : 0;
    Trb event =
        Trb.event(
            Trb.TRANSFER_EVENT,
            block,
            completion << 24 | left & 0xFF_FFFF,
            slot << 24 | endpoint.number << 16 | data);
    event(event, trb.interrupter(), trb.blocksInterrupt());
  }

  private int slotOf(Endpoint endpoint) {
    for (int i = 1; i <= SLOTS; i++) {
      Slot slot = commands.slot(i);
      if (slot != null && slot.owns(endpoint)) {
        return i;
      }
    }
    return 0;
  }

  private void portChanged(int port) {
    if (usbCommand.has(RUN)) {
      usbStatus.setBits(PORT_CHANGE, true);
      event(
          Trb.event(Trb.PORT_STATUS_CHANGE, (long) port << 24, Completion.SUCCESS << 24, 0),
          0,
          false);
    }
  }

  // ---- interrupts ----

  /** An interrupter has something pending or no longer has. */
  private void interruptsChanged() {
    for (Interrupter each : interrupters) {
      if (each.pending()) {
        usbStatus.setBits(EVENT_INTERRUPT, true);
      }
    }
    update();
  }

  private void update() {
    if (resetting) {
      return;
    }
    boolean enabled = usbCommand.has(INTERRUPT_ENABLE);
    boolean level = false;
    for (Interrupter each : interrupters) {
      if (each.interrupting() && enabled) {
        if (message.enabled()) {
          each.delivered();
          message.send(dma, command.has(BUS_MASTER));
        } else {
          level = true;
        }
      }
    }
    status.setBits(8, level);
    level &= !command.has(INTX_DISABLE);
    if (level != asserted) {
      asserted = level;
      intA.set(level);
    }
  }

  @Override
  protected void commandChanged() {
    if (commands != null) {
      update();
    }
  }

  // ---- reset ----

  private void resetController() {
    resetting = true;
    worker.cancel();
    commandRung = false;
    commands.reset();
    registers.reset();
    for (Interrupter each : interrupters) {
      each.reset();
    }
    for (RootPort port : ports) {
      port.reset();
    }
    resetting = false;
    update();
  }

  @Override
  public void reset() {
    super.reset();
    resetController();
  }

  @Override
  public void dump(StringBuilder out) {
    super.dump(out);
    registers.dump(out);
  }

  @Override
  public void close() {
    for (RootPort port : ports) {
      if (port.device() != null) {
        port.device().close();
      }
    }
  }
}
