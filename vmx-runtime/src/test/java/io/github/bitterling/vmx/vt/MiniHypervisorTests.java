package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs hypervisor.S (test resources): a 64-bit host and a guest from real mode to 32-bit paging,
 * with real bytes.
 */
class MiniHypervisorTests {
  private static final String HOST =
      "b93a000000b80500000031d20f300f20e0480d002000000f22e00f20c025ffffff9f83c8200f22c0f30fc73425000006"
          + "007634660fc734250800060076290fc7342508000600761f48c7c600000500488b064883f8ff740c0f79460876094883"
          + "c610ebeb0f01c2ba004400000f78d0e68ffaf4";
  private static final String HANDLER =
      "5052ba024400000f78d0e68183f80a740c83f812741283f830741cfaf448c7442408feca0000eb1dba16400000b82100"
          + "00800f79d0eb0e48c704258033020037000700eb18ba0c4400000f78d0ba1e680000530f78d34801d80f79d05b5a580f"
          + "01c3e900ffffff";
  private static final String GUEST =
      "b001e6800fa23dfeca753cb002e680cd40fb900f01c1fab800708ec026c7060400341226813e04003412751bb005e680"
          + "2e660f011600020f20c00c010f22c066ea5a9000000800b0bde680f450b003e68058cf50b004e68058cfb8100000008e"
          + "d88ec08ed0b006e680b8000004000f22d80f20e083c8100f22e00f20c00d000000800f22c0a104000700663d34127512"
          + "b007e6800f20e0a9002000007504b008e680f4";
  private static final String GUEST_DATA =
      "170010920000000000000000000000000000000000000000ffff0000009bcf00ffff00000093cf000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000004c00000953000009";

  private static final long FIELDS = 0x50000;

  private final Wiring wiring = new Wiring();
  private final Vmx vmx = new Vmx(Capabilities.e3845(), wiring, wiring, wiring);
  private final Rig rig = new Rig(1, vmx);
  private long nextField = FIELDS;

