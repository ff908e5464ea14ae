package io.github.bitterling.vmx.smm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** SMRAM by programs: relocation, views of one address, system-management ranges, I/O restart. */
class SmramTests {
  private static final int CORES = 4;
  private static final int TIMES = 60;

  /** An SMM view of its own lies at 30000h-4FFFFh. */
  private static final long SMRAM = 0x30000;

  /** Makes the JIT of the engine under test. */
  Function<BlockCache, RegionCompiler> compiler() {
    return cache -> RegionCompiler.NONE;
  }

  private static String code(String name) {
    return Assembler.assemble(SmramTests.class, name);
  }

  /** IA32_SMBASE can be read in SMM. */
  private static final class SmbaseReadable extends NoVmx {
    @Override
    public Long readMsr(Cpu cpu, int msr) {
      return msr == 0x485 ? Long.valueOf(1 << 15) : null;
    }
  }

  private static void real(Cpu cpu, long linear) {
    cpu.cs.setReal(0, 0x93);
    cpu.rip = linear;
    cpu.r[4] = 0x7000;
    Modes.update(cpu);
  }

  @Test
  void fourCoresRelocateAndServeSmisOfTheirOwn() {
    try (Rig rig = new Rig(CORES, new SmbaseReadable(), compiler())) {
      rig.put(0x38000, code("relocate.S"));
      rig.put(0x8000, "b9c800 4975fd ebf8");
      for (int i = 0; i < CORES; i++) {
        rig.put(0x408000 + 0x10000L * i, code("permanent.S"));
      }
      List<Cpu> cpus = rig.processors.stream().map(p -> p.cpu()).toList();
      real(cpus.getFirst(), 0x8000);
      for (Cpu cpu : cpus.subList(1, CORES)) {
        cpu.sipiVector = 8;
        cpu.latch(Cpu.LATCH_SIPI);
      }
      rig.run(3);
      for (Cpu cpu : cpus) {
        cpu.latch(Cpu.LATCH_SMI);
        rig.run(2);
      }
      for (int round = 0; round < TIMES; round++) {
        rig.apics.smi();
        rig.run(2);
      }
      assertEquals(CORES, rig.get32(0x3F000));
      for (Cpu cpu : cpus) {
        long smbase = 0x400000 + 0x10000L * cpu.index;
        assertEquals(smbase, cpu.smbase);
        assertEquals(TIMES + 1, cpu.smiCount);
        assertEquals(TIMES, rig.get32(smbase + 0xF000));
        assertEquals(TIMES - 1, cpu.r[3] & 0xFFFF_FFFFL, "RBX of the map");
        assertEquals(TIMES, cpu.r[6] & 0xFFFF_FFFFL, "the handler changed its own code");
        assertEquals(0xFF, cpu.memory.load(cpu, smbase + 0xF000, 1, 0), "behind the SMRR");
      }
    }
  }

  @Test
  void oneAddressHasTwoContents() {
    try (Rig rig = new Rig(1, new NoVmx(), compiler())) {
      String parts = code("twoviews.S");
      rig.bus.smram = SMRAM;
      rig.put(0x8000, parts.substring(0, 0x100));
      rig.put(0x38000, parts.substring(0x100, 0x200));
      byte[] inside = java.util.HexFormat.of().parseHex(parts.substring(0x200));
      GuestMemory.fromArray(
          inside, 0, rig.bus.smramMemory.address(0x8000, inside.length), inside.length);
      rig.bus.onPortWrite = port -> rig.cpu.latch(Cpu.LATCH_SMI);
      real(rig.cpu, 0x8000);
      rig.cpu.r[2] = 0;
      rig.run(1000);
      assertEquals(Cpu.Activity.HALTED, rig.cpu.activity);
      assertEquals(TIMES, rig.cpu.r[3]);
      assertEquals(TIMES * (TIMES + 1) / 2, rig.cpu.r[2]);
      assertEquals(TIMES, rig.cpu.smiCount);
      assertEquals(0, rig.get32(0x3F000), "the RAM behind SMRAM");
      long counter = GuestMemory.get32(rig.bus.smramMemory.address(0xF000, 4));
      assertEquals(TIMES * (TIMES + 1) / 2, counter);
    }
  }

