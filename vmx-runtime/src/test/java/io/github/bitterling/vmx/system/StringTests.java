package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.frontend.StringOp;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.paging.CodeTracker;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.rig.RigBus;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StringTests {
  private static final int RCX = 1;
  private static final int RSI = 6;
  private static final int RDI = 7;

  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @BeforeEach
  void flat() {
    rig.flat32();
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void run(Helper helper, int width, int repeat) {
    rig.call(helper, StringOp.pack(width, 2, Seg.DS, repeat));
  }

  private void registers(long rsi, long rdi, long rcx) {
    cpu.r[RSI] = rsi;
    cpu.r[RDI] = rdi;
    cpu.r[RCX] = rcx;
    cpu.rip = 0x8000;
  }

  private void pattern(long at, int bytes, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < bytes; i += 8) {
      rig.put64(at + i, random.nextLong());
    }
  }

  private byte[] bytes(long at, int n) {
    byte[] b = new byte[n];
    GuestMemory.toArray(rig.bus.ram.address(at, n), b, 0, n);
    return b;
  }

  /** Random moves of every width, direction and overlap against a byte array. */
  @Test
  void movesAgreeWithElementwiseCopy() {
    Random random = new Random(7);
    for (int trial = 0; trial < 300; trial++) {
      int width = random.nextInt(3);
      int size = 1 << width;
      boolean down = random.nextInt(4) == 0;
      int count = random.nextInt(4000);
      int from = 0x4000 + random.nextInt(0x2000);
      int to =
          random.nextBoolean() ? from - 20 + random.nextInt(40) : 0x4000 + random.nextInt(0x2000);
      pattern(0x100000, 0x10000, trial);
      byte[] expected = bytes(0x100000, 0x10000);
      cpu.rflags = down ? 2 | Cpu.DF : 2;
      for (int i = 0; i < count; i++) {
        int s = from + (down ? -i : i) * size;
        int d = to + (down ? -i : i) * size;
        byte[] element = new byte[size];
        System.arraycopy(expected, s & 0xFFFF, element, 0, size);
        System.arraycopy(element, 0, expected, d & 0xFFFF, size);
        if (s < size || d < size || s > 0xF000 || d > 0xF000) {
          count = i + 1;
        }
      }
      registers(0x100000 + from, 0x100000 + to, count);
      run(Helper.MOVS, width, StringOp.REP);
      assertEquals(0, cpu.fault);
      assertEquals(0, cpu.r[RCX]);
      assertEquals(0x100000 + from + (long) (down ? -count : count) * size, cpu.r[RSI]);
      assertArrayEquals(
          expected,
          bytes(0x100000, 0x10000),
          "trial " + trial + " width " + size + " down " + down);
    }
  }

  @Test
  void longMoveStopsAfter64KiBAndRestarts() {
    pattern(0x100000, 0x30000, 1);
    registers(0x100000, 0x200000, 0x18000);
    run(Helper.MOVS, 0, StringOp.REP);
    assertEquals(0x8000, cpu.rip);
    assertEquals(0x8000, cpu.r[RCX]);
    assertEquals(0x110000, cpu.r[RSI]);
    run(Helper.MOVS, 0, StringOp.REP);
    assertEquals(0x8002, cpu.rip);
    assertEquals(0, cpu.r[RCX]);
    assertEquals(rig.get64(0x117FF8), rig.get64(0x217FF8));
  }

  @Test
  void faultInTheMiddleLeavesRestartState() {
    // Identity 4 KiB pages, 202000h not present
    for (int i = 0; i < 1024; i++) {
      rig.put32(0x11000 + 4 * i, (long) i << 12 | (i == 0x202 ? 2 : 3));
    }
    rig.put32(0x10000, 0x11003);
    cpu.cr3 = 0x10000;
    cpu.cr0 |= 0x80000000L;
    cpu.memory.flushAll();
    pattern(0x100000, 0x4000, 1);
    registers(0x100000, 0x200800, 0x1000);
    run(Helper.MOVS, 1, StringOp.REP);
    assertEquals(14, cpu.faultVector);
    assertEquals(2, cpu.faultError);
    assertEquals(0x202000, cpu.faultLinear);
    assertEquals(0x202000, cpu.r[RDI]);
    assertEquals(0x101800, cpu.r[RSI]);
    assertEquals(0x1000 - 0xC00, cpu.r[RCX]);
    assertEquals(0x8000, cpu.rip);
  }

  @Test
  void storesOfEveryWidth() {
    for (int width = 0; width < 4; width++) {
      registers(0, 0x200FFC, 0x800);
      cpu.r[0] = 0x1122334455667788L;
      run(Helper.STOS, width, StringOp.REP);
      int size = 1 << width;
      assertEquals(0x200FFC + 0x800L * size, cpu.r[RDI]);
      long expected = cpu.r[0] & Mem.mask(size);
      assertEquals(expected, rig.get64(0x200FFC + 0x7FFL * size) & Mem.mask(size));
      assertEquals(expected, rig.get64(0x200FFC) & Mem.mask(size));
    }
  }

  @Test
  void sixteenBitAddressesWrap() {
    cpu.es.set(0x10, 0x100000, 0xFFFFFFFFL, 0xC093);
    registers(0, 0xFFFF_FFF0L, 0xABCD_0020L);
    cpu.r[0] = 0x5A;
    rig.call(Helper.STOS, StringOp.pack(0, 1, Seg.DS, StringOp.REP));
    assertEquals(0xFFFF_0010L, cpu.r[RDI]);
    assertEquals(0xABCD_0000L, cpu.r[RCX]);
    assertEquals(0x5A, rig.get64(0x10FFFF) & 0xFF);
    assertEquals(0x5A, rig.get64(0x10000F) & 0xFF);
  }

  @Test
  void limitStopsAtTheExactElement() {
    cpu.es.set(0x10, 0x100000, 0x107, 0x4093);
    registers(0, 0x100, 10);
    run(Helper.STOS, 0, StringOp.REP);
    assertEquals(13, cpu.faultVector);
    assertEquals(0x108, cpu.r[RDI]);
    assertEquals(2, cpu.r[RCX]);
  }

  @Test
  void compareStopsAtTheDifference() {
    pattern(0x100000, 64, 1);
    pattern(0x110000, 64, 1);
    rig.put(0x110010, "00");
    rig.put(0x100010, "01");
    registers(0x100000, 0x110000, 64);
    run(Helper.CMPS, 0, StringOp.REP);
    assertEquals(0x100011, cpu.r[RSI]);
    assertEquals(64 - 17, cpu.r[RCX]);
    assertEquals(0, cpu.flags() & 0x41);
  }

  @Test
  void scanFindsTheByte() {
    rig.put(0x100000, "41 42 43 00 44");
    registers(0, 0x100000, -1 & 0xFFFFFFFFL);
    cpu.r[0] = 0;
    run(Helper.SCAS, 0, StringOp.REPNE);
    assertEquals(0x100004, cpu.r[RDI]);
    assertEquals(0xFFFFFFFBL, cpu.r[RCX]);
    assertTrue((cpu.flags() & 0x40) != 0);
  }

  @Test
  void countZeroChangesNothing() {
    registers(1, 2, 0);
    cpu.setStatus(0x41);
    run(Helper.CMPS, 0, StringOp.REP);
    assertEquals(0x41, cpu.flags() & 0x41);
    assertEquals(1, cpu.r[RSI]);
    assertEquals(0x8002, cpu.rip);
  }

  @Test
  void moveToADeviceGoesElementByElement() {
    rig.put(0x100000, "11 22 33 44 55 66 77 88");
    registers(0x100000, RigBus.DEVICE, 2);
    run(Helper.MOVS, 2, StringOp.REP);
    assertEquals("[write 10000000/4=44332211, write 10000004/4=88776655]", rig.bus.log.toString());
  }

  @Test
  void portStrings() {
    rig.put(0x100000, "11 22 33 44");
    registers(0x100000, 0, 2);
    cpu.r[2] = 0x1F0;
    run(Helper.OUTS, 1, StringOp.REP);
    assertEquals("[out 1f0/2=2211, out 1f0/2=4433]", rig.bus.log.toString());
    registers(0, 0x100000, 1);
    run(Helper.INS, 2, 0);
    assertEquals(0x11223344, rig.get32(0x100000));
    assertEquals(0x100004, cpu.r[RDI]);
  }

  @Test
  void portsObeyTheBitmap() {
    cpu.tr.set(0x28, 0x3000, 0x200, 0x8B);
    rig.put32(0x3064, 0x68L << 16);
    rig.put32(0x3068 + 0x10, 0xFFFFFFFEL);
    rig.user();
    rig.call(Helper.IN, 0x80, 0);
    assertEquals(0, cpu.fault);
    rig.call(Helper.IN, 0x80, 1);
    assertEquals(13, cpu.faultVector);
    rig.call(Helper.OUT, 0x81, 0);
    assertEquals(13, cpu.faultVector);
    assertEquals("[in 80/1]", rig.bus.log.toString());
  }

  /**
   * A region gives the instruction up at a line with code; tier 0 finishes it. Time and restart
   * point are as without.
   */
  @Test
  void regionAndTierZeroTogetherDoWhatTierZeroDoesAlone() {
    String alone = moved(false);
    assertEquals(alone, moved(true));
  }

  private String moved(boolean region) {
    rig.processor
        .mmu()
        .setCodeTracker(
            new CodeTracker() {
              @Override
              public boolean pageHasCode(long page) {
                return page == 0x203000;
              }

              @Override
              public boolean lineHasCode(long physical, int bytes) {
                return physical >> 6 == 0x203100 >> 6;
              }

              @Override
              public void written(long physical, long bytes) {}
            });
    cpu.memory.flushEverything();
    cpu.charged = 0;
    registers(0x100000, 0x200000, 0x18000);
    cpu.inRegion = region;
    run(Helper.MOVS, 0, StringOp.REP);
    if (region) {
      assertEquals(Cpu.FAULT_RETRY, cpu.fault);
      assertEquals(0x203100, cpu.r[RDI]);
      cpu.inRegion = false;
      run(Helper.MOVS, 0, StringOp.REP);
    }
    return cpu.r[RCX] + " " + cpu.r[RSI] + " " + cpu.rip + " " + cpu.charged;
  }
}
