package io.github.bitterling.minnow.audio;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.pci.PciFunction;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * 00:1B.0, HD audio (8086:0F04). No codec is on its link: after the link's reset STATESTS names
 * none. Firmware also keeps time stamps in its configuration space.
 */
public final class HdAudio extends PciFunction {
  private static final int POWER_CAPABILITY = 0x50;
  private static final int SIZE = 16384;

  private final HdAudioRegisters registers;

  public HdAudio(BoardBus bus, VirtualTime time) {
    super("HD audio", 0x1B, 0, 0x0F04, 0x040300, 0x11);
    registers = new HdAudioRegisters(time);
    wideMemoryBar(0, SIZE, bus.movableMmio("HD audio", SIZE, registers.file()));
    firstCapability(POWER_CAPABILITY);
    config.readOnly("PMCAP", POWER_CAPABILITY, 4, 0xC842_0001L);
    config.register("PMCSR", POWER_CAPABILITY + 4, 4, 0, 0x103);
    storage(0x40, 0xC0);
    interruptPin(1);
  }

  @Override
  public void reset() {
    super.reset();
    registers.reset();
  }
}
