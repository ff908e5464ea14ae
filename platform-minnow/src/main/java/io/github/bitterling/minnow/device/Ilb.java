package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;

/**
 * The interrupt block at IBASE (E3800 datasheet, "iLB registers"): SCI choice (00h), PIRQ to 8259
 * routing (08h-0Fh), and for each PCI device the PIRQ of its four pins (20h + 2 * device).
 */
public final class Ilb implements MmioDevice {
  private static final int PIRQ_DISABLED = 0x80;
  private static final int SCI_TO_IRQ9 = 9;

  private final InterruptRouter router;
  private final RegisterFile registers = new RegisterFile("ILB", 0x100);
  private final Register acpiControl;
  private final Register[] pirq = new Register[InterruptRouter.PIRQS];
  private final Register[] deviceRoutes = new Register[32];
  private boolean sciLevel;
  private IrqLine sciLine;

  public Ilb(InterruptRouter router) {
    this.router = router;
    acpiControl = registers.register("ACTL", 0x00, 4, 0, 7).onWrite((v, raw) -> moveSci());
    for (int i = 0; i < pirq.length; i++) {
      int n = i;
      pirq[i] = registers.register("PIRQ" + (char) ('A' + i), 0x08 + i, 1, PIRQ_DISABLED, 0x8F);
      pirq[i].onWrite((v, raw) -> route(n, v));
    }
    for (int d = 0; d < 32; d++) {
      deviceRoutes[d] = registers.register("IR" + d, 0x20 + 2 * d, 2, 0x3210, 0x7777);
    }
    registers.register("OIC", 0x60, 4, 0x100, 0xFFFF_FFFFL);
    registers.storage(0, 0x100);
    sciLine = router.isa(SCI_TO_IRQ9);
  }

  public void reset() {
    registers.reset();
    for (int i = 0; i < pirq.length; i++) {
      router.routePirq(i, -1);
    }
    sciLevel = false;
    sciLine = router.isa(SCI_TO_IRQ9);
  }

  private void route(int n, long value) {
    router.routePirq(n, (value & PIRQ_DISABLED) != 0 ? -1 : (int) value & 15);
  }

  /** Drives the system control interrupt. */
  public void sci(boolean asserted) {
    sciLevel = asserted;
    sciLine.set(asserted);
  }

  private void moveSci() {
    sciLine.set(false);
    sciLine = sciTarget((int) acpiControl.get());
    sciLine.set(sciLevel);
  }

  /** ACTL bits 2:0: 0-2 IRQ 9-11, 4-7 I/O APIC pins 20-23. */
  private IrqLine sciTarget(int select) {
    if (select < 3) {
      return router.isa(9 + select);
    }
    return select >= 4 ? router.ioApicPin(16 + select) : IrqLine.NOT_CONNECTED;
  }

  /**
   * The wire of a PCI function's interrupt pin; follows the IR register at each change of level.
   *
   * @param device PCI device number
   * @param pin 1 for INTA# to 4 for INTD#
   */
  public IrqLine pciPin(int device, int pin) {
    int source = router.newPirqSource();
    return new IrqLine() {
      private int driven = -1;

      @Override
      public void set(boolean asserted) {
        if (driven >= 0) {
          router.pirq(driven, source, false);
          driven = -1;
        }
        if (asserted) {
          driven = (int) (deviceRoutes[device].get() >>> 4 * (pin - 1)) & 7;
          router.pirq(driven, source, true);
        }
      }
    };
  }

  @Override
  public long read(int offset, int width) {
    return registers.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    registers.write(offset, width, value);
  }

  public void dump(StringBuilder out) {
    registers.dump(out);
  }
}
