package io.github.bitterling.vmx.apic;

import java.util.Arrays;

/** 256 bits, one per vector: IRR, ISR, TMR. */
final class VectorSet {
  private final int[] words = new int[8];

  void set(int vector) {
    words[vector >> 5] |= 1 << (vector & 31);
  }

  void clear(int vector) {
    words[vector >> 5] &= ~(1 << (vector & 31));
  }

  boolean get(int vector) {
    return (words[vector >> 5] >> (vector & 31) & 1) != 0;
  }

  /** Highest vector in the set, or -1. */
  int highest() {
    for (int i = 7; i >= 0; i--) {
      if (words[i] != 0) {
        return i * 32 + 31 - Integer.numberOfLeadingZeros(words[i]);
      }
    }
    return -1;
  }

  /** 32 vectors from 32 * index, as a register shows them. */
  int word(int index) {
    return words[index];
  }

  void clearAll() {
    Arrays.fill(words, 0);
  }
}
