package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.rig.Rig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class X87Tests {
  private static final int OPERAND = 0x5000;

  /**
   * Random operands of every class under random precision and rounding control, recorded on
   * hardware.
   */
  @Test
  void resultsAndFlagsAsRecorded() throws IOException {
    List<String> wrong = new ArrayList<>();
    int count = 0;
    try (Rig rig = new Rig()) {
      rig.flat32();
      for (String line : vectors()) {
        if (line.startsWith("#")) {
          continue;
        }
        count++;
        String found = run(rig, line.split(" "));
        String expected = line.substring(line.length() - 26);
        if (!found.equals(expected)) {
          wrong.add(line + " found " + found);
        }
      }
    }
    assertEquals(
        List.of(), wrong.subList(0, Math.min(12, wrong.size())), wrong.size() + " of " + count);
    assertEquals(980, count);
  }

  private static List<String> vectors() throws IOException {
    try (InputStream in = X87Tests.class.getResourceAsStream("x87-vectors.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
  }

  private static String run(Rig rig, String[] v) {
    FpuState f = rig.cpu.fpu;
    f.init();
    f.control = Integer.parseInt(v[1], 16);
    f.top = 6;
    f.valid = 0xC0;
    put(f, 6, v[2]);
    put(f, 7, v[3]);
    rig.put64(OPERAND, 0);
    int key = Integer.parseInt(v[0], 16);
    boolean memory = (key & 0xC0) == 0;
    rig.call(Helper.X87, key, memory ? OPERAND : 0, 4);
    assertEquals(0, rig.cpu.fault, String.join(" ", v));
    int status = f.statusWord() & 0x477F;
    int top = memory ? 0 : f.physical(0);
    String result =
        memory
            ? "0000:%016x".formatted(rig.get64(OPERAND))
            : "%04x:%016x".formatted(f.signExponent[top], f.significand[top]);
    return result + " %04x".formatted(status);
  }

  private static void put(FpuState f, int register, String text) {
    f.signExponent[register] = Integer.parseInt(text.substring(0, 4), 16);
    f.significand[register] = Long.parseUnsignedLong(text.substring(5), 16);
  }

  @Test
  void stackFaultsGiveTheIndefinite() {
    try (Rig rig = new Rig()) {
      rig.flat32();
      FpuState f = rig.cpu.fpu;
      rig.call(Helper.X87, 0x3E3, 0, 4);
      rig.call(Helper.X87, 0x0C1, 0, 4);
      assertEquals(0x41, f.status & 0x27F);
      assertEquals(0xC000000000000000L, f.significand[0]);
      rig.call(Helper.X87, 0x3E3, 0, 4);
      for (int i = 0; i < 9; i++) {
        rig.call(Helper.X87, 0x1E8, 0, 4);
      }
      assertEquals(0x241, f.status & 0x27F);
      assertEquals(0xFFFF, f.signExponent[f.top]);
    }
  }

  @Test
  void unmaskedExceptionWaitsForTheNextInstruction() {
    try (Rig rig = new Rig()) {
      rig.flat32();
      rig.cpu.cr0 |= 0x20;
      FpuState f = rig.cpu.fpu;
      rig.call(Helper.X87, 0x3E3, 0, 4);
      f.control = 0x37B;
      rig.call(Helper.X87, 0x1EE, 0, 4);
      rig.call(Helper.X87, 0x1E8, 0, 4);
      rig.call(Helper.X87, 0x0F1, 0, 4);
      assertEquals(0, rig.cpu.fault);
      assertEquals(0x8084, f.status & 0x80FF);
      assertEquals(0x3FFF, f.signExponent[f.top]);
      rig.call(Helper.X87, 0x0C1, 0, 4);
      assertEquals(Vector.MF, rig.cpu.faultVector);
      rig.call(Helper.X87, 0x3E2, 0, 4);
      rig.call(Helper.X87, 0x0C1, 0, 4);
      assertEquals(0, rig.cpu.fault);
    }
  }

  @Test
  void storeThatPageFaultsLeavesTheStack() {
    try (Rig rig = new Rig()) {
      rig.flat32();
      rig.call(Helper.X87, 0x3E3, 0, 4);
      rig.call(Helper.X87, 0x1E8, 0, 4);
      rig.cpu.cr3 = 0x10000;
      rig.cpu.cr0 |= 0x80000000L;
      rig.cpu.memory.flushAll();
      rig.call(Helper.X87, 0x118, 0x400000, 4);
      assertEquals(Vector.PF, rig.cpu.faultVector);
      assertEquals(7, rig.cpu.fpu.top);
      assertEquals(0x80, rig.cpu.fpu.valid);
    }
  }

  @Test
  void compareIntoFlags() {
    try (Rig rig = new Rig()) {
      rig.flat32();
      rig.call(Helper.X87, 0x3E3, 0, 4);
      rig.call(Helper.X87, 0x1E8, 0, 4);
      rig.call(Helper.X87, 0x1EE, 0, 4);
      rig.call(Helper.X87, 0x3F1, 0, 4);
      assertEquals(1, rig.cpu.flags() & 0x45);
      rig.call(Helper.X87, 0x3F0, 0, 4);
      assertEquals(0x40, rig.cpu.flags() & 0x45);
    }
  }
}
