package io.github.bitterling.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrBuilder;
import io.github.bitterling.ir.Op;
import io.github.bitterling.vmx.exec.CompiledRegion;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A loop whose first access may fault carries its flags into the next round; every budget and fault
 * must see them.
 */
class LoopFlagsTest {
  private static final long IP = 0x1000;
  private final TranslationStore store = new TranslationStore();

  /** load r1 = [r0 + disp]; store [r0] = r1; r0 += step; flags of the kind; loop on a condition. */
  private static IrBlock loop(FlagKind kind, int w, int step) {
    IrBuilder b = new IrBuilder();
    b.insn(IP, 4);
    int at = b.op2(Op.ADD, 3, b.op0(Op.GET, 3, 0), b.constant(0x800));
    b.add(Op.PUT, 3, b.op1(Op.LOAD, 3, at), 0, 0, 1);
    b.insn(IP + 4, 4);
    b.op2(Op.STORE, 3, b.op0(Op.GET, 3, 0), b.op0(Op.GET, 3, 1));
    b.insn(IP + 8, 4);
    b.add(Op.PUT, 3, b.op2(Op.ADD, 3, b.op0(Op.GET, 3, 0), b.constant(step)), 0, 0, 0);
    b.insn(IP + 12, 4);
    int x = b.op0(Op.GET, w, 2);
    int one = b.constant(1);
    Op op = kind == FlagKind.ADD ? Op.ADD : kind == FlagKind.LOGIC ? Op.AND : Op.SUB;
    int r = b.op2(op, w, x, one);
    if (kind != FlagKind.LOGIC) {
      b.add(Op.PUT, w, r, 0, 0, 2);
    }
    b.flags(kind, w, x, one, r);
    b.insn(IP + 16, 4);
    b.op1(Op.BRANCH, 0, b.op0(Op.COND, 0, kind == FlagKind.ADD ? 3 : 5), IP);
    return b.finish(IP, IP + 20, IrBlock.Flow.PLAIN);
  }

  private void compare(IrBlock block, long count) {
    CompiledRegion region = store.region(List.of(block), Rig::pure);
    assertNotNull(region);
    for (int budget = 1; budget < 400; budget += budget < 40 ? 1 : 23) {
      try (Rig plain = new Rig(List.of(block));
          Rig compiled = new Rig(List.of(block)).with(region)) {
        for (Rig rig : List.of(plain, compiled)) {
          rig.cpu.r[0] = Rig.BASE + Rig.SIZE - 0x900;
          rig.cpu.r[2] = count;
          rig.cpu.setStatus(0x8D5);
          rig.run(budget);
        }
        int at = budget;
        assertEquals(plain.state(), compiled.state(), () -> "budget " + at);
        assertTrue(budget < 5 || compiled.regionEntries > 0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void everyWidth(int w) {
    for (FlagKind kind : List.of(FlagKind.ADD, FlagKind.SUB, FlagKind.LOGIC)) {
      for (int step : new int[] {1, 8, 64}) {
        compare(loop(kind, w, step), 0x1_0000_0055L);
      }
    }
  }

  @Test
  void leavesTheLoop() {
    compare(loop(FlagKind.SUB, 3, 8), 7);
  }
}
