package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * A root hub port (xHCI 1.0, 4.19 and 5.4.8). A SuperSpeed port trains its link and enables itself;
 * a USB 2 port is enabled by a reset. What is connected stays connected.
 */
final class RootPort {
  private static final int CONNECTED = 1;
  private static final int ENABLED = 1 << 1;
  private static final int RESET = 1 << 4;
  private static final int LINK_SHIFT = 5;
  private static final int LINK = 15 << LINK_SHIFT;
  private static final int POWER = 1 << 9;
  private static final int SPEED_SHIFT = 10;
  private static final int SPEED = 15 << SPEED_SHIFT;
  private static final int INDICATOR = 3 << 14;
  private static final int LINK_WRITE = 1 << 16;
  private static final int CONNECT_CHANGE = 1 << 17;
  private static final int WARM_RESET_CHANGE = 1 << 19;
  private static final int RESET_CHANGE = 1 << 21;
  private static final int LINK_CHANGE = 1 << 22;
  private static final int CHANGES = 0x7F << 17;
  private static final int WAKE = 7 << 25;
  private static final long WARM_RESET = 1L << 31;

  private static final int U0 = 0;
  private static final int U3 = 3;
  private static final int DISABLED = 4;
  private static final int RX_DETECT = 5;
  private static final int POLLING = 7;
  private static final int RESUME = 15;

  private static final int USB2_RESET_MS = 50;
  private static final int USB3_RESET_MS = 10;

  private final int number;
  private final boolean superSpeed;
  private final UsbDevice device;
  private final VirtualTime time;
  private final VirtualTime.Timer timer;
  private final Register status;
  private final Changed changed;
  private boolean warm;

  /** Hears of a change that the host has to be told. */
  @FunctionalInterface
  interface Changed {
    void port(int number);
  }

  /**
   * @param number 1 for the first port
   * @param device null for an empty port
   */
  RootPort(
      int number,
      boolean superSpeed,
      UsbDevice device,
      RegisterFile file,
      int base,
      VirtualTime time,
      Changed changed) {
    this.number = number;
    this.superSpeed = superSpeed;
    this.device = device;
    this.time = time;
    this.changed = changed;
    String name = "PORT" + number;
    status = file.register(name + "SC", base, 4, empty(), 0).onWrite((v, raw) -> written(raw));
    file.register(name + "PMSC", base + 4, 4, 0, superSpeed ? 0x1_FFFF : 0xF001_FFF8L);
    file.readOnly(name + "LI", base + 8, 4, 0);
    timer = time.timer("xHCI port " + number, this::resetDone);
  }

  private static long empty() {
    return POWER | RX_DETECT << LINK_SHIFT;
  }

  /** After the register file was reset: the link is set up anew. */
  void reset() {
    timer.cancel();
    if (device == null) {
      return;
    }
    device.reset();
    connect();
  }

  private void connect() {
    status.set(status.get() & ~(long) (LINK | ENABLED | SPEED) | CONNECTED | CONNECT_CHANGE);
    if (superSpeed) {
      enable();
    } else {
      link(POLLING);
    }
  }

  private void enable() {
    status.setBits(SPEED, false);
    status.setBits(ENABLED | (long) device.speed() << SPEED_SHIFT, true);
    link(U0);
  }

  private void link(int state) {
    status.set(status.get() & ~(long) LINK | (long) state << LINK_SHIFT);
  }

  private int link() {
    return (int) status.get() >>> LINK_SHIFT & 15;
  }

  /** The device that answers here, or null. */
  UsbDevice enabledDevice() {
    return status.has(ENABLED) ? device : null;
  }

  UsbDevice device() {
    return device;
  }

  boolean hasChanges() {
    return status.has(CHANGES);
  }

  private void change(int bits) {
    boolean told = hasChanges();
    status.setBits(bits, true);
    if (!told) {
      changed.port(number);
    }
  }

  private void written(long raw) {
    status.setBits(raw & CHANGES, false);
    if ((raw & 0xFF00_0000L) != 0 || (raw & LINK_WRITE) != 0) {
      status.set(status.get() & ~(long) WAKE | raw & WAKE);
    }
    status.set(status.get() & ~(long) INDICATOR | raw & INDICATOR);
    if (device == null) {
      return;
    }
    if ((raw & ENABLED) != 0 && status.has(ENABLED)) {
      disable();
    }
    if ((raw & LINK_WRITE) != 0) {
      linkWritten((int) raw >>> LINK_SHIFT & 15);
    }
    boolean warmReset = superSpeed && (raw & WARM_RESET) != 0;
    if (((raw & RESET) != 0 || warmReset) && !status.has(RESET)) {
      startReset(warmReset);
    }
  }

  private void disable() {
    status.setBits(ENABLED, false);
    link(superSpeed ? DISABLED : POLLING);
  }

  private void linkWritten(int state) {
    switch (state) {
      case U0 -> resume();
      case U3 -> {
        if (status.has(ENABLED)) {
          link(U3);
        }
      }
      case RESUME -> {
        if (!superSpeed && link() == U3) {
          link(RESUME);
        }
      }
      case DISABLED -> {
        if (superSpeed) {
          disable();
          status.setBits(CONNECTED, false);
        }
      }
      case RX_DETECT -> {
        if (superSpeed && link() == DISABLED) {
          enable();
          status.setBits(CONNECTED, true);
          change(CONNECT_CHANGE);
        }
      }
      default -> {
        // Other states are entered by the link itself.
      }
    }
  }

  private void resume() {
    int before = link();
    if (before == U3 && superSpeed) {
      link(U0);
      change(LINK_CHANGE);
    } else if (before == RESUME) {
      link(U0);
    }
  }

  private void startReset(boolean warmReset) {
    warm = warmReset;
    status.setBits(ENABLED, false);
    status.setBits(RESET, true);
    long ms = superSpeed ? USB3_RESET_MS : USB2_RESET_MS;
    timer.armAt(time.now() + ms * (time.frequency() / 1000));
  }

  private void resetDone() {
    device.reset();
    status.setBits(RESET, false);
    enable();
    change(warm ? RESET_CHANGE | WARM_RESET_CHANGE : RESET_CHANGE);
  }
}
