package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.BitSet;
import java.util.List;

/**
 * The 64-bit parts of vector registers a region uses, in JVM locals. A part lies there as what the
 * region mostly takes it for: a double, two singles, or bits.
 */
final class Vectors {
  /** Parts kept in the processor's {@code xmm} array; those above are in {@code ymm}. */
  private static final int XMM_PARTS = 32;

  private static final int PARTS = 64;

  private final BitSet used = new BitSet();
  private final BitSet written = new BitSet();
  private final Loc[] home = new Loc[PARTS];
  private final int first;
  private final int end;
  private final boolean floats;

  /** Votes for the form of each part. */
  private final int[][] votes = new int[PARTS][3];

  private static final int BITS = 0;
  private static final int DOUBLE = 1;
  private static final int SINGLES = 2;

  /**
   * @param first JVM local of the first part
   */
  Vectors(RegionPlan plan, int first) {
    this.first = first;
    boolean any = false;
    for (IrBlock block : plan.blocks()) {
      any |= count(block);
    }
    floats = any;
    int local = first;
    for (int p = used.nextSetBit(0); p >= 0; p = used.nextSetBit(p + 1)) {
      home[p] = place(p, local);
      local += 2;
    }
    end = local;
  }

  private Loc place(int part, int local) {
    int[] v = votes[part];
    if (v[DOUBLE] > 0 && v[DOUBLE] >= v[SINGLES] && v[DOUBLE] >= v[BITS]) {
      return Loc.ofDouble(local);
    }
    return v[SINGLES] > 0 && v[SINGLES] >= v[BITS] ? Loc.ofSingles(local) : Loc.ofLong(local, 64);
  }

  /** Counts uses; returns whether the block computes in floating point. */
  private boolean count(IrBlock ir) {
    boolean any = false;
    for (int i = 0; i < ir.size(); i++) {
      Op op = ir.op(i);
      if (op == Op.VGET || op == Op.VPUT) {
        used.set((int) ir.imm(i));
      }
      if (op == Op.VPUT) {
        written.set((int) ir.imm(i));
        vote(ir, ir.a(i), (int) ir.imm(i));
      }
      any |= op == Op.FLOAT;
      for (int k = 0; k < op.arity(); k++) {
        if (ir.op(ir.arg(i, k)) == Op.VGET) {
          voteForUse(ir, i, votes[(int) ir.imm(ir.arg(i, k))]);
        }
      }
    }
    return any;
  }

  /** What operation i takes a part for; moves and merges take it as it comes. */
  private static void voteForUse(IrBlock ir, int i, int[] votes) {
    switch (ir.op(i)) {
      case FLOAT, FUSED -> votes[operandForm((int) ir.imm(i))]++;
      case VPUT, STORE, AND, OR, SHL, SHR, ZEXT -> {}
      case XOR -> votes[BITS] += cleared(ir, i) ? 0 : 1;
      default -> votes[BITS]++;
    }
  }

  /** An exclusive or of a part with itself: how registers are cleared. */
  static boolean cleared(IrBlock ir, int i) {
    int a = ir.a(i);
    int b = ir.b(i);
    if (ir.op(a) != Op.VGET || ir.op(b) != Op.VGET || ir.imm(a) != ir.imm(b)) {
      return false;
    }
    for (int k = Math.min(a, b); k < Math.max(a, b); k++) {
      if (ir.op(k) == Op.VPUT || ir.op(k) == Op.VCLEAR || ir.op(k) == Op.HELPER) {
        return false;
      }
    }
    return true;
  }

  private static int operandForm(int immediate) {
    return switch (FloatOp.of(immediate)) {
      case FROM_INT, FROM_LONG -> BITS;
      default -> FloatOp.format(immediate) == FloatOp.DOUBLE ? DOUBLE : SINGLES;
    };
  }

  private void vote(IrBlock ir, int v, int part) {
    switch (ir.op(v)) {
      case FLOAT, FUSED -> votes[part][resultForm((int) ir.imm(v))] += 2;
      case AND, OR, SHL -> {
        vote(ir, ir.a(v), part);
        vote(ir, ir.b(v), part);
      }
      case XOR -> votes[part][BITS] += cleared(ir, v) ? 0 : 1;
      case HELPER, ADD, SUB, NOT -> votes[part][BITS]++;
      default -> {}
    }
  }

  private static int resultForm(int immediate) {
    return switch (FloatOp.of(immediate)) {
      case COMPARE, COMI, UCOMI, TO_INT, TO_LONG -> BITS;
      case TO_DOUBLE -> DOUBLE;
      case TO_SINGLE -> SINGLES;
      default -> FloatOp.format(immediate) == FloatOp.DOUBLE ? DOUBLE : SINGLES;
    };
  }

  /** First JVM local behind these. */
  int end() {
    return end;
  }

  /** True when the region computes in floating point. */
  boolean floats() {
    return floats;
  }

  /** Where a part lies, or null when the region does not use it. */
  Loc home(int part) {
    return home[part];
  }

  /** True when a local is one of these. */
  boolean holds(Loc at) {
    return !at.is(Loc.Kind.CONST) && at.at() >= first && at.at() < end;
  }

  /** Where the parts lie that a VCLEAR sets to 0. */
  List<Loc> cleared(int what) {
    int parts = 2 * (what & 0xFF);
    BitSet set = new BitSet();
    set.set(XMM_PARTS, XMM_PARTS + parts);
    set.set(0, parts, (what & 0x100) != 0);
    set.and(used);
    return set.stream().mapToObj(p -> home[p]).toList();
  }

  // Between locals and processor

  void spill(Code code) {
    transfer(code, written, false);
  }

  void reload(Code code) {
    transfer(code, used, true);
    if (floats) {
      code.aload(RegionWriter.CPU);
      code.call(Code.SSE_INLINE, "enter", "(" + Code.CPU_T + ")V");
    }
  }

  private void transfer(Code code, BitSet parts, boolean load) {
    range(code, parts.get(0, XMM_PARTS), "xmm", 0, load);
    BitSet upper = parts.get(XMM_PARTS, PARTS);
    range(code, upper, "ymm", XMM_PARTS, load);
  }

  private void range(Code code, BitSet parts, String array, int base, boolean load) {
    if (parts.isEmpty()) {
      return;
    }
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, array, "[J");
    for (int p = parts.nextSetBit(0); p >= 0; p = parts.nextSetBit(p + 1)) {
      code.op(DUP);
      code.iconst(p);
      if (load) {
        code.op(LALOAD);
        code.storeBits(home[base + p]);
      } else {
        code.loadBits(home[base + p]);
        code.op(LASTORE);
      }
    }
    code.op(POP);
  }
}
