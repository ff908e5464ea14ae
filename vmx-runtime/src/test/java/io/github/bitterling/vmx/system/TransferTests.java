package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Segment loads, far transfers and returns. */
class TransferTests {
  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @AfterEach
  void close() {
    rig.close();
  }

  private String outcome() {
    if (cpu.fault == 0) {
      return "ok";
    }
    return "#%d(%x)".formatted(cpu.faultVector, cpu.faultError);
  }

  private String load(int segment, int selector) {
    rig.call(Helper.LOAD_SEGMENT, segment, selector);
    return outcome();
  }

  /** 32-bit TSS at 3000h as selector 28h with ring 0 stack 10:6000. */
  private void tss() {
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put32(0x3004, 0x6000);
    rig.put32(0x3008, 0x10);
  }

  // Segment loads

  @Test
  void dataSegmentChecks() {
    rig.flat32();
    rig.descriptor(0x1028, 0x00CF13000000FFFFL);
    rig.descriptor(0x1030, 0x00CF99000000FFFFL);
    assertEquals("ok", load(3, 0));
    assertTrue(cpu.ds.is(Segment.UNUSABLE));
    assertEquals("#13(100)", load(3, 0x100));
    assertEquals("#11(28)", load(3, 0x28));
    assertEquals("#13(30)", load(3, 0x33));
    assertEquals("ok", load(3, 0x23));
    assertEquals("#13(10)", load(3, 0x13));
    assertEquals(0xC0F3, cpu.ds.attributes);
    assertEquals(0xFFFFFFFFL, cpu.ds.limit);
  }

  @Test
  void stackSegmentChecks() {
    rig.flat32();
    rig.descriptor(0x1028, 0x00CF13000000FFFFL);
    assertEquals("#13(0)", load(2, 0));
    assertEquals("#13(20)", load(2, 0x20));
    assertEquals("#13(8)", load(2, 8));
    assertEquals("#12(28)", load(2, 0x28));
    assertEquals("ok", load(2, 0x10));
    assertEquals(Cpu.SHADOW_SS, cpu.interruptShadow);
  }

  @Test
  void loadSetsTheAccessedBit() {
    rig.flat32();
    rig.descriptor(0x1028, 0x00CF92001234FFFFL);
    assertEquals("ok", load(0, 0x28));
    assertEquals(0x93, rig.get64(0x1028) >>> 40 & 0xFF);
    assertEquals(0x1234, cpu.es.base);
  }

  @Test
  void realModeKeepsTheLimit() {
    cpu.ds.limit = 0xFFFFFFFFL;
    assertEquals("ok", load(3, 0x2000));
    assertEquals(0x20000, cpu.ds.base);
    assertEquals(0xFFFFFFFFL, cpu.ds.limit);
  }

  // Far transfers

  @Test
  void callAndReturnInRealMode() {
    cpu.cs.setReal(0x100, 0x93);
    cpu.ss.setReal(0, 0x93);
    cpu.rip = 0x10;
    cpu.r[4] = 0x7000;
    rig.call(Helper.CALL_FAR, 0x2000, 0x34, 2);
    assertEquals(0x20000, cpu.cs.base);
    assertEquals(0x34, cpu.rip);
    assertEquals(0x6FFC, cpu.r[4]);
    assertEquals(0x0100_0012L, rig.get32(0x6FFC));
    rig.call(Helper.RET_FAR, 2, 4);
    assertEquals(0x1000, cpu.cs.base);
    assertEquals(0x12, cpu.rip);
    assertEquals(0x7004, cpu.r[4]);
  }

  @Test
  void jumpChecksPrivilegeAndPresence() {
    rig.flat32();
    rig.descriptor(0x1028, 0x00CF1B000000FFFFL);
    rig.descriptor(0x1030, 0x00409B0000000FFFL);
    String[][] cases = {
      {"0", "#13(0)"},
      {"10", "#13(10)"},
      {"18", "#13(18)"},
      {"28", "#11(28)"},
      {"9", "#13(8)"},
      {"30", "#13(0)"},
    };
    for (String[] c : cases) {
      cpu.rip = 0x8000;
      rig.call(Helper.JMP_FAR, Integer.parseInt(c[0], 16), 0x5000, 4);
      assertEquals(c[1], outcome(), c[0]);
      assertEquals(0x8000, cpu.rip);
    }
    rig.call(Helper.JMP_FAR, 8, 0x5000, 4);
    assertEquals(0x5000, cpu.rip);
  }

