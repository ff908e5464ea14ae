package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.vmx.time.VirtualTime;

/** Port 61h, NMI status and control: speaker gate, channel 2 output and the refresh toggle. */
public final class SystemControl implements PortDevice {
  /** The refresh toggle changes every 15.085 us on a PC; firmware counts it for delays. */
  private static final long REFRESH_HERTZ = 66_288;

  private final VirtualTime time;
  private final Pit8254 pit;
  private int control;

  public SystemControl(VirtualTime time, Pit8254 pit) {
    this.time = time;
    this.pit = pit;
  }

  public void reset() {
    control = 0;
  }

  @Override
  public int readPort(int offset, int width) {
    int toggle = (int) (time.ticks(REFRESH_HERTZ) & 1) << 4;
    return control | toggle | (pit.output2() ? 0x20 : 0);
  }

  @Override
  public void writePort(int offset, int width, int value) {
    control = value & 0x0F;
    pit.gate2((value & 1) != 0);
  }
}
