package io.github.bitterling.minnow.audio;

import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * The registers of an HD audio controller (High Definition Audio specification 1.0a, 3.3) whose
 * link has no codec. Verbs are taken from the command ring and nobody answers; a stream's DMA has
 * nobody to feed, its position stands at the beginning.
 */
final class HdAudioRegisters {
  private static final int SIZE = 16384;
  private static final int STREAMS = 8;
  private static final long WALL_CLOCK = 24_000_000;

  private static final int LINK_RUNNING = 1;
  private static final int RING_RUNNING = 1 << 1;
  private static final int POINTER_RESET = 1 << 15;
  private static final int STREAM_RESET = 1;
  private static final int COMMAND_BUSY = 1;

  private final RegisterFile file = new RegisterFile("HD audio", SIZE);
  private final Register commandWrite = file.register("CORBWP", 0x48, 2, 0, 0xFF);
  private final Register commandRead = file.register("CORBRP", 0x4A, 2, 0, POINTER_RESET);
  private final Register commandControl = file.register("CORBCTL", 0x4C, 1, 0, 3);

  HdAudioRegisters(VirtualTime time) {
    file.readOnly("GCAP", 0x00, 2, 0x4401);
    file.readOnly("VMAJ", 0x03, 1, 1);
    file.readOnly("OUTPAY", 0x04, 2, 0x3C);
    file.readOnly("INPAY", 0x06, 2, 0x1D);
    Register control = file.register("GCTL", 0x08, 4, 0, 0x103);
    control.onWrite((v, raw) -> control(control));
    file.register("WAKEEN", 0x0C, 2, 0, 7);
    file.readOnly("STATESTS", 0x0E, 2, 0);
    file.register("INTCTL", 0x20, 4, 0, 0xC000_00FFL);
    file.readOnly("INTSTS", 0x24, 4, 0);
    file.readOnly("WALCLK", 0x30, 4, 0).onRead(() -> time.ticks(WALL_CLOCK) & 0xFFFF_FFFFL);
    file.register("SSYNC", 0x38, 4, 0, 0xFF);
    declareRings();
    declareImmediate();
    for (int i = 0; i < STREAMS; i++) {
      declareStream(0x80 + 0x20 * i);
    }
  }

  RegisterFile file() {
    return file;
  }

  void reset() {
    file.reset();
  }

  /** With the link in reset (CRST = 0) all else is at its reset value. */
  private void control(Register control) {
    if (!control.has(LINK_RUNNING)) {
      file.reset();
    }
    control.setBits(2, false);
  }

  private void declareRings() {
    file.register("CORBLBASE", 0x40, 4, 0, 0xFFFF_FF80L);
    file.register("CORBUBASE", 0x44, 4, 0, 0xFFFF_FFFFL);
    commandWrite.onWrite((v, raw) -> takeVerbs());
    commandRead.onWrite((v, raw) -> commandRead.set(v & POINTER_RESET));
    commandControl.onWrite((v, raw) -> takeVerbs());
    file.register("CORBSTS", 0x4D, 1, 0, 0).clearedByOne(1);
    file.readOnly("CORBSIZE", 0x4E, 1, 0x42);
    file.register("RIRBLBASE", 0x50, 4, 0, 0xFFFF_FF80L);
    file.register("RIRBUBASE", 0x54, 4, 0, 0xFFFF_FFFFL);
    file.readOnly("RIRBWP", 0x58, 2, 0);
    file.register("RINTCNT", 0x5A, 2, 0, 0xFF);
    file.register("RIRBCTL", 0x5C, 1, 0, 7);
    file.register("RIRBSTS", 0x5D, 1, 0, 0).clearedByOne(5);
    file.readOnly("RIRBSIZE", 0x5E, 1, 0x42);
    file.register("DPLBASE", 0x70, 4, 0, 0xFFFF_FF81L);
    file.register("DPUBASE", 0x74, 4, 0, 0xFFFF_FFFFL);
  }

  private void takeVerbs() {
    if (commandControl.has(RING_RUNNING)) {
      commandRead.set(commandWrite.get());
    }
  }

  /** Immediate commands end at once, without a valid response. */
  private void declareImmediate() {
    file.register("ICOI", 0x60, 4, 0, 0xFFFF_FFFFL);
    file.readOnly("ICII", 0x64, 4, 0);
    Register status = file.register("ICIS", 0x68, 2, 0, COMMAND_BUSY);
    status.clearedByOne(2).onWrite((v, raw) -> status.setBits(COMMAND_BUSY, false));
  }

  private void declareStream(int base) {
    Register control = file.register("SDCTL", base, 1, 0, 0x1F);
    control.onWrite((v, raw) -> resetStream(control, base));
    file.register("SDCTLH", base + 2, 1, 0, 0xFF);
    file.register("SDSTS", base + 3, 1, 0, 0).clearedByOne(0x1C);
    file.readOnly("SDLPIB", base + 4, 4, 0);
    file.register("SDCBL", base + 8, 4, 0, 0xFFFF_FFFFL);
    file.register("SDLVI", base + 0x0C, 2, 0, 0xFF);
    file.readOnly("SDFIFOS", base + 0x10, 2, 0xBF);
    file.register("SDFMT", base + 0x12, 2, 0, 0x7F7F);
    file.register("SDBDPL", base + 0x18, 4, 0, 0xFFFF_FF80L);
    file.register("SDBDPU", base + 0x1C, 4, 0, 0xFFFF_FFFFL);
  }

  /** SRST reads as written; while it is set the stream's other registers are at reset. */
  private void resetStream(Register control, int base) {
    if (control.has(STREAM_RESET)) {
      control.set(STREAM_RESET);
      for (int offset : new int[] {2, 8, 0x0C, 0x12, 0x18, 0x1C}) {
        int width = offset == 2 ? 1 : offset == 0x0C || offset == 0x12 ? 2 : 4;
        file.poke(base + offset, width, 0);
      }
    }
  }
}
