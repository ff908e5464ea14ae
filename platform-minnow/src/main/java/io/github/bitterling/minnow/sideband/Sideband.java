package io.github.bitterling.minnow.sideband;

import java.util.TreeMap;

/**
 * The message network behind the host bridge's MCR/MDR/MCRX registers (IOSF sideband): units by
 * port number. A port that nobody plugged a unit into is storage.
 */
public final class Sideband {
  private final TreeMap<Integer, SidebandUnit> units = new TreeMap<>();
  private final ReadListener reads;

  /** Hears of each read of a register. */
  public interface ReadListener {
    void read(int port, int register, int value);
  }

  public Sideband(ReadListener reads) {
    this.reads = reads;
  }

  /** Plugs a unit in; each port takes one. */
  public void plug(int port, SidebandUnit unit) {
    if (units.putIfAbsent(port, unit) != null) {
      throw new IllegalStateException(String.format("sideband port %02Xh is taken", port));
    }
  }

  private SidebandUnit unit(int port) {
    return units.computeIfAbsent(port, p -> new SidebandUnit(String.format("unit %02X", p)));
  }

  /** Every register of every unit back to its reset value. */
  public void reset() {
    units.values().forEach(SidebandUnit::reset);
  }

  /** Reads a register. */
  public int read(int port, int register) {
    int value = unit(port).read(register);
    reads.read(port, register, value);
    return value;
  }

  /** For people: unit and register. */
  public String registerName(int port, int register) {
    return String.format("sideband %02X.%04Xh (%s)", port, register, unit(port).nameOf(register));
  }

  /**
   * Writes a register.
   *
   * @param byteEnables bit n set: byte n of {@code value} is written
   */
  public void write(int port, int register, int value, int byteEnables) {
    unit(port).write(register, value, byteEnables);
  }

  /** A message that is no register access, such as a DRAM command. */
  public void command(int port, int opcode, int data) {
    unit(port).command(opcode, data);
  }

  /** Appends one line for each register that was written or has a reset value. */
  public void dump(StringBuilder out) {
    units.forEach((port, unit) -> unit.dump(port, out));
  }
}
