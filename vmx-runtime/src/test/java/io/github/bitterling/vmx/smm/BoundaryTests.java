package io.github.bitterling.vmx.smm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A program with loops, string instructions, ports, interrupt shadows and single steps (boundary.S)
 * is met by an SMI at every cycle of its run; a handler that changes all it can (trash.S) returns.
 * The program must end as if nothing had happened.
 */
class BoundaryTests {
  private static final int PROGRAM = 0x8000;
  private static final int HANDLER = 0x38000;
  private static final int COUNTER = 0x3F000;

  private VirtualTime.Timer smi;
  private long end;

  /** Makes the JIT of the engine under test. */
  Function<BlockCache, RegionCompiler> compiler() {
    return cache -> RegionCompiler.NONE;
  }

  /**
   * What a run left.
   *
   * @param cycles until the program's last port write
   */
  private record Outcome(String state, String memory, String ports, long cycles, long smis) {}

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anSmiAtAnyBoundaryChangesNothing(boolean wide) {
    String[] options = wide ? new String[] {"--defsym", "LONG=1"} : new String[0];
    try (Rig rig = new Rig(1, new NoVmx(), compiler())) {
      rig.put(PROGRAM, Assembler.assemble(BoundaryTests.class, "boundary.S", options));
      rig.put(HANDLER, Assembler.assemble(BoundaryTests.class, "trash.S"));
      handlerPages(rig);
      rig.bus.onPortWrite = port -> end = port == 0x80 ? rig.cpu.cycles() : end;
      smi = rig.clock.timer("SMI", () -> rig.cpu.latch(Cpu.LATCH_SMI));
      Outcome plain = run(rig, wide, -1);
      assertEquals(0, plain.smis);
      assertTrue(plain.cycles > 200, "the program ends too early: " + plain.state);
      for (long at = 1; at <= plain.cycles; at++) {
        Outcome met = run(rig, wide, at);
        String where = "SMI at cycle " + at;
        assertEquals(1, met.smis, where);
        assertEquals(plain.state, met.state, where);
        assertEquals(plain.memory, met.memory, where);
        assertEquals(plain.ports, met.ports, where);
      }
      check(rig);
    }
  }

  /** What else holds after all runs. */
  void check(Rig rig) {}

  private Outcome run(Rig rig, boolean wide, long smiAt) {
    prepare(rig, wide);
    long start = rig.cpu.cycles();
    if (smiAt >= 0) {
      smi.armAt(start + smiAt);
    }
    rig.run(1000);
    return new Outcome(
        State.of(rig.cpu), memory(rig), rig.bus.log.toString(), end - start, rig.get32(COUNTER));
  }

  private static void handlerPages(Rig rig) {
    rig.put64(0x3A000, 0x3B007);
    rig.put64(0x3B000, 0x3C007);
    rig.put64(0x3C000, 0x87);
  }

  private static void prepare(Rig rig, boolean wide) {
    if (wide) {
      rig.long64();
      rig.gate64(1, 8, PROGRAM + 0x100, 0, 0);
      rig.gate64(0x30, 8, PROGRAM + 0x180, 0, 0);
    } else {
      rig.flat32();
      rig.gate32(1, 8, PROGRAM + 0x100, 14, 0);
      rig.gate32(0x30, 8, PROGRAM + 0x180, 14, 0);
    }
    rig.cpu.idtrLimit = 0xFFF;
    GuestMemory.fill(rig.bus.ram.address(0x20000, 0x4000), 0x4000, (byte) 0);
    rig.put(0x20000, "0102030405060708090a");
    rig.put32(COUNTER, 0);
    rig.bus.log.clear();
    Cpu cpu = rig.cpu;
    Arrays.fill(cpu.r, 0);
    cpu.r[4] = 0x7000;
    cpu.rip = PROGRAM;
    cpu.setFlags(2);
    cpu.dr[6] = 0xFFFF0FF0L;
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.attention = true;
  }

  private static String memory(Rig rig) {
    byte[] bytes = new byte[0x4000];
    GuestMemory.toArray(rig.bus.ram.address(0x20000, bytes.length), bytes, 0, bytes.length);
    byte[] stack = new byte[0x100];
    GuestMemory.toArray(rig.bus.ram.address(0x6E80, stack.length), stack, 0, stack.length);
    return HexFormat.of().formatHex(stack) + Arrays.hashCode(bytes) + " " + rig.get32(0x22010);
  }
}
