package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Noise as a program, at every privilege: it ends in something the guest sees or in a reported
 * stop, never in a Java exception.
 */
class NoiseTests {
  private static final int MACHINES = Integer.getInteger("noise.machines", 40);
  private static final int STARTS = 40;
  private static final long FSGSBASE = 1 << 16;
  private static final long OSXSAVE = 1 << 18;
  private static final long SMAP = 1 << 21;
  private static final int SLICES = 4;
  private static final int SLICE = 500;

  private final InstructionTable table = new InstructionTable();
  private final int rows = table.size();

  @ParameterizedTest
  @ValueSource(strings = {"real", "flat32", "user32", "long64", "user64"})
  void noiseNeverBreaksTheProcessor(String mode) {
    Map<String, String> broken = new TreeMap<>();
    long retired = 0;
    for (int machine = 0; machine < MACHINES; machine++) {
      Random random = new Random(machine * 31L + mode.hashCode());
      CpuModel model = CpuModel.of(machine % 2 == 0 ? "e3845" : "x86-64-v3", 1);
      try (Rig rig = new Rig(model, new NoVmx(), cache -> RegionCompiler.NONE)) {
        fill(rig, random);
        for (int start = 0; start < STARTS; start++) {
          start(rig, mode, random);
          features(rig.cpu, model, random);
          retired += run(rig, broken, mode + " machine " + machine + " start " + start);
        }
      }
    }
    assertEquals("", String.join("\n", broken.values()));
    assertTrue(retired > (long) MACHINES * STARTS, "instructions retired: " + retired);
  }

  private static long run(Rig rig, Map<String, String> broken, String where) {
    long before = rig.cpu.retired;
    try {
      var timer = rig.clock.timer("end of slice", () -> {});
      for (int slice = 0; slice < SLICES && rig.cpu.fault != Cpu.FAULT_UNIMPLEMENTED; slice++) {
        timer.armAt(rig.clock.now() + SLICE);
        rig.run(1);
      }
    } catch (Throwable t) {
      StringWriter text = new StringWriter();
      t.printStackTrace(new PrintWriter(text));
      String[] lines = text.toString().split("\n");
      String key = lines[0] + lines[1];
      broken.putIfAbsent(
          key,
          where
              + ": "
              + String.join("\n", java.util.Arrays.copyOf(lines, Math.min(9, lines.length))));
    }
    return rig.cpu.retired - before;
  }

  /** Bytes of the first 64 KiB: half noise, half opcodes of the table in front of noise. */
  private void fill(Rig rig, Random random) {
    byte[] b = new byte[0x10000];
    random.nextBytes(b);
    for (int at = 0x8000; at < 0x8400; at += 1 + random.nextInt(6)) {
      String code = table.row(random.nextInt(rows)).opcode();
      for (int p = code.indexOf('.') + 1, n = at;
          p + 1 < code.length() && Character.digit(code.charAt(p), 16) >= 0;
          p += 2) {
        b[n++] = (byte) Integer.parseInt(code, p, p + 2, 16);
      }
    }
    GuestMemory.fromArray(b, 0, rig.bus.ram.address(0, b.length), b.length);
  }

  private static void start(Rig rig, String mode, Random random) {
    rig.resets.clear();
    rig.bus.log.clear();
    rig.processor.powerOn();
    Cpu cpu = rig.cpu;
    cpu.fault = Cpu.FAULT_NONE;
    switch (mode) {
      case "real" -> {
        cpu.cs.set(0, 0, 0xFFFF, 0x93);
        Modes.update(cpu);
      }
      case "flat32" -> rig.flat32();
      case "user32" -> {
        rig.flat32();
        rig.user();
      }
      case "long64" -> rig.long64();
      default -> {
        rig.long64();
        rig.user();
      }
    }
    cpu.rip = 0x8000 + random.nextInt(0x400);
    for (int i = 0; i < 16; i++) {
      if (i != 4) {
        cpu.r[i] =
            random.nextInt(3) == 0
                ? random.nextLong() >>> random.nextInt(64)
                : random.nextInt(0x20000);
      }
    }
    if (random.nextBoolean()) {
      cpu.cr4 |= 0x600;
      Modes.update(cpu);
    }
  }

  /** Every second time extended states, the instructions on bases, and perhaps SMAP. */
  private static void features(Cpu cpu, CpuModel model, Random random) {
    if (model.xcr0Bits() != 0 && random.nextBoolean()) {
      cpu.cr4 |= OSXSAVE | FSGSBASE | random.nextLong() & SMAP;
      cpu.xcr0 = model.xcr0Bits();
      Modes.update(cpu);
    }
  }
}
