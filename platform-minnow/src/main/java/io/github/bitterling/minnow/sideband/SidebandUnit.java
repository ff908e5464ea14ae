package io.github.bitterling.minnow.sideband;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;

/**
 * A unit of the message network: registers of 32 bits by number, up to 24 bits of it. Every number
 * is storage that starts at zero; those that do more are declared with {@link #register}.
 */
public final class SidebandUnit {
  private final String name;
  private final TreeMap<Integer, Integer> stored = new TreeMap<>();
  private final Map<Integer, Declared> declared = new HashMap<>();
  private CommandHook commandHook = (opcode, data) -> {};
  private Runnable writeHook = () -> {};

  /** A message that is neither a read nor a write of a register. */
  @FunctionalInterface
  public interface CommandHook {
    /**
     * @param opcode MCR bits 31:24
     * @param data MDR
     */
    void command(int opcode, int data);
  }

  /** A register with a name and an effect. */
  public static final class Declared {
    private final String name;
    private int resetValue;
    private IntUnaryOperator onRead = IntUnaryOperator.identity();
    private IntConsumer onWrite = value -> {};

    private Declared(String name) {
      this.name = name;
    }

    /** The value after reset, where it is not zero. */
    public Declared resetValue(int value) {
      resetValue = value;
      return this;
    }

    /** What a read gives, made of what is stored. */
    public Declared onRead(IntUnaryOperator answer) {
      onRead = answer;
      return this;
    }

    /** Called with the whole register after each write. */
    public Declared onWrite(IntConsumer hook) {
      onWrite = hook;
      return this;
    }
  }

  /**
   * @param name for dumps
   */
  public SidebandUnit(String name) {
    this.name = name;
  }

  /** Declares a register; one number can be declared once. */
  public Declared register(String register, int number) {
    Declared added = new Declared(register);
    if (declared.putIfAbsent(number, added) != null) {
      throw new IllegalStateException(
          String.format("%s: register %Xh is declared twice", name, number));
    }
    return added;
  }

  /** Sets what commands do. */
  public void onCommand(CommandHook hook) {
    commandHook = hook;
  }

  /** Called after each write of any register. */
  public void onAnyWrite(Runnable hook) {
    writeHook = hook;
  }

  /** Every register back to its reset value; hooks are not called. */
  public void reset() {
    stored.clear();
    declared.forEach(
        (number, register) -> {
          if (register.resetValue != 0) {
            stored.put(number, register.resetValue);
          }
        });
  }

  /** What is stored, as the device side sees it. */
  public int get(int number) {
    return stored.getOrDefault(number, 0);
  }

  /** Stores from the device side; hooks are not called. */
  public void set(int number, int value) {
    stored.put(number, value);
  }

  int read(int number) {
    Declared register = declared.get(number);
    return register == null ? get(number) : register.onRead.applyAsInt(get(number));
  }

  /**
   * @param byteEnables bit n set: byte n of {@code value} is written
   */
  void write(int number, int value, int byteEnables) {
    int mask = 0;
    for (int i = 0; i < 4; i++) {
      mask |= (byteEnables >>> i & 1) * 0xFF << 8 * i;
    }
    int merged = get(number) & ~mask | value & mask;
    stored.put(number, merged);
    Declared register = declared.get(number);
    if (register != null) {
      register.onWrite.accept(merged);
    }
    writeHook.run();
  }

  /** The unit's name and, where it has one, the register's. */
  String nameOf(int number) {
    Declared register = declared.get(number);
    return register == null ? name : name + " " + register.name;
  }

  void command(int opcode, int data) {
    commandHook.command(opcode, data);
  }

  /** Appends one line for each register that was written or has a reset value. */
  void dump(int port, StringBuilder out) {
    stored.forEach(
        (number, value) -> {
          Declared register = declared.get(number);
          out.append(
              String.format(
                  "sideband %02X.%04X %08X %s %s%n",
                  port, number, value, name, register == null ? "" : register.name));
        });
  }
}
