package io.github.bitterling.vmx.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What instructions become in tier 0: few words, and registers used where they are. */
final class CodeWriterTests {
  private static final int LONG_MODE =
      ModeKey.CODE64 | ModeKey.FLAT | ModeKey.PROTECTED | ModeKey.LONG | ModeKey.SSE;

  private static Block block(String hex) {
    byte[] code = HexFormat.of().parseHex(hex.replace(" ", "") + "c3");
    return BlockAccess.of(
        new X86Lifter().lift(i -> i < code.length ? code[i] & 0xFF : -1, 0x1000, LONG_MODE, 64),
        LONG_MODE);
  }

  /** Keys of the block without its RET. */
  private static List<Integer> keys(String hex) {
    TierZeroCode tier = block(hex).code;
    List<Integer> keys = new ArrayList<>();
    int last = tier.start(tier.instructions - 1);
    for (int p = 0; p < last; p++) {
      int key = Word.key(tier.code[p]);
      keys.add(key);
      p += key >= Key.CONST ? 1 : 0;
    }
    return keys;
  }

  @Test
  void arithmeticOnRegistersIsOneWord() {
    assertEquals(List.of(Key.ADD_FLAGS), keys("01 d8"));
    assertEquals(List.of(Key.XOR_FLAGS), keys("31 c0"));
    assertEquals(List.of(Key.SUBI_FLAGS), keys("83 f8 05"));
    assertEquals(List.of(Key.INC_FLAGS), keys("ff c2"));
    assertEquals(List.of(Key.DEC_FLAGS), keys("ff ca"));
    assertEquals(List.of(Key.MOV), keys("89 d8"));
    assertEquals(List.of(Key.MOV), keys("0f b6 c8"));
    assertEquals(List.of(Key.CONST), keys("b8 78 56 34 12"));
  }

  @Test
  void addressesAreFolded() {
    assertEquals(List.of(Key.LOAD64), keys("48 8b 43 08"));
    assertEquals(List.of(Key.LEA, Key.LOAD32), keys("8b 44 8b 08"));
    assertEquals(List.of(Key.STORE64, Key.ADDI), keys("53"));
    assertEquals(List.of(Key.LOADW64, Key.ADD, Key.STORE64, Key.FLAGS), keys("48 01 43 08"));
  }

  @Test
  void anExchangeKeepsTheOldValue() {
    Cpu cpu = new Cpu(0);
    cpu.r[0] = 1;
    cpu.r[3] = 2;
    Interpreter.run(cpu, block("48 87 d8 48 01 c3"), 2);
    assertEquals(2, cpu.r[0]);
    assertEquals(3, cpu.r[3]);
  }

  @Test
  void stopsAfterAnyInstruction() {
    for (int max = 1; max <= 3; max++) {
      Cpu cpu = new Cpu(0);
      Interpreter.run(cpu, block("ff c0 48 ff c0 83 c0 01"), max);
      assertEquals(max, cpu.r[0]);
      assertEquals(max, cpu.retired);
      assertEquals(0x1000 + List.of(2, 5, 8).get(max - 1), cpu.rip);
    }
  }

  @Test
  void instructionsWithoutEffectCountToo() {
    for (int max = 1; max <= 4; max++) {
      Cpu cpu = new Cpu(0);
      Interpreter.run(cpu, block("90 90 ff c0 90 90"), max);
      assertEquals(max, cpu.retired);
      assertEquals(0x1000 + List.of(1, 2, 4, 5).get(max - 1), cpu.rip);
    }
  }

  @Test
  void attentionLetsOneInstructionRun() {
    Cpu cpu = new Cpu(0);
    cpu.attention = true;
    Interpreter.run(cpu, block("ff c0 ff c0"), 2);
    assertEquals(1, cpu.retired);
    assertEquals(0x1002, cpu.rip);
  }

  @Test
  void conditionsOfEveryKindOfFlags() {
    // cmp $-1,%eax and the sixteen conditions as SETcc %al, against a branch on the same
    for (int cc = 0; cc < 16; cc++) {
      for (long value : new long[] {0, 1, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL}) {
        Cpu set = new Cpu(0);
        set.r[0] = value;
        Interpreter.run(set, block("83 f8 ff 0f %02x c1".formatted(0x90 | cc)), 2);
        Cpu branch = new Cpu(0);
        branch.r[0] = value;
        Interpreter.run(branch, block("83 f8 ff %02x 10".formatted(0x70 | cc)), 2);
        assertEquals(0x1005 + 0x10 * (set.r[1] & 1), branch.rip, "condition " + cc);
      }
    }
  }
}
