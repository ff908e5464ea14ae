package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** MSRs, CPUID, reset state, flags, arithmetic helpers, FPU state. */
class RegisterTests {
  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @AfterEach
  void close() {
    rig.close();
  }

  private Long read(int msr) {
    cpu.r[1] = msr;
    rig.call(Helper.RDMSR);
    return cpu.fault == 0 ? (Long) (cpu.r[0] | cpu.r[2] << 32) : null;
  }

  private boolean write(int msr, long value) {
    cpu.r[1] = msr;
    cpu.r[0] = value & 0xFFFFFFFFL;
    cpu.r[2] = value >>> 32;
    rig.call(Helper.WRMSR);
    return cpu.fault == 0;
  }

  private void cpuid(int leaf, int sub) {
    cpu.r[0] = leaf & 0xFFFFFFFFL;
    cpu.r[1] = sub;
    rig.call(Helper.CPUID);
  }

  @Test
  void powerOnState() {
    assertEquals(0x60000010L, cpu.cr0);
    assertEquals(0xFFFF0000L, cpu.cs.base);
    assertEquals(0xFFF0, cpu.rip);
    assertEquals(0x30679, cpu.r[2]);
    assertEquals(2, cpu.flags());
    assertEquals(0x400, cpu.dr[7]);
    assertEquals(0xFEE00900L, cpu.apic.apicBaseMsr());
    assertEquals(ModeKey.FPU | ModeKey.CODE_64K, cpu.mode);
  }

  @Test
  void vexNeedsOsxsaveItsStateInXcr0NoTsAndProtectedMode() {
    rig.flat32();
    cpu.cr4 |= Bits.CR4_OSXSAVE;
    cpu.xcr0 = 7;
    assertEquals(ModeKey.AVX, vexBit());
    cpu.cr0 |= Bits.CR0_EM;
    assertEquals(ModeKey.AVX, vexBit(), "CR0.EM does not matter");
    cpu.cr0 |= Bits.CR0_TS;
    assertEquals(0, vexBit());
    cpu.cr0 &= ~Bits.CR0_TS;
    cpu.xcr0 = 3;
    assertEquals(0, vexBit());
    cpu.xcr0 = 7;
    cpu.rflags |= Cpu.VM;
    assertEquals(0, vexBit());
    cpu.rflags &= ~(long) Cpu.VM;
    cpu.cr0 &= ~Bits.CR0_PE;
    assertEquals(0, vexBit());
    cpu.cr0 |= Bits.CR0_PE;
    cpu.cr4 &= ~Bits.CR4_OSXSAVE;
    assertEquals(0, vexBit());
  }

  @Test
  void vectorsThatAreNotAvailableFaultByTheReason() {
    rig.flat32();
    cpu.cr4 |= Bits.CR4_OSFXSR;
    assertEquals(Vector.UD, unavailable(2), "CR4.OSXSAVE = 0");
    cpu.cr4 |= Bits.CR4_OSXSAVE;
    cpu.xcr0 = 3;
    assertEquals(Vector.UD, unavailable(2), "XCR0 without AVX");
    cpu.xcr0 = 7;
    cpu.cr0 |= Bits.CR0_TS | Bits.CR0_EM;
    assertEquals(Vector.NM, unavailable(2), "CR0.TS");
    assertEquals(Vector.UD, unavailable(1), "CR0.EM, which only SSE minds");
    cpu.cr0 &= ~Bits.CR0_EM;
    assertEquals(Vector.NM, unavailable(1));
  }

  private int unavailable(int state) {
    rig.call(Helper.SIMD_UNAVAILABLE, state);
    return cpu.faultVector;
  }

  private int vexBit() {
    Modes.update(cpu);
    return cpu.mode & ModeKey.AVX;
  }

  @Test
  void unknownMsrFaultsAndIsCounted() {
    assertEquals(null, read(0x12345));
    assertEquals(13, cpu.faultVector);
    assertEquals(false, write(0x12345, 0));
    assertEquals("{74565=2}", rig.processor.msrs().unknownAccesses().toString());
  }

  @Test
  void fixedValuesOfThePart() {
    assertEquals(23, read(0xCE) >> 8 & 0xFF);
    assertEquals(0, read(0xCD));
    assertEquals(0xD08, read(0xFE));
    assertEquals(3L << 50, read(0x17));
    assertEquals(0x0007040600070406L, read(0x277));
    assertEquals(false, write(0xFE, 0));
  }

