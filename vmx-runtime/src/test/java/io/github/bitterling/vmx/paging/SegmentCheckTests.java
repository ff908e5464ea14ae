package io.github.bitterling.vmx.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SegmentCheckTests {
  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @AfterEach
  void close() {
    rig.close();
  }

  private String linear(int segment, long offset, int bytes, boolean write, int bits) {
    cpu.fault = 0;
    long linear = cpu.memory.linear(cpu, segment, offset, bytes, write, bits);
    return cpu.fault == 0 ? Long.toHexString(linear) : "#" + cpu.faultVector + "(" + cpu.faultError + ")";
  }

  @Test
  void realModeAddsSixteenTimesTheSelector() {
    cpu.ds.setReal(0x1234, 0x93);
    assertEquals("12350", linear(Seg.DS, 0x10, 1, true, 16));
    assertEquals("#13(0)", linear(Seg.DS, 0xFFFF, 2, false, 16));
    assertEquals("#12(0)", linear(Seg.SS, 0xFFFE, 4, false, 16));
  }

  @Test
  void limitIsInclusive() {
    rig.flat32();
    cpu.ds.set(0x10, 0x1000, 0xFF, 0x4093);
    assertEquals("10fc", linear(Seg.DS, 0xFC, 4, true, 32));
    assertEquals("#13(0)", linear(Seg.DS, 0xFD, 4, true, 32));
  }

  @Test
  void expandDownAllowsAboveTheLimitOnly() {
    rig.flat32();
    cpu.ss.set(0x10, 0, 0xFFF, 0xC097);
    assertEquals("#12(0)", linear(Seg.SS, 0xFFF, 1, true, 32));
    assertEquals("1000", linear(Seg.SS, 0x1000, 4, true, 32));
    cpu.ss.set(0x10, 0, 0xFFF, 0x97);
    assertEquals("#12(0)", linear(Seg.SS, 0xFFFE, 4, true, 32));
  }

  @Test
  void typesDecideReadAndWrite() {
    rig.flat32();
    assertEquals("#13(0)", linear(Seg.CS, 0, 1, true, 32));
    assertEquals("0", linear(Seg.CS, 0, 1, false, 32));
    cpu.cs.attributes = 0xC099;
    assertEquals("#13(0)", linear(Seg.CS, 0, 1, false, 32));
    cpu.ds.attributes = 0xC091;
    assertEquals("#13(0)", linear(Seg.DS, 0, 1, true, 32));
    cpu.es.attributes = Segment.UNUSABLE;
    assertEquals("#13(0)", linear(Seg.ES, 0, 1, false, 32));
  }

  @Test
  void sixtyFourBitModeKnowsOnlyFsAndGsBases() {
    rig.long64();
    cpu.ds.base = 0x1000;
    cpu.fs.base = 0x2000;
    assertEquals("10", linear(Seg.DS, 0x10, 8, true, 64));
    assertEquals("2010", linear(Seg.FS, 0x10, 8, true, 64));
    assertEquals("#13(0)", linear(Seg.DS, 0x800000000000L, 8, false, 64));
    assertEquals("#12(0)", linear(Seg.SS, 0x800000000000L, 8, false, 64));
    assertEquals("10", linear(Seg.DS, 0x100000010L, 8, true, 32));
  }

  @Test
  void offsetsWrapAtFourGigabytesLinear() {
    rig.flat32();
    cpu.ds.base = 0xFFFFF000L;
    assertEquals("0", linear(Seg.DS, 0x1000, 4, true, 32));
  }

  @Test
  void flatModeKeyNeedsAllFourSegments() {
    rig.flat32();
    Modes.update(cpu);
    int flat = cpu.mode & ModeKey.FLAT;
    cpu.ds.limit = 0xFFFFF;
    Modes.update(cpu);
    assertEquals(ModeKey.FLAT, flat);
    assertEquals(0, cpu.mode & ModeKey.FLAT);
  }
}
