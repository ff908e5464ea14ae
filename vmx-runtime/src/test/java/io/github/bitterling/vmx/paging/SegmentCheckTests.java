package io.github.bitterling.vmx.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.vmx.cpu.Access;
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
    return cpu.fault == 0
        ? Long.toHexString(linear)
        : "#" + cpu.faultVector + "(" + cpu.faultError + ")";
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

  /**
   * The check both engines make in line must never allow what the full check refuses, nor give
   * another address.
   */
  @Test
  void shortCheckAgreesWithTheFullOne() {
    int[] attributes = {
      0xC093,
      0x4093,
      0x93,
      0xC091,
      0xC097,
      0x97,
      0xC09B,
      0xC099,
      0x82,
      Segment.UNUSABLE,
      0xC093 | Segment.UNUSABLE
    };
    long[] limits = {0, 3, 0xFF, 0xFFFE, 0xFFFF, 0x10000, 0xFFFFFFFEL, 0xFFFFFFFFL};
    long[] offsets = {
      0, 1, 0xFC, 0xFD, 0xFF, 0xFFF0, 0xFFFC, 0xFFFF, 0x10000, 0x1FFFF, 0xFFFFFFF0L, 0xFFFFFFFFL, -1
    };
    int shortCut = 0;
    for (int protect = 0; protect < 2; protect++) {
      if (protect == 1) {
        rig.flat32();
      }
      for (int a : attributes) {
        for (long limit : limits) {
          cpu.ds.set(0x10, 0xFFFF1230L, limit, a);
          for (long offset : offsets) {
            for (int form = 0; form < 16; form++) {
              int bits = (form & 1) == 0 ? 16 : 32;
              int bytes = new int[] {1, 2, 4, 16}[form >> 2];
              boolean write = (form & 2) != 0;
              long mask = (1L << bits) - 1;
              String full = linear(Seg.DS, offset, bytes, write, bits);
              cpu.fault = 0;
              long quick =
                  Access.linear(cpu, cpu.ds, offset, mask, Seg.DS | (write ? 8 : 0) | bytes << 8);
              String got =
                  cpu.fault == 0
                      ? Long.toHexString(quick)
                      : "#" + cpu.faultVector + "(" + cpu.faultError + ")";
              assertEquals(
                  full,
                  got,
                  () -> Integer.toHexString(a) + " limit " + limit + " offset " + offset);
              shortCut += cpu.ds.holds(offset & mask, bytes - 1) ? 1 : 0;
            }
          }
        }
      }
    }
    assertTrue(shortCut > 1000, "the short check allowed only " + shortCut);
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
