package io.github.bitterling.vmx.cpu;

import java.util.Arrays;

/**
 * x87 environment and registers (SDM volume 1, chapter 8). Registers are kept by physical number;
 * ST(i) is physical {@code (top + i) & 7}. The significand of a register is the MMX register of the
 * same physical number.
 */
public final class FpuState {
  /** Control word, 16 bits. */
  public int control = 0x40;

  /** Status word without the TOP field, 16 bits. */
  public int status;

  /** Bits 13:11 of the status word. */
  public int top;

  /** Bit i set: physical register i is in use (abridged tag word of FXSAVE). */
  public int valid;

  public int opcode;
  public long instruction;
  public int instructionSelector;
  public long operand;
  public int operandSelector;

  /** 64-bit significands with explicit integer bit, by physical register. */
  public final long[] significand = new long[8];

  /** Sign (bit 15) and exponent (14:0), by physical register. */
  public final int[] signExponent = new int[8];

  /** FNINIT. */
  public void init() {
    control = 0x37F;
    status = 0;
    top = 0;
    valid = 0;
    opcode = 0;
    instruction = 0;
    instructionSelector = 0;
    operand = 0;
    operandSelector = 0;
  }

  /** Power-on: registers are zero too, the control word masks nothing. */
  public void powerOn() {
    init();
    control = 0x40;
    valid = 0xFF;
    Arrays.fill(significand, 0);
    Arrays.fill(signExponent, 0);
  }

  /** Status word as FNSTSW gives it. */
  public int statusWord() {
    return status & ~0x3800 | top << 11;
  }

  public void setStatusWord(int value) {
    status = value & ~0x3800 & 0xFFFF;
    top = value >> 11 & 7;
  }

  /** Physical number of ST(i). */
  public int physical(int i) {
    return top + i & 7;
  }

  /** Full 16-bit tag word: 0 valid, 1 zero, 2 special, 3 empty (SDM volume 1, 8.1.7). */
  public int tagWord() {
    int word = 0;
    for (int i = 0; i < 8; i++) {
      word |= tag(i) << 2 * i;
    }
    return word;
  }

  private int tag(int i) {
    if ((valid >> i & 1) == 0) {
      return 3;
    }
    int exponent = signExponent[i] & 0x7FFF;
    if (exponent == 0 && significand[i] == 0) {
      return 1;
    }
    return exponent == 0 || exponent == 0x7FFF || significand[i] >= 0 ? 2 : 0;
  }

  public void setTagWord(int word) {
    valid = 0;
    for (int i = 0; i < 8; i++) {
      if ((word >> 2 * i & 3) != 3) {
        valid |= 1 << i;
      }
    }
  }
}
