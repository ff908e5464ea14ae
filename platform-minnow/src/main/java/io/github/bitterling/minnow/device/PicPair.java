package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;

/**
 * Master and slave 8259, cascaded on line 2, with the ELCR registers that choose level triggering.
 */
public final class PicPair {
  private final Pic8259 master = new Pic8259();
  private final Pic8259 slave = new Pic8259();
  private final IrqLine intr;
  private boolean intrLevel;

  /** Ports 20h and 21h. */
  public final PortDevice masterPorts = new ChipPorts(master);

  /** Ports A0h and A1h. */
  public final PortDevice slavePorts = new ChipPorts(slave);

  /** Ports 4D0h and 4D1h. Lines 0, 1, 2, 8 and 13 are always edge triggered. */
  public final PortDevice edgeLevelPorts =
      new PortDevice() {
        @Override
        public int readPort(int offset, int width) {
          return (offset == 0 ? master : slave).edgeLevel();
        }

        @Override
        public void writePort(int offset, int width, int value) {
          if (offset == 0) {
            master.edgeLevel(value & 0xF8);
          } else {
            slave.edgeLevel(value & 0xDE);
          }
          update();
        }
      };

  /**
   * @param intr the INTR wire to the processors
   */
  public PicPair(IrqLine intr) {
    this.intr = intr;
    reset();
  }

  public final void reset() {
    master.reset();
    slave.reset();
    update();
  }

  /** Drives input 0..15. */
  public void input(int irq, boolean asserted) {
    if (irq < 8) {
      master.input(irq, asserted);
    } else {
      slave.input(irq - 8, asserted);
    }
    update();
  }

  /** INTA cycle: vector of the winning request; the spurious vector when there is none. */
  public int acknowledge() {
    int irq = master.acknowledge();
    int vector;
    if (irq == 2) {
      vector = slave.vector(slave.acknowledge());
    } else {
      vector = master.vector(irq);
    }
    update();
    return vector;
  }

  private void update() {
    master.input(2, slave.requesting());
    boolean level = master.requesting();
    if (level != intrLevel) {
      intrLevel = level;
      intr.set(level);
    }
  }

  public void dump(StringBuilder out) {
    master.dump("8259 master", out);
    slave.dump("8259 slave ", out);
  }

  private final class ChipPorts implements PortDevice {
    private final Pic8259 chip;

    ChipPorts(Pic8259 chip) {
      this.chip = chip;
    }

    @Override
    public int readPort(int offset, int width) {
      int value = chip.read(offset);
      update();
      return value;
    }

    @Override
    public void writePort(int offset, int width, int value) {
      chip.write(offset, value);
      update();
    }
  }
}
