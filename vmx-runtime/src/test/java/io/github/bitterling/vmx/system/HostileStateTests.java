package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the guest does, it ends in a guest-visible effect: helpers and events never throw. */
class HostileStateTests {
  private static final long[] INTERESTING = {
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    0x10,
    0x1B,
    0x23,
    0x28,
    0x33,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x5000,
    0x7FFFFFFFL,
    0x80000000L,
    0xFFFFFFFFL,
    0x100000000L,
    0x7FFFFFFFFFFFL,
    0x800000000000L,
    -1L,
    -4096L,
    Long.MIN_VALUE
  };

  private static long value(Random random) {
    return random.nextInt(4) == 0
        ? random.nextLong()
        : INTERESTING[random.nextInt(INTERESTING.length)];
  }

  private static Rig rig(String model) {
    return new Rig(CpuModel.of(model, 1), new NoVmx(), cache -> RegionCompiler.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"e3845", "x86-64-v3", "x86-64-full"})
  void helpersRecordAndNeverThrow(String model) {
    for (int seed = 0; seed < 20; seed++) {
      try (Rig rig = rig(model)) {
        storm(rig, CpuModel.of(model, 1), seed);
      }
    }
  }

  private static void storm(Rig rig, CpuModel model, int seed) {
    Random random = new Random(seed);
    start(rig, model, random);
    Helper[] helpers = Helper.values();
    for (int i = 0; i < 300; i++) {
      Helper helper = helpers[random.nextInt(helpers.length)];
      if (helper.kind() == Helper.Kind.PURE) {
        continue;
      }
      long a = value(random);
      long b = value(random);
      long c = value(random);
      if (random.nextInt(3) == 0) {
        rig.cpu.r[random.nextInt(16)] = value(random);
      }
      rig.cpu.rip = 0x8000;
      try {
        rig.call(helper, sane(helper, a), b(helper, b), c(helper, c));
        settle(rig.cpu);
      } catch (RuntimeException e) {
        fail("seed " + seed + " step " + i + " " + helper + " " + a + " " + b + " " + c, e);
      }
      rig.resets.clear();
      if (rig.cpu.activity != Cpu.Activity.ACTIVE) {
        start(rig, model, random);
      }
    }
  }

  /**
   * Operands the lifter makes itself stay in their domain: sizes, register numbers, packed string
   * operations.
   */
  private static long sane(Helper helper, long a) {
    return switch (helper) {
      case RET_FAR, IRET, SYSRET, SYSEXIT, ENTER, PUSHA, POPA, READ_FLAGS -> 2L << (a & 1);
      case INT -> a & 0xFF;
      case RAISE -> a & 15;
      case LOAD_SEGMENT, POP_SEGMENT, LOAD_FAR -> a & 7;
      case MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS -> a & 3 | 2 << 2 | (a & 0x180) | 3 << 4;
      case MOV_TO_CR, MOV_FROM_CR, MOV_TO_DR, MOV_FROM_DR -> a & 15;
      case X87 -> a & 0x7FF;
      case READ_BASE, WRITE_BASE -> 4 | a & 1;
      default -> a;
    };
  }

  private static long b(Helper helper, long b) {
    return switch (helper) {
      case RCL, RCR -> b & 63 | 1;
      case POP_SEGMENT, WRITE_FLAGS, FXSAVE, FXRSTOR, LAR, LSL -> 2L << (b & 1);
      case ENTER, RET_FAR -> b & 0xFFFF;
      case XSAVE, XSAVEOPT, XSAVEC, XSAVES, XRSTOR, XRSTORS ->
          4L << (b & 1) | (b >>> 8 & 7) % 6 << 8;
      case MASKED_LOAD, MASKED_STORE, GATHER -> vectorAccess(b);
      default -> b;
    };
  }

  /** Any registers, scale and segment; elements of 4 or 8 bytes, a vector of 16 or 32. */
  private static long vectorAccess(long b) {
    boolean wide = (b & 1 << 12) != 0;
    int size = wide ? 3 : 2;
    int elements = ((b & 1 << 24) != 0 ? 32 : 16) >> size;
    return b & 0x3_0FFFL
        | size << 12
        | (long) size << 14
        | (b >>> 18 & 7) % 6 << 18
        | 3L << 21
        | (long) elements << 24
        | (long) (elements << size) << 28;
  }

  private static long c(Helper helper, long c) {
    return switch (helper) {
      case JMP_FAR, CALL_FAR, BOUND -> 2L << (c & 1);
      case LOAD_FAR -> 4 << 8 | c & 7;
      case ENTER -> c & 31;
      case RCL, RCR -> c & 3;
      case MOV_TO_CR, MOV_TO_DR -> c & 15;
      case X87 -> 4;
      case BNDMOV_LOAD, BNDMOV_STORE -> 4L << (c & 1);
      default -> c;
    };
  }

  private static void start(Rig rig, CpuModel model, Random random) {
    rig.processor.powerOn();
    switch (random.nextInt(3)) {
      case 0 -> rig.flat32();
      case 1 -> rig.long64();
      default -> {}
    }
    for (int i = 0; i < 256; i++) {
      rig.put64(0x1028 + 8 * random.nextInt(26), random.nextLong());
      rig.put64(0x2000 + 8 * i, random.nextInt(3) == 0 ? random.nextLong() : 0x00008E0000089000L);
    }
    rig.cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    if (random.nextBoolean() && (rig.cpu.cr0 & 1) != 0) {
      rig.user();
    }
    features(rig.cpu, model, random);
  }

  /** Some of what the model may have in CR4 and XCR0; PCIDs in long mode only. */
  private static void features(Cpu cpu, CpuModel model, Random random) {
    long pcide = (cpu.efer & 1 << 10) != 0 ? 0 : 1 << 17;
    cpu.cr4 |= random.nextLong() & model.cr4Bits() & ~(0x30 | 1 << 13 | pcide);
    if (model.xcr0Bits() != 0) {
      cpu.xcr0 = new long[] {1, 3, 7}[random.nextInt(3)];
    }
    Modes.update(cpu);
  }

  private static void settle(Cpu cpu) {
    for (int i = 0; i < 8 && cpu.fault != 0; i++) {
      if (cpu.fault == Cpu.FAULT_EXCEPTION) {
        cpu.events.deliverFault(cpu);
      } else {
        cpu.fault = 0;
      }
    }
    assertTrue(cpu.fault == 0 || cpu.fault == Cpu.FAULT_UNIMPLEMENTED);
    cpu.fault = 0;
    cpu.events.service(cpu);
  }

  /** Random bytes in all three modes through decoder, interpreter and units. */
  @ParameterizedTest
  @ValueSource(strings = {"e3845", "x86-64-v3", "x86-64-full"})
  void randomCodeRuns(String model) {
    for (int seed = 0; seed < 8; seed++) {
      try (Rig rig = rig(model)) {
        Random random = new Random(seed);
        start(rig, CpuModel.of(model, 1), random);
        for (int i = 0; i < 0x2000; i += 8) {
          rig.put64(0x8000 + i, random.nextLong());
        }
        rig.cpu.rip = 0x8000;
        if ((rig.cpu.cr0 & 1) == 0) {
          rig.cpu.cs.set(0, 0, 0xFFFF, 0x93);
          Modes.update(rig.cpu);
        }
        try {
          rig.run(2);
        } catch (AssertionError unimplemented) {
          assertTrue(
              unimplemented.getMessage().startsWith("unimplemented"), unimplemented.getMessage());
        } catch (RuntimeException e) {
          fail("seed " + seed, e);
        }
      }
    }
  }
}
