package io.github.bitterling.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class IrTextTests {
  private static final String TEXT =
      """
      block 1000 1004 CALL
      insn 1000 4
        %1 = get.64 #3
        %2 = const.64 #ffffffffffffffff
        %3 = add.32 %1 %2
        flags.32 %1 %2 %3 ADD
        store.16 %1 %3 #1
        goto.64 #1004
      """;

  @Test
  void printsWhatItParsed() {
    assertEquals(TEXT, IrText.print(IrText.parse(TEXT)));
  }

  @Test
  void keepsBlockFacts() {
    IrBlock block = IrText.parse(TEXT);
    assertEquals(0x1000, block.ip());
    assertEquals(0x1004, block.nextIp());
    assertEquals(1, block.instructions());
    assertEquals(IrBlock.Flow.CALL, block.flow());
    assertEquals(-1, block.imm(2));
  }

  @Test
  void namesTheLineOfAWrongValueNumber() {
    String wrong = TEXT.replace("%2 = const", "%7 = const");
    var e = assertThrows(IllegalArgumentException.class, () -> IrText.parse(wrong));
    assertEquals(
        "line 4: expected the value %2, found:   %7 = const.64 #ffffffffffffffff", e.getMessage());
  }
}