  /** SDM volume 2, JMP: the whole offset of 64 bits is compared, as a number without a sign. */
  @Test
  void offsetsBeyondCompatibilityModeFault() {
    rig.long64();
    rig.descriptor(0x1028, 0x00CF9B000000FFFFL);
    cpu.rip = 0x8000;
    for (long offset : new long[] {1L << 32 | 0x5000, 1L << 63 | 0x5000, -1}) {
      rig.call(Helper.JMP_FAR, 0x28, offset, 8);
      assertEquals("#13(0)", outcome(), Long.toHexString(offset));
      assertEquals(0x8000, cpu.rip);
    }
    rig.call(Helper.JMP_FAR, 0x28, 0xFFFFFFF0L, 8);
    assertEquals("ok", outcome());
    assertEquals(0xFFFFFFF0L, cpu.rip);
  }

  @Test
  void callGateToInnerLevelSwitchesStackAndCopiesParameters() {
    rig.flat32();
    tss();
    // 32-bit call gate at 28h, DPL 3, two parameters, to 8:9000
    rig.put64(0x1028, 0x9000 | 8L << 16 | 2L << 32 | 0xECL << 40);
    rig.user();
    cpu.r[4] = 0x5000;
    rig.put32(0x5000, 0xAAAA);
    rig.put32(0x5004, 0xBBBB);
    cpu.rip = 0x8000;
    rig.call(Helper.CALL_FAR, 0x2B, 0, 4);
    assertEquals("ok", outcome());
    assertEquals(0, cpu.cpl);
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x6000 - 24, cpu.r[4]);
    assertEquals(0x8002, rig.get32(0x5FE8));
    assertEquals(0x1B, rig.get32(0x5FEC));
    assertEquals(0xAAAA, rig.get32(0x5FF0));
    assertEquals(0xBBBB, rig.get32(0x5FF4));
    assertEquals(0x5000, rig.get32(0x5FF8));
    assertEquals(0x23, rig.get32(0x5FFC));
    rig.call(Helper.RET_FAR, 4, 8);
    assertEquals("ok", outcome());
    assertEquals(3, cpu.cpl);
    assertEquals(0x8002, cpu.rip);
    assertEquals(0x5008, cpu.r[4]);
    assertEquals(0x23, cpu.ss.selector);
  }

  @Test
  void returnToOuterLevelDropsPrivilegedDataSegments() {
    rig.flat32();
    rig.put32(0x7000, 0x4000);
    rig.put32(0x7004, 0x1B);
    rig.put32(0x7008, 0x6800);
    rig.put32(0x700C, 0x23);
    rig.call(Helper.RET_FAR, 4, 0);
    assertEquals("ok", outcome());
    assertTrue(cpu.ds.is(Segment.UNUSABLE));
    assertEquals(0x6800, cpu.r[4]);
    assertEquals(3, cpu.cpl);
  }

  @Test
  void sixtyFourBitInterruptReturnAlwaysPopsTheStack() {
    rig.long64();
    long[] frame = {0x4000, 8, 0x202, 0x6800, 0};
    for (int i = 0; i < 5; i++) {
      rig.put64(0x7000 + 8 * i, frame[i]);
    }
    rig.call(Helper.IRET, 8);
    assertEquals("ok", outcome());
    assertEquals(0x4000, cpu.rip);
    assertEquals(0x6800, cpu.r[4]);
    assertTrue(cpu.flag(Cpu.IF));
    assertTrue(cpu.ss.is(Segment.UNUSABLE));
  }

  @Test
  void interruptReturnEntersVirtual8086Mode() {
    rig.flat32();
    long[] frame = {0x1234, 0x2000, 0x20202, 0xFFF0, 0x3000, 0x4000, 0x5000, 0x6000, 0x7000};
    for (int i = 0; i < frame.length; i++) {
      rig.put32(0x7000 + 4 * i, frame[i]);
    }
    rig.call(Helper.IRET, 4);
    assertEquals("ok", outcome());
    assertEquals(3, cpu.cpl);
    assertEquals(0x20000, cpu.cs.base);
    assertEquals(0x1234, cpu.rip);
    assertEquals(0x50000, cpu.ds.base);
    assertEquals(0xFFF0, cpu.r[4]);
    assertTrue(cpu.flag(Cpu.VM));
    rig.call(Helper.CLI);
    assertEquals("#13(0)", outcome());
  }

  @Test
  void syscallAndReturn() {
    rig.long64();
    cpu.efer |= 1;
    cpu.star = 0x0013_0008L << 32;
    cpu.lstar = 0x9000;
    cpu.fmask = Cpu.IF;
    rig.user();
    cpu.rflags |= Cpu.IF;
    cpu.rip = 0x8000;
    rig.call(Helper.SYSCALL);
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x8002, cpu.r[1]);
    assertEquals(0, cpu.cpl);
    assertEquals(8, cpu.cs.selector);
    assertEquals(false, cpu.flag(Cpu.IF));
    rig.call(Helper.SYSRET, 8);
    assertEquals(0x8002, cpu.rip);
    assertEquals(0x23, cpu.cs.selector);
    assertEquals(0x1B, cpu.ss.selector);
    assertTrue(cpu.flag(Cpu.IF));
  }

  @Test
  void taskSwitchSavesAndLoadsRegisters() {
    rig.flat32();
    tss();
    rig.descriptor(0x1028, 0x00008B0030000067L);
    rig.descriptor(0x1030, 0x0000890040000067L);
    rig.put32(0x4020, 0x9000);
    rig.put32(0x4024, 2);
    rig.put32(0x4028, 0x77);
    rig.put32(0x4038, 0x6F00);
    int[] selectors = {0x10, 8, 0x10, 0x10, 0, 0};
    for (int i = 0; i < 6; i++) {
      rig.put32(0x4048 + 4 * i, selectors[i]);
    }
    cpu.r[0] = 0x55;
    cpu.rip = 0x8000;
    rig.call(Helper.CALL_FAR, 0x30, 0, 4);
    assertEquals("ok", outcome());
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x77, cpu.r[0]);
    assertEquals(0x6F00, cpu.r[4]);
    assertEquals(0x55, rig.get32(0x3028));
    assertEquals(0x8002, rig.get32(0x3020));
    assertEquals(0x28, rig.get16(0x4000));
    assertTrue(cpu.flag(Cpu.NT));
    rig.call(Helper.IRET, 4);
    assertEquals("ok", outcome());
    assertEquals(0x8002, cpu.rip);
    assertEquals(0x55, cpu.r[0]);
    assertEquals(0x28, cpu.tr.selector);
  }

  @Test
  void queriesAnswerInZf() {
    rig.flat32();
    assertEquals(0xCF9B00, rig.call(Helper.LAR, 8, 4));
    assertTrue((cpu.flags() & 0x40) != 0);
    assertEquals(0xFFFFFFFFL, rig.call(Helper.LSL, 0x10, 4));
    rig.call(Helper.VERW, 8);
    assertEquals(0, cpu.flags() & 0x40);
    rig.user();
    rig.call(Helper.LAR, 8, 4);
    assertEquals(0, cpu.flags() & 0x40);
  }

  @Test
  void controlRegisterChecks() {
    rig.flat32();
    rig.call(Helper.MOV_TO_CR, 0, 0x80000000L);
    assertEquals("#13(0)", outcome());
    rig.call(Helper.MOV_TO_CR, 0, 0x20000011L);
    assertEquals("#13(0)", outcome());
    rig.call(Helper.MOV_TO_CR, 4, 1L << 18);
    assertEquals("#13(0)", outcome());
    cpu.efer = 0x100;
    rig.call(Helper.MOV_TO_CR, 0, 0xE0000011L);
    assertEquals("#13(0)", outcome());
    rig.user();
    rig.call(Helper.MOV_FROM_CR, 0);
    assertEquals("#13(0)", outcome());
  }
}
