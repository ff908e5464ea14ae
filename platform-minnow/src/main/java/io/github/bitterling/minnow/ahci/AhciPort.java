package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * One port of the HBA (AHCI 1.3, 3.3) with the disk behind it. Issued commands are carried out one
 * after another, a fixed time after they were issued.
 */
final class AhciPort {
  /** From command issue to completion: a SATA solid state disk takes some 60 us. */
  private static final long LATENCY_NS = 60_000;

  private static final int START = 1;
  private static final int FIS_RECEIVE = 0x10;
  private static final int OVERRIDE = 8;
  private static final int RUNNING = 1 << 15;
  private static final int FIS_RUNNING = 1 << 14;

  private static final int BUSY_FLAGS = 0x88;
  private static final int READY = 0x50;
  private static final int NO_DEVICE = 0x7F;
  private static final int LINK_UP = 0x123;
  private static final int PHY_CHANGED = 1 << 26;

  private static final int D2H = 1;
  private static final int PIO_SETUP = 1 << 1;
  private static final int SET_DEVICE_BITS = 1 << 3;
  private static final int PORT_CHANGE = 1 << 6;
  private static final int OVERFLOW = 1 << 24;
  private static final int TASK_FILE_ERROR = 1 << 30;

  private final Dma dma;
  private final VirtualTime time;
  private final VirtualTime.Timer timer;
  private final Runnable changed;
  private final AtaDevice device;
  private final Register commandList;
  private final Register fisBase;
  private final Register interruptStatus;
  private final Register interruptEnable;
  private final Register command;
  private final Register taskFile;
  private final Register signature;
  private final Register sataStatus;
  private final Register sataControl;
  private final Register sataError;
  private final Register active;
  private final Register issue;
  private boolean halted;
  private boolean inReset;

  /**
   * @param device null for an empty port
   * @param changed called when the port's interrupt condition may have changed
   */
  AhciPort(
      int number, RegisterFile hba, Dma dma, VirtualTime time, AtaDevice device, Runnable changed) {
    this.dma = dma;
    this.time = time;
    this.changed = changed;
    this.device = device;
    this.timer = time.timer("AHCI port " + number, this::work);
    int base = 0x100 + 0x80 * number;
    String p = "P" + number;
    commandList = hba.register(p + "CLB", base, 8, 0, ~0x3FFL);
    fisBase = hba.register(p + "FB", base + 0x08, 8, 0, ~0xFFL);
    interruptStatus = hba.register(p + "IS", base + 0x10, 4, 0, 0).clearedByOne(0xFDC0_00AFL);
    interruptEnable = hba.register(p + "IE", base + 0x14, 4, 0, 0xFDC0_00FFL);
    command = hba.register(p + "CMD", base + 0x18, 4, 0x06, 0xF300_001FL);
    taskFile = hba.readOnly(p + "TFD", base + 0x20, 4, NO_DEVICE);
    signature = hba.readOnly(p + "SIG", base + 0x24, 4, 0xFFFF_FFFFL);
    sataStatus = hba.readOnly(p + "SSTS", base + 0x28, 4, 0);
    sataControl = hba.register(p + "SCTL", base + 0x2C, 4, 0, 0xFFF);
    sataError = hba.register(p + "SERR", base + 0x30, 4, 0, 0).clearedByOne(0xFFFF_FFFFL);
    active = hba.register(p + "SACT", base + 0x34, 4, 0, 0).onWrite(this::activate);
    issue = hba.register(p + "CI", base + 0x38, 4, 0, 0).onWrite(this::issue);
    hba.register(p + "SNTF", base + 0x3C, 4, 0, 0).clearedByOne(0xFFFF);
    interruptStatus.onWrite((v, raw) -> changed.run());
    interruptEnable.onWrite((v, raw) -> changed.run());
    command.onWrite((v, raw) -> commandWritten());
    sataControl.onWrite((v, raw) -> controlWritten(v));
    sataError.onWrite((v, raw) -> errorsCleared());
  }

