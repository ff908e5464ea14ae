package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * When alignment is checked and what #AC looks like to a system (SDM volume 3, 6.15, interrupt 17).
 * Which operand needs which alignment is compared with a processor by {@code SiliconTests}.
 */
public class AlignmentTests {
  private static final long AM = 1 << 18;
  private static final int UD = 6;
  private static final int AC = 17;
  private static final long CODE = 0x8000;
  private static final long DATA = 0x20000;
  private static final long HANDLERS = 0x9000;
  private static final long KERNEL_STACK = 0x6000;

  /** Loads from the addresses in a table, ten rounds, then UD2. */
  private static final String LOADS =
      "b90a000000 be00000200" // mov ecx, 10; mov esi, DATA
          + "48ad 8b18" // loop: lodsq; mov ebx, [rax]
          + "ffc9 75f8 0f0b"; // dec ecx; jnz loop; ud2

  private static final long LOAD = CODE + 12;

  private final Rig rig = new Rig(CpuModel.of("x86-64-v3", 1), new NoVmx(), this::compiler);
  private final Cpu cpu = rig.cpu;

  /** The engine; tier 0 here. */
  protected RegionCompiler compiler(BlockCache cache) {
    return RegionCompiler.NONE;
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void long64() {
    rig.long64();
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put64(0x3004, KERNEL_STACK);
    for (int vector = 0; vector < 32; vector++) {
      rig.gate64(vector, 8, HANDLERS + 16 * vector, 0, 0);
      rig.put(HANDLERS + 16 * vector, "f4");
    }
    cpu.r[4] = 0x7000;
  }

  private void checks(boolean user, boolean am, boolean ac) {
    cpu.cr0 |= am ? AM : 0;
    cpu.rflags |= ac ? Cpu.AC : 0;
    if (user) {
      rig.user();
    }
    Modes.update(cpu);
  }

  /** Runs to the HLT of a handler; the vector it belongs to. */
  private int run(String code) {
    rig.put(CODE, code);
    cpu.rip = CODE;
    rig.run(50);
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
    return (int) (cpu.rip - 1 - HANDLERS) / 16;
  }

  /** The seventh address of ten is odd. */
  private void table() {
    for (int i = 0; i < 10; i++) {
      rig.put64(DATA + 8 * i, DATA + 0x1000 + 4 * i + (i == 6 ? 1 : 0));
    }
  }

  @Test
  void faultPointsToTheInstructionAndHasErrorCodeZero() {
    long64();
    table();
    checks(true, true, true);
    assertEquals(AC, run(LOADS));
    assertEquals(4, cpu.r[1], "rounds left");
    assertEquals(0, rig.get64(KERNEL_STACK - 48), "error code");
    assertEquals(LOAD, rig.get64(KERNEL_STACK - 40));
    assertEquals(0x1B, rig.get64(KERNEL_STACK - 32));
    long flags = rig.get64(KERNEL_STACK - 24);
    assertEquals(Cpu.AC | Cpu.RF, flags & (Cpu.AC | Cpu.RF));
  }

  @ParameterizedTest
  @CsvSource({"false,true,true", "true,false,true", "true,true,false"})
  void nothingIsCheckedWithoutAllThree(boolean user, boolean am, boolean ac) {
    long64();
    table();
    checks(user, am, ac);
    assertEquals(UD, run(LOADS));
  }

  /** push 40202h; popfq; mov eax, [DATA + 1]. */
  @Test
  void popfTakesEffectAtOnce() {
    long64();
    checks(true, true, false);
    assertEquals(AC, run("a10100020000000000 6802020400 9d a10100020000000000 0f0b"));
    assertEquals(CODE + 15, rig.get64(KERNEL_STACK - 40));
  }

  /** The kernel's handler leaves checks aside; IRETQ to the user brings them back. */
  @Test
  void iretToTheUserTakesEffectAtOnce() {
    long64();
    checks(false, true, false);
    rig.put(CODE + 0x100, "a10100020000000000");
    String frame = "6a23 6800700000 6802020400 6a1b 6800810000"; // ss rsp rflags cs rip
    assertEquals(AC, run(frame + "a10100020000000000 48cf"));
    assertEquals(CODE + 0x100, rig.get64(KERNEL_STACK - 40));
  }

  /** mov ds, eax with tables at odd addresses; only then an access of the user's own. */
  @Test
  void descriptorTablesAreNotChecked() {
    long64();
    for (int at = 0x108; at >= 0; at -= 8) {
      rig.put64(0x1001 + at, rig.get64(0x1000 + at));
    }
    cpu.gdtrBase = 0x1001;
    checks(true, true, true);
    assertEquals(UD, run("b823000000 8ed8 0f0b"));
  }

  @Test
  void stackOfAnotherPrivilegeIsNotChecked() {
    rig.flat32();
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put32(0x3004, KERNEL_STACK - 3);
    rig.put32(0x3008, 0x10);
    rig.gate32(UD, 8, HANDLERS + 16 * UD, 14, 0);
    rig.put(HANDLERS + 16 * UD, "f4");
    checks(true, true, true);
    assertEquals(UD, run("0f0b"));
    assertEquals(CODE, rig.get32(KERNEL_STACK - 3 - 20));
  }

  @Test
  void pushesAreChecked() {
    long64();
    cpu.r[4] = 0x6FFC;
    checks(true, true, true);
    assertEquals(AC, run("50"));
    assertEquals(0x6FFC, rig.get64(KERNEL_STACK - 16), "stack pointer as it was");
  }

  /** Bytes need no alignment; of doublewords not even the first is moved. */
  @Test
  void repeatedMoves() {
    long64();
    checks(true, true, true);
    rig.put64(DATA, 0x0807060504030201L);
    String registers = "be00000200 bf01010200 b904000000"; // rsi, rdi odd, rcx = 4
    assertEquals(AC, run(registers + "f3a4 be00000200 bf11010200 b904000000 f3a5 0f0b"));
    assertEquals(4, cpu.r[1]);
    assertEquals(0x04030201, rig.get32(DATA + 0x101));
    assertEquals(0, rig.get64(DATA + 0x110));
    assertEquals(CODE + 32, rig.get64(KERNEL_STACK - 40));
  }

  /** In the order of AMD's processors; the SDM leaves it open. */
  @Test
  void comesBeforeAPageFault() {
    long64();
    checks(true, true, true);
    assertEquals(AC, run("a10100800000000000"));
    assertEquals(14, again("a10000800000000000"));
  }

  private int again(String code) {
    cpu.activity = Cpu.Activity.ACTIVE;
    rig.forgetCode(CODE, 16);
    checks(true, true, true);
    return run(code);
  }

  /** Virtual-8086 mode runs at CPL 3: mov ax, [1]. */
  @Test
  void virtual8086ModeIsChecked() {
    rig.flat32();
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put32(0x3004, KERNEL_STACK);
    rig.put32(0x3008, 0x10);
    rig.gate32(AC, 8, HANDLERS + 16 * AC, 14, 0);
    rig.put(HANDLERS + 16 * AC, "f4");
    cpu.cr0 |= AM;
    cpu.rflags |= Cpu.VM | Cpu.AC;
    cpu.cpl = 3;
    for (Segment s : cpu.segments) {
      s.set(0, 0, 0xFFFF, 0xF3);
    }
    Modes.update(cpu);
    assertEquals(AC, run("a10100"));
    assertEquals(0, rig.get32(KERNEL_STACK - 40), "error code");
  }

  /** Its handler is at level 3 too, on the stack that is not aligned. Only INIT ends it. */
  @Test
  void faultOfTheStackItIsPushedOnHasNoEnd() {
    rig.flat32();
    checks(true, true, true);
    rig.gate32(AC, 0x1B, HANDLERS + 16 * AC, 14, 3);
    rig.put(CODE, "50"); // push eax
    cpu.rip = CODE;
    cpu.r[4] = 0x7001;
    rig.run(50);
    assertEquals(Cpu.Activity.SHUTDOWN, cpu.activity);
    assertEquals(CODE, cpu.rip);
    assertEquals(0, rig.resets.size());
    cpu.latch(Cpu.LATCH_INIT);
    rig.put(0xFFF0, "f4");
    rig.run(1);
    assertEquals(Cpu.Activity.ACTIVE, cpu.activity);
  }
}
