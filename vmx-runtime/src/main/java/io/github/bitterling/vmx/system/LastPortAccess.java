package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * The I/O instruction, or iteration of one, that retired last: what an SMI right behind it finds in
 * SMRAM (SDM volume 3, 32.7), and the registers to restart it with (32.12).
 */
final class LastPortAccess {
  /** Types of table 32-6, before the shift. */
  static final int IN = 1;

  static final int STRING = 2;
  static final int REPEATED = 4;
  static final int IMMEDIATE = 8;

  private static final int VALID = 1;
  private static final int LENGTH_SHIFT = 1;
  private static final int TYPE_SHIFT = 4;
  private static final int PORT_SHIFT = 16;

  private long retired = -1;

  /** IO_MISC. */
  int misc;

  long rip;
  long rcx;
  long rsi;
  long rdi;

  /** Linear address of the memory operand; 0 for IN and OUT. */
  long linear;

  /** Before the access: the registers as they are. */
  void begin(Cpu cpu) {
    rip = cpu.rip;
    rcx = cpu.r[1];
    rsi = cpu.r[6];
    rdi = cpu.r[7];
  }

  /** The access was made; {@code cpu.retired} counts its instruction. */
  void done(Cpu cpu, int port, int bytes, int type, long memoryAddress) {
    retired = cpu.retired;
    misc = port << PORT_SHIFT | type << TYPE_SHIFT | bytes << LENGTH_SHIFT | VALID;
    linear = memoryAddress;
  }

  /** No instruction has retired since. */
  boolean justDone(Cpu cpu) {
    return retired == cpu.retired;
  }

  void forget() {
    retired = -1;
  }
}
