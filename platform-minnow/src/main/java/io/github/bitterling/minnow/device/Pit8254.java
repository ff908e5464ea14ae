package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * The 8254 interval timer (ports 40h-43h). Counters are functions of virtual time; only channel 0
 * has a timer, for its interrupt. Port 61h sees channel 2 through {@link #gate2} and {@link
 * #output2}.
 */
public final class Pit8254 implements PortDevice {
  /** Input clock in hertz. */
  public static final long HERTZ = 1_193_182;

  private final VirtualTime time;
  private final IrqLine irq0;
  private final VirtualTime.Timer timer;
  private final PitChannel[] channels = {new PitChannel(), new PitChannel(), new PitChannel()};

  public Pit8254(VirtualTime time, IrqLine irq0) {
    this.time = time;
    this.irq0 = irq0;
    this.timer = time.timer("PIT", this::fire);
    reset();
  }

  public final void reset() {
    for (PitChannel c : channels) {
      c.reset();
    }
    channels[2].gate(false, 0);
    timer.cancel();
    // The output idles high; else the first control word would look like an interrupt.
    irq0.set(true);
  }

  private long tick() {
    return time.ticks(HERTZ);
  }

  /** Gate of channel 2, from port 61h bit 0. */
  public void gate2(boolean on) {
    channels[2].gate(on, tick());
  }

  /** Output of channel 2, for port 61h bit 5. */
  public boolean output2() {
    return channels[2].output(tick());
  }

  @Override
  public int readPort(int offset, int width) {
    return offset == 3 ? 0 : channels[offset].read(tick());
  }

  @Override
  public void writePort(int offset, int width, int value) {
    if (offset == 3) {
      control(value);
    } else {
      channels[offset].write(value, tick());
      if (offset == 0) {
        rearm();
      }
    }
  }

  private void control(int value) {
    int select = value >>> 6;
    if (select == 3) {
      readBack(value);
      return;
    }
    if ((value & 0x30) == 0) {
      channels[select].latchCount(tick());
      return;
    }
    channels[select].control(value);
    if (select == 0) {
      irq0.set(channels[0].output(tick()));
      rearm();
    }
  }

  private void readBack(int value) {
    for (int i = 0; i < 3; i++) {
      if ((value & 2 << i) != 0) {
        channels[i].readBack(value, tick());
      }
    }
  }

  private void rearm() {
    PitChannel c = channels[0];
    long now = tick();
    irq0.set(c.output(now));
    armNext(now);
  }

  private void armNext(long now) {
    long next = channels[0].nextChange(now);
    if (next < 0) {
      timer.cancel();
    } else {
      timer.armAt(time.cycleOfTick(next, HERTZ));
    }
  }

  private void fire() {
    long now = tick();
    PitChannel c = channels[0];
    if (c.pulses()) {
      irq0.set(false);
      irq0.set(true);
    } else {
      irq0.set(c.output(now));
    }
    armNext(now);
  }

  public void dump(StringBuilder out) {
    for (int i = 0; i < 3; i++) {
      channels[i].dump("PIT " + i, tick(), out);
    }
  }
}
