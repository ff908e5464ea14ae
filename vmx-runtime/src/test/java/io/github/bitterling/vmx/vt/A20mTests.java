package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.Rig;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A20M# in VMX operation: VMXON blocks it, so the gate changes no address until VMXOFF, which lets
 * it count again (SDM volume 3, 24.8; volume 2, VMXON, VMXOFF). The programs close and open the
 * gate by port 92h and look at 1 MByte, where a 1 lies; at 0 lies a 2.
 */
class A20mTests {
  private static final String VMCALL = "0f01c1";
  private static final String VMXOFF = "0f01c4";
  private static final long MEGABYTE = 0x10_0000;

  /** mov al, 0 or 2; out 92h, al. */
  private static final String CLOSE = "b000 e692";

  private static final String OPEN = "b002 e692";

  /** mov ecx, [100000h]; mov ebx, [100000h]. */
  private static final String TO_ECX = "8b0c2500001000";

  private static final String TO_EBX = "8b1c2500001000";

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  private static void gate(Rig rig) {
    rig.put32(0, 2);
    rig.put32(MEGABYTE, 1);
    rig.bus.onPortWrite = port -> written(rig, port);
  }

  /** As the board does it. */
  private static void written(Rig rig, int port) {
    if (port == 0x92) {
      rig.bus.a20Masked = rig.bus.log.getLast().equals("out 92/1=0");
      rig.processors.forEach(p -> p.mmu().flushEverything());
    }
  }

  private RootLab root() {
    RootLab lab = new RootLab(engine(), CpuModel.e3845(1));
    gate(lab.rig);
    return lab;
  }

  /** ECX and EBX after the program. */
  private void expect(long ecx, long ebx, String code) {
    try (RootLab lab = root()) {
      RootLab.End end = lab.run(code);
      assertEquals("succeed", end.outcome());
      assertEquals(List.of(ecx, ebx), List.of(end.rcx(), lab.cpu.r[3]));
    }
  }

  @Test
  void countsOutsideVmxOperation() {
    expect(1, 2, RootLab.STARTED + VMXOFF + TO_ECX + CLOSE + TO_EBX);
  }

  @Test
  void hasNoEffectInRootOperation() {
    expect(1, 1, RootLab.STARTED + TO_ECX + CLOSE + TO_EBX);
  }

  @Test
  void countsFromVmxoffOn() {
    expect(1, 2, RootLab.STARTED + CLOSE + TO_ECX + VMXOFF + TO_EBX);
  }

  @Test
  void openedAgainBeforeVmxoff() {
    expect(1, 1, RootLab.STARTED + CLOSE + TO_ECX + OPEN + VMXOFF + TO_EBX);
  }

  /** A loop that is compiled by then, in VMX operation and after it. */
  @Test
  void compiledCodeHeedsItFromVmxoffOn() {
    try (RootLab lab = root()) {
      lab.rig.put(0x9200, "b940000000 8b142500001000 e2f7 c3"); // loop: mov edx, [100000h]
      String call = "b800920000 ffd0"; // mov eax, 9200h; call rax
      String program = RootLab.STARTED + CLOSE + call + "89d3" + VMXOFF + call + "89d1";
      RootLab.End end = lab.run(program); // mov ebx, edx; mov ecx, edx
      assertEquals("succeed", end.outcome());
      assertEquals(List.of(1L, 2L), List.of(lab.cpu.r[3], end.rcx()));
    }
  }

  /** mov dword [100000h], 7. */
  @Test
  void writesReachTheirAddress() {
    try (RootLab lab = root()) {
      lab.run(RootLab.STARTED + CLOSE + "c704250000100007000000" + VMXOFF);
      assertEquals(List.of(7L, 2L), List.of(lab.rig.get32(MEGABYTE), lab.rig.get32(0)));
    }
  }

  @Test
  void vmxonFaultsWhileTheGateIsClosed() {
    try (RootLab lab = root()) {
      assertEquals(
          "#13(0)", lab.run(RootLab.STARTED + CLOSE + VMXOFF + RootLab.VMXON_60000).outcome());
      assertEquals(
          "succeed",
          lab.run(RootLab.STARTED + CLOSE + VMXOFF + OPEN + RootLab.VMXON_60000).outcome());
    }
  }

  private Lab guest(String code) {
    Lab lab = new Lab(engine());
    gate(lab.rig);
    lab.code(code);
    return lab;
  }

  /** mov eax, [100000h]. */
  @Test
  void guestsGateHasNoEffect() {
    try (Lab lab = guest(CLOSE + "a10000100000000000" + VMCALL)) {
      assertEquals(1, lab.exit().rax());
    }
  }

  /** mov eax, 100000h; jmp rax: a VMCALL there. */
  @Test
  void guestRunsWhereItJumps() {
    try (Lab lab = guest(CLOSE + "b800001000 ffe0")) {
      lab.rig.put(MEGABYTE, VMCALL);
      lab.rig.put(0, "0f08");
      Lab.Exit e = lab.exit();
      assertEquals(ExitReason.VMCALL + "@" + MEGABYTE, e.reason() + "@" + e.rip());
    }
  }

  /** The host finds it as the guest left it: with no effect, through several entries. */
  @Test
  void exitsAndEntriesDoNotUnblockIt() {
    String read = "a10000100000000000" + VMCALL;
    try (Lab lab = guest(CLOSE + read)) {
      lab.stage().set(Field.GUEST_RIP, Lab.CODE + 4);
      lab.stage().set(Field.GUEST_RIP, Lab.CODE + 4);
      assertEquals(List.of(1L, 1L, 1L), lab.run().stream().map(Lab.Exit::rax).toList());
    }
  }

  /** The guest's OUT 85h raises an SMI: VMX operation is left for SMM and re-entered by RSM. */
  @Test
  void staysBlockedAfterAnSmi() {
    try (Lab lab = guest(CLOSE + "e685 a10000100000000000" + VMCALL).alone()) {
      lab.rig.put(0x38000, Assembler.assemble(Rig.class, "/io/github/bitterling/vmx/smm/trash.S"));
      lab.rig.put64(0x3A000, 0x3B007);
      lab.rig.put64(0x3B000, 0x3C007);
      lab.rig.put64(0x3C000, 0x87);
      lab.rig.bus.onPortWrite =
          port -> {
            written(lab.rig, port);
            if (port == 0x85) {
              lab.rig.cpu.latch(Cpu.LATCH_SMI);
            }
          };
      assertEquals(1, lab.exit().rax());
      assertEquals(1, lab.rig.cpu.smiCount);
    }
  }
}