  @Test
  void variableRangesRefuseReservedBitsAndTypes() {
    assertEquals(true, write(0x200, 0xFF800005L));
    assertEquals(true, write(0x201, 0xFFF800800L));
    assertEquals(0xFF800005L, read(0x200));
    assertEquals(false, write(0x200, 2));
    assertEquals(false, write(0x201, 1L << 36));
    assertEquals(false, write(0x250, 0x0202020202020202L));
    assertEquals(false, write(0x277, 2));
    assertEquals(false, write(0x1B, 1L << 10));
    assertEquals(false, write(0x175, 1L << 47));
    assertEquals(false, write(0xC0000080, 1L << 12));
  }

  /** POWER_MISC bit 6 ends the boot firmware's rights until the next reset. */
  @Test
  void untrustedModeIsEnteredOnce() {
    rig.bus.smram = 0x30000;
    rig.bus.smramInBootMode = true;
    rig.put32(0x30100, 1);
    cpu.memory.store(cpu, 0x30100, 4, 2, MemoryUnit.SYSTEM);
    assertEquals(2, cpu.memory.load(cpu, 0x30100, 4, MemoryUnit.SYSTEM));
    write(0x120, 4);
    assertEquals(2, cpu.memory.load(cpu, 0x30100, 4, MemoryUnit.SYSTEM));
    write(0x120, 0x44);
    assertEquals(1, cpu.memory.load(cpu, 0x30100, 4, MemoryUnit.SYSTEM));
    write(0x120, 0);
    assertEquals(1, cpu.memory.load(cpu, 0x30100, 4, MemoryUnit.SYSTEM));
    cpu.msrs.reset(cpu);
    assertEquals(2, cpu.memory.load(cpu, 0x30100, 4, MemoryUnit.SYSTEM));
  }

  @Test
  void noEvictModeIsAnnounced() {
    write(0x2E0, 1);
    write(0x2E0, 3);
    write(0x2E0, 3);
    assertEquals("[1, 3]", rig.noEvict.toString());
    assertEquals(3, read(0x2E0));
  }

  @Test
  void microcodeUpdatePublishesItsRevisionThroughCpuid() {
    rig.put32(0x5000, 1);
    rig.put32(0x5004, 0x90D);
    rig.put32(0x500C, 0x30679);
    rig.put32(0x5018, 0xF);
    assertEquals(0, read(0x8B));
    write(0x79, 0x5030);
    write(0x8B, 0);
    assertEquals(0, read(0x8B));
    cpuid(1, 0);
    assertEquals(0x90DL << 32, read(0x8B));
    rig.put32(0x5004, 0x900);
    write(0x79, 0x5030);
    assertEquals(0x90D, rig.processor.msrs().microcodeRevision());
  }

  @Test
  void timeStampCounterCanBeSet() {
    cpu.charged = 1000;
    write(0x10, 5);
    cpu.charged += 20;
    assertEquals(25, read(0x10));
    rig.call(Helper.RDTSC);
    assertEquals(25, cpu.r[0]);
    assertNotEquals(0, read(0x3B));
  }

  @Test
  void cpuidOfTheE3845() {
    cpuid(0, 0);
    assertEquals(11, cpu.r[0]);
    assertEquals(0x756E6547L, cpu.r[3]);
    cpuid(1, 0);
    assertEquals(0x30679, cpu.r[0]);
    assertEquals(1 << 5, cpu.r[1] & 1 << 5);
    cpuid(0xB, 1);
    assertEquals(0x201, cpu.r[1]);
    assertEquals(1, cpu.r[3]);
    cpuid(0xB, 2);
    assertEquals(0, cpu.r[3]);
    cpuid(0x80000008, 0);
    assertEquals(0x3024, cpu.r[0]);
    cpuid(0x80000002, 0);
    assertEquals(0x65746E49L, cpu.r[0]);
  }

  @Test
  void rotatesThroughCarry() {
    cpu.setStatus(1);
    assertEquals(0x03, rig.call(Helper.RCL, 0x81, 1, 0));
    assertEquals(1, cpu.flags() & 1);
    assertEquals(0x800, cpu.flags() & 0x800);
    cpu.setStatus(1);
    assertEquals(0x80, rig.call(Helper.RCR, 0, 1, 0));
    assertEquals(0, cpu.flags() & 1);
    cpu.setStatus(0);
    assertEquals(0xFF, rig.call(Helper.RCL, 0xFF, 9, 0));
    assertEquals(0x8000000000000000L, rig.call(Helper.RCL, 0x4000000000000000L, 1, 3));
  }

