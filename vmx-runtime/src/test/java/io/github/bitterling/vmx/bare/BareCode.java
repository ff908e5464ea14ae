package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DATA;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.StringJoiner;

/** The instructions of a case, as bytes and as the words of its name. */
final class BareCode {
  private static final int LONGEST = 128;

  /** Registers for addresses and their numbers in ModRM with 16- and with 32-bit addresses. */
  private static final int[][] POINTERS = {{6, 4, 6}, {7, 5, 7}, {3, 7, 3}};

  private final BareDraw draw;
  private final int count;
  private final byte[] code = new byte[LONGEST];
  private final StringJoiner names = new StringJoiner(String.valueOf(BareInstruction.SEPARATOR));
  private int length;
  private int begin;
  private int instructions;

  /** Number of the instruction that has filled the stack, or -1. */
  private int stacked = -1;

  /** Bytes of the operand of the instruction in the making: 2, 4 or 8. */
  int operandSize;

  /**
   * @param count instructions that are wanted
   */
  BareCode(BareDraw draw, int count) {
    this.draw = draw;
    this.count = count;
  }

  byte[] bytes() {
    return Arrays.copyOf(code, length);
  }

  String name() {
    return names.toString();
  }

  /** Whether the first instruction is in the making. */
  boolean first() {
    return instructions == 0;
  }

  /** The next instruction begins here. */
  void start() {
    begin = length;
    operandSize = draw.codeBits() == 16 ? 2 : 4;
  }

  /** The next instruction begins here, with random prefixes. */
  void begin() {
    start();
    if (draw.chance(30)) {
      emit(0xF0);
    }
    if (draw.chance(3)) {
      emit(0x66);
      operandSize = 6 - operandSize;
    }
    if (draw.mode == BareDraw.Mode.LONG && draw.chance(3)) {
      emit(0x48);
      operandSize = 8;
    }
  }

  /** Whether no other instruction follows; those that load SS and hold traps back are the last. */
  boolean last() {
    return instructions == count - 1;
  }

  /** The instruction begins anew, without prefixes. */
  void plain() {
    length = begin;
    operandSize = draw.codeBits() == 16 ? 2 : 4;
  }

  /** The instruction has all its bytes. */
  void end() {
    names.add(HexFormat.of().formatHex(code, begin, length));
    instructions++;
  }

  void emit(int... bytes) {
    for (int b : bytes) {
      code[length++] = (byte) b;
    }
  }

  void immediate(long value, int bytes) {
    for (int k = 0; k < bytes; k++) {
      code[length++] = (byte) (value >>> 8 * k);
    }
  }

  private int[] pointer() {
    return POINTERS[instructions % POINTERS.length];
  }

  /** ModRM for a memory operand in the data pages or a register operand. */
  void modrm(int reg, boolean mayBeRegister) {
    if (mayBeRegister && draw.chance(2)) {
      emit(0xC0 | reg << 3);
      return;
    }
    memory(reg);
    dataPointer(pointer()[0]);
  }

  /** ModRM for memory at the instruction's pointer, which the caller sets. */
  void memory(int reg) {
    emit(reg << 3 | pointer()[draw.codeBits() == 16 ? 1 : 2]);
  }

  /** Linear address of the operand, brought into the data pages. */
  int operand() {
    int register = pointer()[0];
    int base = draw.segmented() ? 0 : DATA;
    int offset = (int) (draw.c.state.reg[register] - base) & 0x1FFF;
    draw.c.state.reg[register] = base + offset;
    return DATA + offset;
  }

  void dataPointer(int register) {
    long offset = draw.chance(5) ? 0xFF0 + draw.random.nextInt(24) : 8 * draw.random.nextInt(16);
    draw.c.state.reg[register] = (draw.segmented() ? 0 : DATA) + offset;
    if (draw.chance(40)) {
      draw.c.state.reg[register] = draw.random.nextLong();
    }
  }

  /** Puts what the first instruction that looks at the stack finds there. */
  void stack(int at, long value, int bytes) {
    if (stacked < 0) {
      stacked = instructions;
    }
    if (stacked == instructions) {
      draw.c.put(at, value, bytes);
    }
  }

  /** Linear address of the top of the stack. */
  int stackAddress() {
    return (draw.segmented() ? 0x7000 : 0) + ((int) draw.c.state.reg[4] & 0xFFFF);
  }
}
