package io.github.bitterling.frontend.lift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What instructions mean while processors run at the same time, and while they take turns. */
class SharedLiftTests {
  private static final int SHARED = 32;

  private static IrBlock lift(String hex, boolean shared) {
    byte[] code = HexFormat.of().parseHex(hex);
    X86Lifter lifter = new X86Lifter(EnumSet.allOf(Feature.class), shared);
    return lifter.lift(p -> p < code.length ? code[p] & 0xFF : -1, 0x1000, Modes.LONG64, 1);
  }

  private static List<Op> accesses(IrBlock ir, boolean shared) {
    List<Op> found = new ArrayList<>();
    for (int i = 0; i < ir.size(); i++) {
      if (ir.op(i).effect() == Op.Effect.MEMORY) {
        found.add(ir.op(i));
        assertEquals(shared ? SHARED : 0, ir.imm(i) & SHARED, ir.op(i).name());
      }
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource({
    "f00103, add",
    "f0810b00010000, or",
    "f011c3, #UD: a register",
    "f0ff03, inc",
    "f0f713, not",
    "f0f71b, neg",
    "f00fb10b, cmpxchg",
    "f00fc10b, xadd",
    "f0480fab03, bts",
    "f00fba3305, btr",
    "8703, xchg without the prefix",
    "8603, xchg of bytes"
  })
  void lockedInstructionsReplaceWhatTheyRead(String hex, String name) {
    IrBlock ir = lift(hex, true);
    assertTrue(Modes.verifier().check(ir).isEmpty(), name);
    List<Op> expected = name.startsWith("#") ? List.of() : List.of(Op.LOADW, Op.REPLACE);
    assertEquals(expected, accesses(ir, true), name);
    assertEquals(expected.size(), accesses(lift(hex, false), false).size(), name);
    assertTrue(accesses(lift(hex, false), false).stream().noneMatch(op -> op == Op.REPLACE), name);
  }

  @Test
  void othersStore() {
    assertEquals(List.of(Op.LOADW, Op.STORE), accesses(lift("0103", true), true));
    assertEquals(List.of(Op.STORE), accesses(lift("50", true), true));
    assertEquals(List.of(Op.LOAD, Op.LOAD), accesses(lift("0f1003", true), true));
  }

  private static long argument(IrBlock ir, Helper helper, int k) {
    for (int i = 0; i < ir.size(); i++) {
      if (ir.op(i) == Op.HELPER && ir.imm(i) == helper.ordinal()) {
        return ir.imm(ir.arg(i, k));
      }
    }
    return -1;
  }

  @Test
  void wideExchangesSayWhetherTheyAreLocked() {
    assertEquals(1, argument(lift("f0480fc70b", true), Helper.CMPXCHG16B, 1));
    assertEquals(0, argument(lift("480fc70b", true), Helper.CMPXCHG16B, 1));
    assertEquals(0, argument(lift("f0480fc70b", false), Helper.CMPXCHG16B, 1));
    assertEquals(1, argument(lift("f00fc70b", true), Helper.CMPXCHG8B, 1));
  }

  @Test
  void fencesMeanSomething() {
    assertEquals(0, argument(lift("0faef0", true), Helper.MFENCE, 0));
    assertEquals(-1, argument(lift("0faef0", false), Helper.MFENCE, 0));
    assertEquals(-1, argument(lift("0faee8", true), Helper.MFENCE, 0), "loads are in order");
    assertEquals(-1, argument(lift("0faef8", true), Helper.MFENCE, 0), "and stores");
  }
}
