package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Sem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Two to four instructions on few registers, so that one uses what another leaves: registers,
 * flags, memory. Branches stay inside and may go back; undefined flags are never looked at.
 */
final class Sequences {
  private static final int STATES = 4;

  /** Instructions run at most, rounds of loops included. */
  private static final int STEPS = 12;

  /** They need registers of their own, or leave for good. */
  private static final Set<Sem> LONERS =
      EnumSet.of(
          Sem.MASKMOV,
          Sem.XLAT,
          Sem.ENTER,
          Sem.LEAVE,
          Sem.POPA,
          Sem.UD2,
          Sem.JMP_IND,
          Sem.CALL_IND,
          Sem.RET);

  /** With a bit offset in a register their memory operands lie anywhere. */
  private static final Set<Sem> BITS = EnumSet.of(Sem.BT, Sem.BTS, Sem.BTR, Sem.BTC);

  static final Set<Sem> BRANCHES =
      EnumSet.of(Sem.JCC, Sem.JMP_REL, Sem.CALL_REL, Sem.LOOP, Sem.LOOPE, Sem.LOOPNE, Sem.JCXZ);

  private final Generator generator;
  private final Random random;
  private Trial last;
  private int again;

  Sequences(Generator generator, long seed) {
    this.generator = generator;
    random = new Random(seed);
  }

  /** The next trial: the last sequence with another state, or a new one. */
  Trial next() {
    Trial t = new Trial();
    if (again-- > 0) {
      t.mode = last.mode;
      t.code = last.code;
    } else {
      t.mode = generator.mode();
      t.code = code(t);
      last = t;
      again = STATES - 1;
    }
    t.steps = STEPS;
    generator.registers(t);
    long data = Trial.DATA - t.dataBase();
    t.reg[6] = data + 0x300 + random.nextInt(0x900);
    t.reg[7] = data + 0x300 + random.nextInt(0x900);
    if (random.nextInt(4) == 0) {
      t.reg[1] = random.nextInt(5);
    }
    generator.narrow(t);
    return t;
  }

  private byte[] code(Trial t) {
    int count = 2 + random.nextInt(3);
    List<byte[]> parts = new ArrayList<>();
    List<Integer> starts = new ArrayList<>(List.of(0));
    List<Boolean> branch = new ArrayList<>();
    long undefined = 0;
    boolean branches = false;
    while (parts.size() < count) {
      byte[] bytes = instruction(t, starts.getLast());
      if (bytes.length == 0) {
        continue;
      }
      Insn i = generator.insn();
      // What comes before may come again behind a branch back
      boolean reads = (UndefinedFlags.bits(generator.row().read()) & undefined) != 0;
      if (!reads) {
        branches |= BRANCHES.contains(i.semantics());
        undefined = Reading.undefined(i, generator.row(), undefined, branches);
        parts.add(bytes);
        branch.add(BRANCHES.contains(i.semantics()));
        starts.add(starts.getLast() + bytes.length);
      }
    }
    byte[] code = new byte[starts.getLast()];
    for (int k = 0; k < count; k++) {
      if (branch.get(k)) {
        aim(parts.get(k), starts, k, undefined == 0);
      }
      System.arraycopy(parts.get(k), 0, code, starts.get(k), parts.get(k).length);
    }
    return code;
  }

  /** An instruction in a form that needs no register to lead to the data page; empty: try again. */
  private byte[] instruction(Trial t, int at) {
    int row = generator.anyRow();
    byte[] bytes = generator.near(row, t);
    boolean good =
        generator.decode(bytes, t)
            && generator.insn().row() == row
            && !(generator.insn().isMemory() && BITS.contains(generator.insn().semantics()))
            && !LONERS.contains(generator.insn().semantics())
            && !(generator.insn().opSize() == 2 && oddAt16(generator.insn().semantics()))
            && !(Generator.STRINGS.contains(generator.insn().semantics())
                && generator.insn().repeat() != 0);
    if (!good) {
      return new byte[0];
    }
    byte[] own = Arrays.copyOf(bytes, generator.insn().length());
    boolean moffs = false;
    for (int k = 0; k < generator.insn().operandCount(); k++) {
      moffs |= generator.insn().operand(k).kind() == Operand.Kind.MOFFS;
    }
    if (moffs || generator.insn().isMemory()) {
      long target = Trial.DATA - t.dataBase() + 0x300 + (random.nextInt(0x900) & -8);
      own = generator.aimed(t, own, t.ip() + at, target);
      generator.decode(own, t);
    }
    return own;
  }

  /** Their results may be undefined at 16 bits. */
  private static boolean oddAt16(Sem s) {
    return s == Sem.SHLD || s == Sem.SHRD || s == Sem.BSWAP;
  }

  /** Sets the displacement at the end of a branch to the start of an instruction. */
  private void aim(byte[] branch, List<Integer> starts, int index, boolean back) {
    int first = back ? 0 : index + 1;
    int target = starts.get(first + random.nextInt(starts.size() - first));
    int distance = target - starts.get(index + 1);
    int bytes = displacementBytes(branch);
    for (int k = 0; k < bytes; k++) {
      branch[branch.length - bytes + k] = (byte) (distance >> 8 * k);
    }
  }

  private static int displacementBytes(byte[] branch) {
    for (int k = 0; k < branch.length; k++) {
      int b = branch[k] & 0xFF;
      if (b == 0xE8 || b == 0xE9) {
        return branch.length - k - 1;
      }
      if (b == 0x0F) {
        return branch.length - k - 2;
      }
      if ((b & 0xF0) == 0x70 || (b & 0xFC) == 0xE0 || b == 0xEB) {
        return 1;
      }
    }
    return 1;
  }
}