  @BeforeEach
  void prepare() {
    wiring.rig = rig;
    rig.long64();
    rig.cpu.rip = 0x8000;
    rig.put(0x8000, HOST);
    rig.put(0x8100, HANDLER);
    rig.put(0x9000, GUEST);
    rig.put(0x9200, GUEST_DATA);
    rig.put32(0x40 * 4, rig.get32(0x9300));
    rig.put32(0x21 * 4, rig.get32(0x9304));
    rig.put64(0x40000, 0x83);
    rig.put64(0x60000, 0x61000);
    rig.put64(0x60008, 0x62000);
    rig.put32(0x61000, 2);
    rig.put32(0x62000, 2);
    extendedPageTables();
    controls();
    host();
    guest();
    rig.put64(nextField, -1);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  /** First 2 MiB in 4-KByte pages but for 70000h, which the hypervisor maps when it is touched. */
  private void extendedPageTables() {
    rig.put64(0x20000, 0x21007);
    rig.put64(0x21000, 0x22007);
    rig.put64(0x22000, 0x23007);
    for (int i = 0; i < 512; i++) {
      rig.put64(0x23000 + 8L * i, i == 0x70 ? 0 : (long) i << 12 | 0x37);
    }
  }

  private void field(Field f, long value) {
    rig.put64(nextField, f.encoding());
    rig.put64(nextField + 8, value);
    nextField += 16;
  }

  private void controls() {
    field(Field.PIN_CONTROLS, 0x16);
    field(Field.PRIMARY_CONTROLS, 0x8400_6172L | Bits.HLT_EXITING);
    field(Field.SECONDARY_CONTROLS, Bits.EPT | Bits.UNRESTRICTED_GUEST | Bits.ENABLE_VPID);
    field(Field.VPID, 1);
    field(Field.EPT_POINTER, 0x2001E);
    field(
        Field.EXIT_CONTROLS,
        0x3_6DFBL | Bits.EXIT_HOST64 | Bits.EXIT_SAVE_EFER | Bits.EXIT_LOAD_EFER);
    field(Field.ENTRY_CONTROLS, 0x11FBL | Bits.ENTRY_LOAD_EFER);
    field(Field.VMCS_LINK_POINTER, -1);
    field(Field.CR4_MASK, 0x2000);
  }

  private void host() {
    field(Field.HOST_CR0, 0x8000_0031L);
    field(Field.HOST_CR3, 0x10000);
    field(Field.HOST_CR4, 0x2020);
    field(Field.HOST_EFER, 0x500);
    field(Field.HOST_CS_SELECTOR, 8);
    field(Field.HOST_SS_SELECTOR, 0x10);
    field(Field.HOST_DS_SELECTOR, 0x10);
    field(Field.HOST_ES_SELECTOR, 0x10);
    field(Field.HOST_TR_SELECTOR, 0x28);
    field(Field.HOST_GDTR_BASE, 0x1000);
    field(Field.HOST_IDTR_BASE, 0x2000);
    field(Field.HOST_RSP, 0x7000);
    field(Field.HOST_RIP, 0x8100);
  }

  private void guest() {
    field(Field.GUEST_CR0, 0x30);
    field(Field.GUEST_CR4, 0x2000);
    field(Field.GUEST_RFLAGS, 2);
    field(Field.GUEST_RSP, 0x7800);
    field(Field.GUEST_IDTR_LIMIT, 0x3FF);
    for (int i = 0; i < 6; i++) {
      boolean cs = i == 1;
      field(Field.GUEST_ES_SELECTOR.plus(i), cs ? 0x900 : 0);
      field(Field.GUEST_ES_BASE.plus(i), cs ? 0x9000 : 0);
      field(Field.GUEST_ES_LIMIT.plus(i), 0xFFFF);
      field(Field.GUEST_ES_ACCESS_RIGHTS.plus(i), cs ? 0x9B : 0x93);
    }
    field(Field.GUEST_LDTR_ACCESS_RIGHTS, 0x10000);
    field(Field.GUEST_TR_ACCESS_RIGHTS, 0x8B);
    field(Field.GUEST_TR_LIMIT, 0xFFFF);
  }

  @Test
  void guestRunsFromRealModeToPagingUnderTheHypervisor() {
    rig.run(3000);
    assertNull(vmx.lastFailure(), () -> vmx.lastFailure().text());
    assertEquals(
        "[out 80/1=1, out 81/1=a, out 80/1=2, out 80/1=3, out 81/1=12, out 80/1=4, out 81/1=30, out 80/1=5,"
            + " out 80/1=6, out 80/1=7, out 80/1=8, out 81/1=c]",
        rig.bus.log.toString());
    assertEquals(
        Map.of("CPUID", 1L, "VMCALL", 1L, "EPT violation", 1L, "HLT", 1L),
        vmx.statistics().byReason());
    assertEquals(0x1234, rig.get16(0x70004));
    assertEquals(Cpu.Activity.HALTED, rig.cpu.activity);
  }

  /** The preemption timer interrupts a guest that never exits by itself. */
  @Test
  void preemptionTimerEndsAnEndlessLoop() {
    vmx.useClock(rig.cpu, rig.clock);
    field(Field.PIN_CONTROLS, 0x16 | Bits.PREEMPTION_TIMER);
    field(Field.PREEMPTION_TIMER_VALUE, 1000);
    rig.put64(nextField, -1);
    rig.put(0x9000, "ebfe");
    rig.run(3000);
    assertEquals("[out 81/1=34]", rig.bus.log.toString());
    assertEquals(0, vmx.statistics().last().getFirst().rip());
  }

  /** One exit per guest instruction with the monitor trap flag. */
  @Test
  void monitorTrapFlagStopsAfterOneInstruction() {
    field(Field.PRIMARY_CONTROLS, 0x8400_6172L | Bits.MONITOR_TRAP_FLAG);
    rig.put64(nextField, -1);
    rig.run(3000);
    assertEquals("[out 81/1=25]", rig.bus.log.toString());
    assertEquals(2, vmx.statistics().last().getFirst().rip());
  }

  /** The guest's triple fault is an exit, not a reset. */
  @Test
  void tripleFaultExits() {
    field(Field.GUEST_IDTR_LIMIT, 0);
    rig.put64(nextField, -1);
    rig.put(0x9000, "cd40");
    rig.run(3000);
    assertEquals("[out 81/1=2]", rig.bus.log.toString());
  }

  /** The bytes above are what hypervisor.S assembles to; skipped where there is no assembler. */
  @Test
  void bytesAreThoseOfTheSource(@TempDir Path dir) throws IOException, InterruptedException {
    Path source = dir.resolve("hypervisor.S");
    try (InputStream in = getClass().getResourceAsStream("hypervisor.S")) {
      Files.copy(in, source);
    }
    assumeTrue(run(dir, "as", "--64", "-o", "h.o", "hypervisor.S"), "needs GNU as");
    assumeTrue(
        run(dir, "ld", "-Ttext=0x8000", "--oformat=binary", "-e", "start", "-o", "h.bin", "h.o"),
        "needs GNU ld");
    String all = HexFormat.of().formatHex(Files.readAllBytes(dir.resolve("h.bin")));
    part(all, 0, HOST);
    part(all, 0x100, HANDLER);
    part(all, 0x1000, GUEST);
    part(all, 0x1200, GUEST_DATA);
  }

  private static void part(String all, int at, String expected) {
    assertEquals(
        expected,
        all.substring(2 * at, 2 * at + expected.length()),
        "regenerate the bytes at " + at);
  }

  private static boolean run(Path dir, String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).directory(dir.toFile()).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