  /** Code that ran, compiled or not, is gone once an SMRR covers it. */
  @Test
  void smrrHidesCodeToo() {
    try (Rig rig = new Rig(1, new NoVmx(), compiler())) {
      rig.flat32();
      rig.gate32(6, 8, 0x9000, 14, 0);
      rig.cpu.r[2] = 0;
      // mov ecx,20; 1: call 400000h; loop 1b; out 80h,al; call 400000h; hlt
      rig.put(0x8000, "b914000000 e8f67f3f00 e2f9 e680 e8ed7f3f00 f4");
      rig.put(0x9000, "b366 f4");
      rig.put(0x400000, "42 c3");
      rig.put(0x38000, code("relocate.S"));
      rig.bus.onPortWrite = port -> rig.cpu.latch(Cpu.LATCH_SMI);
      rig.run(1000);
      assertEquals(20, rig.cpu.r[2]);
      assertEquals(0x66, rig.cpu.r[3], "#UD of FFh FFh");
      assertEquals(0x400000, rig.get32(rig.cpu.r[4]));
    }
  }

  /** The handler asks for the I/O instruction again, as often as the port raises an SMI. */
  @Test
  void ioInstructionsAreRestarted() {
    try (Rig rig = new Rig(1, new NoVmx(), compiler())) {
      rig.flat32();
      // mov esi,20000h; mov ecx,3; mov edx,90h; rep outsb; mov al,77h; out 91h,al; hlt
      rig.put(0x8000, "be00000200 b903000000 ba90000000 f36e b077 e691 f4");
      rig.put(0x20000, "414243");
      // mov eax,3ff00h; mov byte ptr [eax],ffh; rsm
      rig.put(0x38000, "66b800ff0300 67c600ff 0faa");
      int[] writes = {0};
      rig.bus.onPortWrite =
          port -> {
            writes[0]++;
            if (writes[0] == 2 || writes[0] == 3 || writes[0] == 5) {
              rig.cpu.latch(Cpu.LATCH_SMI);
            }
          };
      rig.run(1000);
      assertEquals(
          "[out 90/1=41, out 90/1=42, out 90/1=42, out 90/1=42, out 90/1=43, out 90/1=43,"
              + " out 91/1=77]",
          rig.bus.log.toString());
      assertEquals(3, rig.cpu.smiCount);
      assertEquals(0, rig.cpu.r[1]);
      assertEquals(0x20003, rig.cpu.r[6]);
      assertFalse(rig.cpu.smm);
    }
  }

  /** RSM right behind STI: the shadow it brings back is not the one it stood in. */
  @Test
  void rsmInAShadowBringsBackAnother() {
    try (Rig rig = new Rig(1, new NoVmx(), compiler())) {
      rig.flat32();
      rig.gate32(2, 8, 0x9000, 14, 0);
      rig.put(0x8000, "fb 41 41 f4");
      rig.put(0x9000, "89ca f4");
      rig.put(0x38000, "fb 0faa");
      rig.cpu.r[1] = 0;
      rig.cpu.r[2] = 0;
      // both at the boundary behind STI
      rig.clock.timer("SMI", () -> rig.cpu.latch(Cpu.LATCH_SMI | Cpu.LATCH_NMI)).armAt(1);
      rig.run(100);
      assertEquals(1, rig.cpu.smiCount);
      assertEquals(1, rig.cpu.r[2], "the NMI waits for one instruction");
    }
  }

  /** HLT with a periodic SMI: the interrupt that ends it comes when it comes. */
  @Test
  void haltGoesOnAfterSmis() {
    try (Rig rig = new Rig(1, new NoVmx(), compiler())) {
      rig.flat32();
      rig.gate32(2, 8, 0x9000, 14, 0);
      rig.put(0x8000, "f4 b355 fa f4");
      rig.put(0x9000, "b444 cf");
      rig.put(0x38000, "0faa");
      for (int i = 1; i < 20; i++) {
        rig.clock.timer("SMI", () -> rig.cpu.latch(Cpu.LATCH_SMI)).armAt(1000L * i);
      }
      VirtualTime.Timer nmi = rig.clock.timer("NMI", () -> rig.cpu.latch(Cpu.LATCH_NMI));
      nmi.armAt(15_500);
      rig.run(1000);
      assertEquals(19, rig.cpu.smiCount);
      assertEquals(0x55, rig.cpu.r[3]);
      assertEquals(0x4400, rig.cpu.r[0]);
      assertEquals(0x8005, rig.cpu.rip);
    }
  }
}
