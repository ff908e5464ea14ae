package io.github.bitterling.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrBuilder;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.exec.CompiledRegion;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every condition of every kind of flags at every width, as a value and as a branch, over edge
 * operands.
 */
class ConditionsTest {
  private static final long IP = 0x1000;
  private final TranslationStore store = new TranslationStore();

  /**
   * Where the row's operands are left when the condition looks: as they were, or result in a
   * register.
   */
  private enum Shape {
    COMPARE,
    REPLACE,
    ACROSS_BLOCKS
  }

  @ParameterizedTest
  @EnumSource(FlagKind.class)
  void everyCondition(FlagKind kind) {
    for (int w = 0; w < 4; w++) {
      for (Shape shape : Shape.values()) {
        for (int cc = 0; cc < 16; cc++) {
          check(kind, w, cc, shape);
        }
      }
    }
  }

  private void check(FlagKind kind, int w, int cc, Shape shape) {
    List<IrBlock> code = code(kind, w, cc, shape);
    CompiledRegion region = store.region(code, Rig::pure);
    try (Rig plain = new Rig(code);
        Rig compiled = new Rig(code).with(region)) {
      for (long a : RandomCode.EDGES) {
        for (long b : RandomCode.EDGES) {
          for (int carry = 0; carry < 2; carry++) {
            String what = kind + " width " + w + " cc " + cc + " " + shape;
            assertEquals(run(plain, a, b, carry), run(compiled, a, b, carry), what);
          }
        }
      }
    }
  }

  private static List<Object> run(Rig rig, long a, long b, int carry) {
    rig.cpu.r[0] = a;
    rig.cpu.r[1] = b;
    rig.cpu.r[2] = 0x1111_2222_3333_4444L;
    rig.cpu.setStatus(carry);
    rig.cpu.rip = IP;
    rig.cpu.retired = 0;
    rig.run(4);
    return List.of(
        a, b, carry, rig.cpu.rip, rig.cpu.flags(), rig.cpu.r[0], rig.cpu.r[2], rig.cpu.retired);
  }

  private static List<IrBlock> code(FlagKind kind, int w, int cc, Shape shape) {
    IrBuilder b = new IrBuilder();
    b.insn(IP, 4);
    int x = b.op0(Op.GET, w, 0);
    int y = b.op0(Op.GET, w, 1);
    row(b, kind, w, x, y, shape != Shape.COMPARE);
    if (shape == Shape.ACROSS_BLOCKS) {
      b.op0(Op.GOTO, 0, IP + 0x100);
      IrBlock first = b.finish(IP, IP + 4, IrBlock.Flow.PLAIN);
      b.insn(IP + 0x100, 4);
      return List.of(first, tail(b, IP + 0x100, cc));
    }
    b.insn(IP + 4, 4);
    return List.of(tail(b, IP, cc));
  }

  private static IrBlock tail(IrBuilder b, long ip, int cc) {
    b.add(Op.PUT, 0, b.op0(Op.COND, 0, cc), 0, 0, 2);
    b.op1(Op.BRANCH, 0, b.op0(Op.COND, 0, cc), 0x2000);
    return b.finish(ip, 0x3000, IrBlock.Flow.PLAIN);
  }

  private static void row(IrBuilder b, FlagKind kind, int w, int x, int y, boolean replace) {
    int r =
        switch (kind) {
          case ADD -> b.op2(Op.ADD, w, x, y);
          case SUB -> b.op2(Op.SUB, w, x, y);
          case ADC -> b.op2(Op.ADD, w, b.op2(Op.ADD, w, x, y), b.op0(Op.COND, 0, 2));
          case SBB -> b.op2(Op.SUB, w, b.op2(Op.SUB, w, x, y), b.op0(Op.COND, 0, 2));
          case INC -> b.op2(Op.ADD, w, x, b.constant(1));
          case DEC -> b.op2(Op.SUB, w, x, b.constant(1));
          case LOGIC -> b.op2(Op.AND, w, x, y);
          case EXPLICIT -> b.op2(Op.AND, w, x, b.constant(0x8D5));
          case RESULT -> x;
          default -> x;
        };
    switch (kind) {
      case INC, DEC -> flags(b, kind, w, x, b.op0(Op.COND, 0, 2), r, replace);
      case SHL, SHR, SAR -> shift(b, kind, w, x, replace);
      default -> flags(b, kind, w, x, y, r, replace);
    }
  }

  private static void shift(IrBuilder b, FlagKind kind, int w, int x, boolean replace) {
    int n = b.constant(Math.min(5, Width.bits(w) - 1));
    Op op = kind == FlagKind.SHL ? Op.SHL : kind == FlagKind.SHR ? Op.SHR : Op.SAR;
    flags(b, kind, w, x, n, b.op2(op, w, x, n), replace);
  }

  private static void flags(
      IrBuilder b, FlagKind kind, int w, int x, int y, int r, boolean replace) {
    if (replace) {
      b.add(Op.PUT, w, r, 0, 0, 0);
    }
    b.flags(kind, w, x, y, r);
  }
}
