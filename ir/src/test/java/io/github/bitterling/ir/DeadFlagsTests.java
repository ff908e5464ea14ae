package io.github.bitterling.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class DeadFlagsTests {
  private static final String HEAD =
      "block 0 8 PLAIN\ninsn 0 4\n  %1 = get.64 #5\n  %2 = get.64 #1\n";

  private static IrBlock block(String body) {
    return IrText.parse(HEAD + body + "  goto.64 #8\n");
  }

  private static String run(String body) {
    return IrText.print(DeadFlags.run(block(body)));
  }

  private static String expected(String body) {
    return HEAD + body + "  goto.64 #8\n";
  }

  @Test
  void dropsFlagsOverwrittenUnread() {
    assertEquals(
        expected("insn 4 4\n  flags.64 %2 %1 %2 SUB\n"),
        run("  flags.64 %1 %2 %1 ADD\ninsn 4 4\n  flags.64 %2 %1 %2 SUB\n"));
  }

  @Test
  void renumbersValuesBehindTheGap() {
    assertEquals(
        expected("insn 4 4\n  %4 = add.64 %1 %2\n  put.64 %4 #3\n  flags.64 %2 %1 %4 SUB\n"),
        run(
            "  flags.64 %1 %2 %1 ADD\ninsn 4 4\n  %5 = add.64 %1 %2\n  put.64 %5 #3\n  flags.64 %2 %1 %5 SUB\n"));
  }

  @Test
  void aDeadReadKeepsNothingAlive() {
    assertEquals(
        expected("insn 4 4\n  flags.64 %2 %1 %2 SUB\n"),
        run(
            "  flags.64 %1 %2 %1 ADD\n  %4 = cond.64 #2\n  flags.64 %1 %4 %1 INC\ninsn 4 4\n  flags.64 %2 %1 %2 SUB\n"));
  }

  @Test
  void keepsUnusedValuesThatCanFault() {
    IrBlock b = block("  %3 = load.64 %1\n  %4 = linear.32 %2 #3\n  setflags.64 %1\n");
    assertSame(b, DeadFlags.run(b));
  }

  @Test
  void keepsFlagsThatAreRead() {
    IrBlock b = block("  flags.64 %1 %2 %1 ADD\n  %4 = cond.64 #2\n  flags.64 %4 %1 %2 SUB\n");
    assertSame(b, DeadFlags.run(b));
  }

  @Test
  void keepsFlagsThatAFaultWouldShow() {
    IrBlock b =
        block("  flags.64 %1 %2 %1 ADD\ninsn 4 4\n  %5 = load.64 %1\n  flags.64 %5 %1 %2 SUB\n");
    assertSame(b, DeadFlags.run(b));
  }

  @Test
  void aConditionalWriteKeepsWhatCameBefore() {
    IrBlock b = block("  flags.64 %1 %2 %1 ADD\n  flagsif.64 %1 %2 %1 SHL\n");
    assertSame(b, DeadFlags.run(b));
  }

  @Test
  void keepsTheLastFlagsOfTheBlock() {
    IrBlock b = block("  put.64 %2 #3\n  setflags.64 %1\n");
    assertSame(b, DeadFlags.run(b));
  }
}
