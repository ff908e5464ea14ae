package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.device.DdrPhy;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * The message network behind the host bridge's MCR/MDR/MCRX registers (IOSF sideband). Every
 * register of every unit is storage that starts at zero; the few with an effect have a hook.
 */
public final class Sideband {
  /** Units by port number. */
  public static final int DUNIT = 0x01;

  public static final int BUNIT = 0x03;
  public static final int PUNIT = 0x04;
  public static final int DDR_PHY = 0x0C;
  public static final int HTE = 0x0D;

  private final TreeMap<Integer, Integer> registers = new TreeMap<>();
  private final TreeMap<Integer, Integer> resetValues = new TreeMap<>();
  private final TreeMap<Integer, IntConsumer> hooks = new TreeMap<>();
  private final DdrPhy phy = new DdrPhy();

  /** Calls {@code hook} with every value written to a register. */
  public void onWrite(int port, int register, IntConsumer hook) {
    hooks.put(key(port, register), hook);
  }

  /** Declares a reset value other than zero. */
  public void resetValue(int port, int register, int value) {
    resetValues.put(key(port, register), value);
  }

  public void reset() {
    registers.clear();
    registers.putAll(resetValues);
    phy.reset();
  }

  private static int key(int port, int register) {
    return port << 24 | register & 0xFF_FFFF;
  }

  /** Storage of a register as the device side sees it. */
  public int get(int port, int register) {
    return registers.getOrDefault(key(port, register), 0);
  }

  int read(int port, int register) {
    return switch (port) {
      case DDR_PHY -> phy.read(register);
      case HTE -> hte(register);
      // Power gates report the state that was asked for at once (PWRGT_STATUS = PWRGT_CONTROL).
      case PUNIT -> get(port, register == 0x61 ? 0x60 : register);
      default -> get(port, register);
    };
  }

  /** Pattern engine: never busy (12h bit 30) and never finds an error (A7h). */
  private int hte(int register) {
    int value = get(HTE, register);
    return switch (register) {
      case 0x12 -> value & ~(1 << 30);
      case 0xA7 -> 0;
      default -> value;
    };
  }

  /**
   * @param byteEnables bit n set: byte n of {@code value} is written
   */
  void write(int port, int register, int value, int byteEnables) {
    int mask = 0;
    for (int i = 0; i < 4; i++) {
      mask |= (byteEnables >>> i & 1) * 0xFF << 8 * i;
    }
    if (port == DDR_PHY) {
      phy.write(register, phy.stored(register) & ~mask | value & mask);
      return;
    }
    int merged = get(port, register) & ~mask | value & mask;
    registers.put(key(port, register), merged);
    IntConsumer hook = hooks.get(key(port, register));
    if (hook != null) {
      hook.accept(merged);
    }
  }

  public void dump(StringBuilder out) {
    for (Map.Entry<Integer, Integer> e : registers.entrySet()) {
      int port = e.getKey() >>> 24;
      out.append(
          String.format("sideband %02X.%04X %08X%n", port, e.getKey() & 0xFF_FFFF, e.getValue()));
    }
  }
}