  /** After the register file was reset: the link comes up and the device sends its signature. */
  void reset() {
    timer.cancel();
    halted = inReset = false;
    linkUp();
  }

  private void linkUp() {
    if (device == null) {
      return;
    }
    device.reset();
    sataStatus.set(LINK_UP);
    sataError.setBits(PHY_CHANGED, true);
    interruptStatus.setBits(PORT_CHANGE, true);
    sendSignature(false);
  }

  /**
   * What a device sends after a reset: its signature and diagnostic code 1. A packet device is not
   * ready before its first command (ATA8-APT).
   */
  private void sendSignature(boolean interrupt) {
    signature.set(device.signature());
    int status = device.signature() == AtaDevice.DISK_SIGNATURE ? READY : 0;
    taskFile.set(0x0100 | status);
    postRegisterFis(status, 1, (int) signature.get(), interrupt);
  }

  boolean interrupting() {
    return (interruptStatus.get() & interruptEnable.get()) != 0;
  }

  private void commandWritten() {
    boolean start = command.has(START);
    if (!start && command.has(RUNNING)) {
      issue.set(0);
      active.set(0);
      timer.cancel();
      halted = false;
    }
    command.setBits(RUNNING, start);
    if (command.has(FIS_RECEIVE) && !command.has(FIS_RUNNING) && device != null) {
      command.setBits(FIS_RUNNING, true);
      postRegisterFis(
          (int) taskFile.get() & 0xFF,
          (int) taskFile.get() >>> 8 & 0xFF,
          (int) signature.get(),
          false);
    }
    command.setBits(FIS_RUNNING, command.has(FIS_RECEIVE));
    if (command.has(OVERRIDE)) {
      taskFile.setBits(BUSY_FLAGS, false);
      command.setBits(OVERRIDE, false);
    }
    command.setBits(6, true);
  }

  /**
   * PxSCTL.DET 1 holds COMRESET, going back to 0 brings the link up again; 4 switches the port off.
   */
  private void controlWritten(long value) {
    int det = (int) value & 15;
    if (det != 0) {
      inReset = true;
      timer.cancel();
      sataStatus.set(det == 4 ? 4 : 0);
      taskFile.set(NO_DEVICE);
      signature.set(0xFFFF_FFFFL);
    } else if (inReset) {
      inReset = false;
      linkUp();
      changed.run();
    }
  }

  private void errorsCleared() {
    if (!sataError.has(PHY_CHANGED)) {
      interruptStatus.setBits(PORT_CHANGE, false);
    }
    changed.run();
  }

  private void activate(long value, long written) {
    if (command.has(START)) {
      active.set(value | written);
    }
  }

  private void issue(long value, long written) {
    if (!command.has(START) || written == 0) {
      return;
    }
    issue.set(value | written);
    if (!timer.armed()) {
      timer.armAt(time.now() + LATENCY_NS * (time.frequency() / 1000) / 1_000_000);
    }
  }

  private void work() {
    for (int slot = 0; slot < 32 && !halted; slot++) {
      if (issue.has(1L << slot) && command.has(START)) {
        execute(slot);
      }
    }
    changed.run();
  }

  private void execute(int slot) {
    if (device == null) {
      return;
    }
    long header = commandList.get() + 32L * slot;
    long flags = dma.read32(header);
    long table = dma.read64(header + 8) & ~0x7FL;
    byte[] fis = new byte[64];
    byte[] packet = new byte[16];
    dma.read(table, fis, 0, 64);
    dma.read(table + 0x40, packet, 0, 16);
    CommandFis request = new CommandFis(fis);
    command.set(command.get() & ~0x1F00L | slot << 8);
    if (!request.isRegisterFis() || !request.isCommand()) {
      control(slot, request);
      return;
    }
    PrdCursor data = new PrdCursor(dma, table + 0x80, (int) (flags >>> 16) & 0xFFFF);
    AtaDevice.Result result = device.execute(request, packet, data);
    dma.write32(header + 4, data.moved());
    finish(slot, request, result);
  }

