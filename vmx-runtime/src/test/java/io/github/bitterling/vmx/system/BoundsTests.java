package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds registers (SDM volume 1, chapter 17): programs at CPL 0 with IA32_BNDCFGS, and at 3. */
public class BoundsTests {
  private static final int BNDCFGS = 0xD90;
  private static final long CODE = 0x8000;
  private static final long DATA = 0x20000;

  /** Bound directory, and a bound table. */
  private static final long DIRECTORY = 0x30000;

  private static final long TABLE = 0x40000;
  private static final int HANDLER = 0x9000;

  private final Rig rig = new Rig(CpuModel.of("x86-64-full", 1), new NoVmx(), this::compiler);
  private final Cpu cpu = rig.cpu;

  /** The engine; tier 0 here. */
  protected RegionCompiler compiler(BlockCache cache) {
    return RegionCompiler.NONE;
  }

  @BeforeEach
  void enable() {
    rig.long64();
    rig.call(Helper.MOV_TO_CR, 4, 0x40620, 0);
    cpu.r[1] = 0;
    cpu.r[0] = 0x1F;
    cpu.r[2] = 0;
    rig.call(Helper.XSETBV);
    configure(DIRECTORY | 1);
    rig.put(HANDLER, "f4");
    for (int vector = 5; vector < 8; vector++) {
      rig.gate64(vector, 8, HANDLER, 0, 0);
    }
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void configure(long value) {
    assertTrue(cpu.msrs.write(cpu, BNDCFGS, value));
  }

  /** Runs a program twenty times, so that other engines compile it; ends in HLT. */
  private void run(String hex) {
    put(hex);
    for (int i = 0; i < 20; i++) {
      go();
    }
  }

  private void once(String hex) {
    put(hex);
    go();
  }

  private void put(String hex) {
    rig.put(CODE, hex + "f4");
    rig.forgetCode((int) CODE, 64);
  }

  private void go() {
    cpu.rip = CODE;
    cpu.r[4] = 0x7000;
    cpu.activity = Cpu.Activity.ACTIVE;
    rig.run(20);
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
  }

  private void ended(String hex) {
    assertEquals(CODE + hex.replace(" ", "").length() / 2 + 1, cpu.rip, "HLT behind the program");
  }

  private void trapped() {
    assertEquals(HANDLER + 1, cpu.rip, "HLT in the handler");
  }

  private void bounds(int register, long lower, long upper) {
    assertEquals(Long.toHexString(lower), Long.toHexString(cpu.bnd[2 * register]));
    assertEquals(Long.toHexString(upper), Long.toHexString(~cpu.bnd[2 * register + 1]));
  }

  // BNDMK

  /** bndmk bnd1, [rax+rbx*2+7]. */
  @Test
  void lowerIsTheBaseAndUpperTheAddress() {
    cpu.r[0] = 0x1000;
    cpu.r[3] = 0x40;
    run("f30f1b4c5807");
    bounds(1, 0x1000, 0x1087);
  }

  /** bndmk bnd0, [12345h]. */
  @Test
  void withoutBaseTheLowerBoundIsZero() {
    run("f30f1b042545230100");
    bounds(0, 0, 0x12345);
  }

  /** 67 bndmk bnd0, [rax-1]: the prefix does not count. */
  @Test
  void addressesHaveAllBitsIn64BitMode() {
    cpu.r[0] = 0x1_0000_0000L;
    run("67f30f1b40ff");
    bounds(0, 0x1_0000_0000L, 0xFFFF_FFFFL);
  }

  // Checks

  /** bndmk bnd0, [rax+0Fh]; then a check with RCX. */
  @ParameterizedTest
  @CsvSource({
    "f30f1ac1, 1000, false", // bndcl bnd0, rcx
    "f30f1ac1, fff, true",
    "f20f1ac1, 100f, false", // bndcu bnd0, rcx
    "f20f1ac1, 1010, true",
    "f30f1a01, 1000, false", // bndcl bnd0, [rcx]
    "f20f1a01, 1010, true", // bndcu bnd0, [rcx]
    "f20f1a4101, 100e, false", // bndcu bnd0, [rcx+1]
    "f20f1bc1, fffffffffffffff0, false", // bndcn bnd0, rcx: against the complement itself
    "f20f1bc1, fffffffffffffff1, true"
  })
  void addressesAreHeldAgainstTheBounds(String check, String address, boolean exceeds) {
    boolean complement = check.startsWith("f20f1b");
    cpu.r[0] = complement ? 0 : 0x1000;
    cpu.r[1] = Long.parseUnsignedLong(address, 16);
    String program = "f30f1b400f" + check;
    run(program);
    if (exceeds) {
      trapped();
      assertEquals(1, cpu.bndstatus);
    } else {
      ended(program);
      assertEquals(0, cpu.bndstatus);
    }
  }

  @Test
  void initialBoundsAllowEverything() {
    cpu.r[1] = -1;
    String program = "f20f1ac1 31c9 f30f1ac1"; // bndcu bnd0, rcx; xor ecx, ecx; bndcl bnd0, rcx
    once(program);
    ended(program);
  }

  // BNDMOV

  /** bndmk bnd0; bndmov [70h bytes], bnd0; bndmov bnd2, [..]; bndmov bnd3, bnd2. */
  @Test
  void boundsGoToMemoryAndBack() {
    cpu.r[0] = 0x1000;
    cpu.r[1] = DATA;
    run("f30f1b4003 660f1b01 660f1a11 660f1ada");
    assertEquals(0x1000, rig.get64(DATA));
    assertEquals(~0x1003L, rig.get64(DATA + 8));
    bounds(3, 0x1000, 0x1003);
  }

  /** The second half lies in a page that is not there: nothing is written. */
  @Test
  void storeAcrossAMissingPageWritesNothing() {
    rig.gate64(14, 8, HANDLER, 0, 0);
    rig.put64(0x12000 + 8 * 1, 0); // 2 MiB and up
    cpu.memory.flushAll();
    cpu.r[0] = 0x1000;
    cpu.r[1] = 0x200000 - 8;
    rig.put64(0x200000 - 8, 99);
    run("f30f1b4003 660f1b01");
    trapped();
    assertEquals(0x200000, cpu.cr2);
    assertEquals(99, rig.get64(0x200000 - 8));
  }

  // Bound tables

  /** bndmk bnd0, [rax+3]; bndstx [rcx+8+rbx], bnd0; bndldx bnd1, [rcx+8+rbx]. */
  private static final String TABLES = "f30f1b4003 0f1b441908 0f1a4c1908";

  /** Entry of the directory for the pointer at DATA + 8: the first MiB's. */
  private void table(boolean valid) {
    rig.put64(DIRECTORY, TABLE | (valid ? 1 : 0));
    cpu.r[0] = 0x1000;
    cpu.r[1] = DATA;
    cpu.r[3] = 0x5555;
  }

  @Test
  void boundsAreFoundByPlaceAndValueOfThePointer() {
    table(true);
    run(TABLES);
    long entry = TABLE + (DATA + 8 >> 3 << 5);
    assertEquals(0x1000, rig.get64(entry));
    assertEquals(~0x1003L, rig.get64(entry + 8));
    assertEquals(0x5555, rig.get64(entry + 16));
    bounds(1, 0x1000, 0x1003);
  }

  /** bndldx bnd1, [rcx+8+rbx] after the pointer changed. */
  @Test
  void anotherPointersEntryAllowsEverything() {
    table(true);
    once(TABLES);
    cpu.r[3] = 0x5556;
    once("0f1a4c1908");
    bounds(1, 0, -1);
  }

  @Test
  void missingTableIsReportedWithItsEntry() {
    table(false);
    run(TABLES);
    trapped();
    assertEquals(DIRECTORY | 2, cpu.bndstatus);
  }

  // Branches

  /**
   * bndmk bnd0, [rax+3], then a branch to what follows; bounds stay with the BND prefix, in short
   * jumps, LOOP and JRCXZ.
   */
  @ParameterizedTest
  @CsvSource({
    "e900000000, true", // jmp
    "f2e900000000, false",
    "eb00, false", // jmp short
    "7400, true", // je, not taken
    "7500, true", // jne, taken
    "f27500, false",
    "0f8400000000, true",
    "f20f8500000000, false",
    "e800000000, true", // call
    "f2e800000000, false",
    "e300, false", // jrcxz
    "e200, false", // loop
    "488d1d02000000ffe3, true", // lea rbx, [rip+2]; jmp rbx
    "488d1d03000000f2ffe3, false",
    "488d1d02000000ffd3, true", // call rbx
    "488d1d0200000053c3, true", // push rbx; ret
    "488d1d0300000053f2c3, false"
  })
  void nearBranchesForgetBounds(String branch, boolean forgets) {
    cpu.r[0] = 0x1000;
    String program = "83f800" + "f30f1b4003" + branch; // cmp eax, 0: not equal
    run(program);
    ended(program);
    bounds(0, forgets ? 0 : 0x1000, forgets ? -1 : 0x1003);
  }

  @Test
  void bndpreserveKeepsThem() {
    configure(DIRECTORY | 3);
    cpu.r[0] = 0x1000;
    run("f30f1b4003 e900000000");
    bounds(0, 0x1000, 0x1003);
  }

  // Undefined, and nothing at all

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f30f1b6000", // bndmk bnd4, [rax]
        "f3440f1b00", // bndmk bnd8, [rax]
        "660f1acc", // bndmov bnd1, bnd4
        "f30f1b0500000000", // bndmk bnd0, [rip+0]
        "0f1a0500000000", // bndldx bnd0, [rip+0]
        "f0f30f1b00" // lock bndmk
      })
  void undefined(String code) {
    cpu.r[0] = DATA;
    run(code);
    trapped();
    assertEquals(0, cpu.bndstatus);
  }

  /** While disabled, and what never means a bounds register. */
  @Test
  void nothingHappensWhileDisabled() {
    configure(DIRECTORY);
    cpu.r[0] = 1L << 60;
    String program = "f30f1b6000 f30f1b0500000000 660f1a00 0f1a0400 f30f1ac0 f20f1bc0";
    run(program);
    ended(program);
    bounds(0, 0, -1);
    configure(DIRECTORY | 1);
    program = "f30f1bc0 0f1ac0 0f1bc0"; // register forms of BNDMK, BNDLDX, BNDSTX
    run(program);
    ended(program);
  }

  @Test
  void bndcfgsTakesACanonicalPage() {
    assertFalse(cpu.msrs.write(cpu, BNDCFGS, 4));
    assertFalse(cpu.msrs.write(cpu, BNDCFGS, 0x800));
    assertFalse(cpu.msrs.write(cpu, BNDCFGS, 1L << 47));
    assertTrue(cpu.msrs.write(cpu, BNDCFGS, 0xFFFF_8000_0000_1003L));
    assertEquals(0xFFFF_8000_0000_1003L, cpu.msrs.read(cpu, BNDCFGS));
  }

  /** Volume 1, 17.5.6: offset 7ED0h; RSM makes what it finds there a legal value. */
  @Test
  void smramKeepsBndcfgs() {
    cpu.latch(Cpu.LATCH_SMI);
    cpu.events.service(cpu);
    assertEquals(0, cpu.bndcfgs);
    assertEquals(DIRECTORY | 1, rig.get64(0x3FED0));
    rig.put64(0x3FED0, 1L << 47 | 0xFFF);
    rig.call(Helper.RSM);
    assertEquals(-1L << 47 | 3, cpu.bndcfgs);
  }

  // 32-bit code

  /** Compatibility mode: mov eax, 1000h; bndmk bnd0, [eax+3]; bndcu bnd0, ecx. */
  @ParameterizedTest
  @CsvSource({"1003, false", "1004, true"})
  void boundsHave32BitsOutside64BitMode(String address, boolean exceeds) {
    cpu.bnd[0] = -1;
    cpu.cs.attributes = cpu.cs.attributes & ~(1 << 13) | 1 << 14;
    Modes.update(cpu);
    cpu.r[1] = Long.parseLong(address, 16);
    String program = "b800100000 f30f1b4003 f20f1ac1";
    once(program);
    if (exceeds) {
      trapped();
    } else {
      ended(program);
    }
    assertEquals(0x1000, cpu.bnd[0]);
    assertEquals(0xFFFF_EFFCL, cpu.bnd[1]);
  }

  /** 67 bndmk bnd0, [bx+si]: addresses of 16 bits are not for bounds. */
  @Test
  void sixteenBitAddressesAreUndefined() {
    cpu.cs.attributes = cpu.cs.attributes & ~(1 << 13) | 1 << 14;
    Modes.update(cpu);
    once("67f30f1b00");
    trapped();
  }

  // XSAVE and privilege

  private void components(long mask) {
    cpu.r[0] = mask;
    cpu.r[2] = 0;
  }

  /**
   * mov eax, 18h; xor edx, edx; xsave64 [rsi]; bndmk bnd0, [rbx]; xrstor64 [rsi]; dec ecx; bnd jnz,
   * in a loop of forty.
   */
  @Test
  void registersAndConfigurationComeBack() {
    for (int i = 0; i < 8; i++) {
      rig.put64(DATA + 960 + 8L * i, i + 1);
    }
    rig.put64(DATA + 512, 0x18);
    rig.put64(DATA + 1024, 0x7FFF_8000_0000_1FFFL);
    rig.put64(DATA + 1032, 77);
    components(0x18);
    rig.call(Helper.XRSTOR, DATA, 8);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    assertEquals(0xFFFF_8000_0000_1003L, cpu.bndcfgu, "canonical, reserved bits 0");
    assertEquals(77, cpu.bndstatus);
    assertEquals(8, cpu.bnd[7]);
    cpu.r[6] = DATA + 0x1000;
    cpu.r[3] = 0x1234;
    run("b928000000 b818000000 31d2 480fae26 f30f1b03 480fae2e ffc9 f275e8");
    assertEquals(1, cpu.bnd[0], "the BND prefix keeps what XRSTOR loaded");
    components(0x18);
    rig.call(Helper.XSAVEC, DATA + 0x2000, 8);
    assertEquals(1L << 63 | 0x18, rig.get64(DATA + 0x2000 + 520));
    assertEquals(0x18, rig.get64(DATA + 0x2000 + 512));
    assertEquals(cpu.bnd[7], rig.get64(DATA + 0x2000 + 576 + 56));
    assertEquals(cpu.bndcfgu, rig.get64(DATA + 0x2000 + 640));
    rig.put64(DATA + 0x2000 + 512, 0);
    rig.call(Helper.XRSTOR, DATA + 0x2000, 8);
    bounds(3, 0, -1);
    assertEquals(0, cpu.bndcfgu | cpu.bndstatus);
  }

  /** XRSTOR of BNDCFGU at CPL 3 counts from the next instruction. */
  @Test
  void usersHaveTheirOwnConfiguration() {
    rig.user();
    cpu.r[0] = 0x1000;
    cpu.r[6] = DATA;
    rig.put64(DATA + 512, 0x10);
    rig.put64(DATA + 1024, 1);
    // bndmk bnd0, [rax]: nothing; mov eax, 10h; xor edx, edx; xrstor64 [rsi]; bndmk bnd1, [rsi];
    // jmp $
    rig.put(CODE, "f30f1b00 b810000000 31d2 480fae2e f30f1b0e ebfe");
    cpu.rip = CODE;
    rig.run(2);
    bounds(0, 0, -1);
    bounds(1, DATA, DATA);
  }
}