  @Test
  void decimalAdjust() {
    cpu.setStatus(0);
    assertEquals(0x0012, rig.call(Helper.DAA, 0x000C));
    cpu.setStatus(0x10);
    assertEquals(0x0207, rig.call(Helper.AAA, 0x0101));
    assertEquals(0x0403, rig.call(Helper.AAM, 43, 10));
    assertEquals(43, rig.call(Helper.AAD, 0x0403, 10));
    rig.call(Helper.AAM, 43, 0);
    assertEquals(0, cpu.faultVector);
    assertEquals(Cpu.FAULT_EXCEPTION, cpu.fault);
  }

  @Test
  void compareExchange8() {
    rig.flat32();
    rig.put64(0x5000, 0x1111111122222222L);
    cpu.r[0] = 0x22222222;
    cpu.r[2] = 0x11111111;
    cpu.r[3] = 0x44444444;
    cpu.r[1] = 0x33333333;
    rig.call(Helper.CMPXCHG8B, 0x5000);
    assertEquals(0x3333333344444444L, rig.get64(0x5000));
    assertEquals(0x40, cpu.flags() & 0x40);
    rig.call(Helper.CMPXCHG8B, 0x5000);
    assertEquals(0x44444444, cpu.r[0]);
    assertEquals(0, cpu.flags() & 0x40);
  }

  @Test
  void fxsaveAndBack() {
    rig.flat32();
    rig.call(Helper.X87, 0x3E3, 0, 4);
    rig.call(Helper.X87, 0x1E8, 0, 4);
    cpu.xmm[3] = 0x1234;
    cpu.mxcsr = 0x1FA0;
    rig.call(Helper.FXSAVE, 0x5000, 4);
    assertEquals(0x37F, rig.get16(0x5000));
    assertEquals(7 << 11, rig.get16(0x5002));
    assertEquals(0x80, rig.get16(0x5004));
    assertEquals(0x3FFF, rig.get16(0x5028));
    cpu.xmm[3] = 0;
    rig.call(Helper.X87, 0x3E3, 0, 4);
    rig.call(Helper.FXRSTOR, 0x5000, 4);
    assertEquals(0x1234, cpu.xmm[3]);
    assertEquals(7, cpu.fpu.top);
    rig.call(Helper.FXSAVE, 0x5008, 4);
    assertEquals(13, cpu.faultVector);
    cpu.cr0 |= 8;
    rig.call(Helper.FXSAVE, 0x5000, 4);
    assertEquals(7, cpu.faultVector);
  }

  @Test
  void x87ExceptionsWaitForTheNextInstruction() {
    rig.call(Helper.X87, 0x3E3, 0, 4);
    cpu.fpu.control = 0x37E;
    cpu.cr0 |= 0x20;
    rig.call(Helper.X87, 0x1FA, 0, 4);
    assertEquals(0x80C1, cpu.fpu.statusWord(), "square root of an empty register");
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    rig.call(Helper.X87, 0x1E8, 0, 4);
    assertEquals(16, cpu.faultVector);
    cpu.fault = Cpu.FAULT_NONE;
    cpu.cr0 &= ~0x20;
    rig.call(Helper.X87, 0x1E8, 0, 4);
    assertEquals(Cpu.FAULT_NONE, cpu.fault, "CR0.NE clear: as with IGNNE# asserted");
  }

  @Test
  void enterAndPushAll() {
    rig.flat32();
    cpu.r[5] = 0x7100;
    rig.put32(0x70FC, 0xAAAA);
    rig.call(Helper.ENTER, 4, 0x10, 2);
    assertEquals(0x7000 - 12 - 0x10, cpu.r[4]);
    assertEquals(0x6FFC, cpu.r[5]);
    assertEquals(0x7100, rig.get32(0x6FFC));
    assertEquals(0xAAAA, rig.get32(0x6FF8));
    assertEquals(0x6FFC, rig.get32(0x6FF4));
    cpu.r[0] = 1;
    cpu.r[7] = 8;
    long top = cpu.r[4];
    rig.call(Helper.PUSHA, 2);
    assertEquals(top - 16, cpu.r[4]);
    cpu.r[0] = 0x55550000L;
    rig.call(Helper.POPA, 2);
    assertEquals(0x55550001L, cpu.r[0]);
    assertEquals(top, cpu.r[4]);
  }
}