  /** Software reset: the device answers with its signature when the reset bit goes away. */
  private void control(int slot, CommandFis request) {
    issue.setBits(1L << slot, false);
    if (request.isRegisterFis() && !request.softReset()) {
      device.softReset();
      sendSignature(true);
    }
  }

  private void finish(int slot, CommandFis request, AtaDevice.Result result) {
    if (result.protocol() == AtaDevice.Protocol.RESET) {
      issue.setBits(1L << slot, false);
      sendSignature(false);
      return;
    }
    taskFile.set(result.error() << 8 | result.status());
    if (result.failed()) {
      fail(slot, result);
      return;
    }
    issue.setBits(1L << slot, false);
    switch (result.protocol()) {
      case QUEUED -> {
        active.setBits(1L << request.tag(), false);
        postDeviceBits(result.status(), 0, 1 << request.tag());
      }
      case PIO_IN -> {
        postPioSetup(result.status(), result.bytes());
        if (request.isPacket()) {
          postCompletion(result);
        }
      }
      default -> postCompletion(result);
    }
  }

  /**
   * The port stops until it is started again. A queued command was accepted, so its CI bit is
   * clear; which one failed is in the device's log (AHCI 1.3, 6.2.2.2).
   */
  private void fail(int slot, AtaDevice.Result result) {
    if (result.protocol() == AtaDevice.Protocol.QUEUED) {
      issue.setBits(1L << slot, false);
      postDeviceBits(result.status(), result.error(), 0);
    } else {
      postCompletion(result);
    }
    interruptStatus.setBits(TASK_FILE_ERROR | (result.overflow() ? OVERFLOW : 0), true);
    halted = true;
  }

  private boolean canPost() {
    return command.has(FIS_RUNNING);
  }

  /** Interrupt reason of a packet command that is over: C/D and I/O set (ATA8-ACS, PACKET). */
  private void postCompletion(AtaDevice.Result result) {
    int count = device.signature() == AtaDevice.DISK_SIGNATURE ? 1 : 3;
    postRegisterFis(result.status(), result.error(), 0x100 | count, true);
  }

  /**
   * @param address LBA 23:0 in bits 31:8, sector count in bits 7:0, as in PxSIG
   */
  private void postRegisterFis(int status, int error, int address, boolean interrupt) {
    byte[] fis = new byte[20];
    fis[0] = 0x34;
    fis[1] = (byte) (interrupt ? 0x40 : 0);
    fis[2] = (byte) status;
    fis[3] = (byte) error;
    fis[4] = (byte) (address >>> 8);
    fis[5] = (byte) (address >>> 16);
    fis[6] = (byte) (address >>> 24);
    fis[12] = (byte) address;
    post(0x40, fis, interrupt ? D2H : 0);
  }

  private void postPioSetup(int status, int bytes) {
    byte[] fis = new byte[20];
    fis[0] = 0x5F;
    fis[1] = 0x60;
    fis[2] = (byte) (status | 8);
    fis[12] = 1;
    fis[15] = (byte) status;
    fis[16] = (byte) bytes;
    fis[17] = (byte) (bytes >>> 8);
    post(0x20, fis, PIO_SETUP);
  }

  /** Set Device Bits FIS: status without BSY and DRQ, error, the tags that are done. */
  private void postDeviceBits(int status, int error, int done) {
    byte[] fis = {(byte) 0xA1, 0x40, (byte) (status & 0x77), (byte) error, 0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
      fis[4 + i] = (byte) (done >>> 8 * i);
    }
    post(0x58, fis, SET_DEVICE_BITS);
  }

  private void post(int offset, byte[] fis, int interrupt) {
    if (canPost()) {
      dma.write(fisBase.get() + offset, fis, 0, fis.length);
    }
    interruptStatus.setBits(interrupt, true);
  }

  void close() {
    if (device != null) {
      device.close();
    }
  }
}
