package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.Assembler;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hypervisors and guests on several cores at once. */
class MulticoreTests {
  private static final String VMCALL = "0f01c1";

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  /** mov ecx, 10000h; loop: by then the other core's guest runs. */
  static final String DELAY = "b900000100 e2fe";

  private List<Lab> cores(int count) {
    return Lab.cores(engine(), CpuModel.e3845(count));
  }

  private static Lab.Exit exit(Lab lab) {
    return lab.select().exits().getFirst();
  }

  /** The guest reaches the APIC at its usual address. */
  static Lab withApic(Lab lab) {
    return lab.select().withApic();
  }

  /** mov dword [FEE00310h], destination; mov dword [FEE00300h], command, with a base in RBX. */
  private static String send(int apicId, int command) {
    return "bb0000e0fe c78310030000%08x c78300030000%02x%02x0000"
        .formatted(apicId, command & 0xFF, command >> 8 & 0xFF);
  }

  /** mov dword [FEE00300h], command, to all other cores. */
  static String sendOthers(int command) {
    return "bb0000e0fe c78300030000%02x%02x0c00".formatted(command & 0xFF, command >> 8);
  }

  /** A core that does not run yet. */
  private static Cpu park(Lab lab) {
    Cpu cpu = lab.select().rig.cpu;
    cpu.activity = Cpu.Activity.WAIT_FOR_SIPI;
    cpu.attention = false;
    return cpu;
  }

  /** The same program under four sets of controls. */
  @Test
  void controlsBelongToTheCore() {
    List<Lab> labs = cores(4);
    try (Lab first = labs.getFirst()) {
      for (Lab lab : labs) {
        lab.select().code("0f31 31c0 f390 0f20d8 0fa2");
      }
      labs.get(0).or(Field.PRIMARY_CONTROLS, Bits.RDTSC_EXITING);
      labs.get(1).or(Field.PRIMARY_CONTROLS, Bits.PAUSE_EXITING);
      labs.get(2).or(Field.PRIMARY_CONTROLS, Bits.CR3_STORE_EXITING);
      Lab.runAll(labs);
      assertEquals(
          List.of(ExitReason.RDTSC, ExitReason.PAUSE, ExitReason.CR_ACCESS, ExitReason.CPUID),
          labs.stream().map(lab -> exit(lab).reason()).toList());
      for (Lab lab : labs) {
        assertEquals(lab.physical(Lab.VMCS), lab.vmx.currentVmcs());
      }
    }
  }

  /** Cores without VMX run on: VMXON is one core's affair, and IA32_FEATURE_CONTROL too. */
  @Test
  void operationBelongsToTheCore() {
    List<Lab> labs = cores(2);
    try (Lab first = labs.getFirst()) {
      Cpu other = park(labs.get(1));
      first.select().code("0fa2");
      first.runHost();
      assertTrue(first.rig.processors.get(0).cpu().vmxOperation);
      assertFalse(other.vmxOperation);
      assertEquals(5, first.vmx.readMsr(other, 0x3A));
      assertEquals(0, labs.get(1).vmx.readMsr(other, 0x3A));
    }
  }

  /** The first core's guest sends INIT to the second, whose guest loops. */
  @Test
  void initToAGuestExits() {
    List<Lab> labs = cores(2);
    try (Lab first = labs.getFirst()) {
      withApic(first).code(DELAY + sendOthers(0x4500) + VMCALL);
      labs.get(1).select().code("ebfe");
      Lab.runAll(labs);
      Lab.Exit e = exit(labs.get(1));
      assertEquals(ExitReason.INIT, e.reason());
      assertEquals(Lab.CODE, e.rip());
      assertEquals(0, e.get(Field.GUEST_ACTIVITY_STATE));
    }
  }

  /** A SIPI for a guest that does not wait for one is lost. */
  @Test
  void sipiToARunningGuestIsLost() {
    List<Lab> labs = cores(2);
    try (Lab first = labs.getFirst()) {
      withApic(first).code(DELAY + sendOthers(0x469A) + VMCALL);
      labs.get(1).select().code("b900000200 e2fe 0fa2");
      Lab.runAll(labs);
      assertEquals(ExitReason.CPUID, exit(labs.get(1)).reason());
    }
  }

  /**
   * A guest starts a guest core: the second core's VM waits for SIPI, exits with the vector, and
   * its hypervisor starts it in real mode at that page.
   */
  @Test
  void guestStartsACoreThroughWaitForSipi() {
    List<Lab> labs = cores(2);
    try (Lab first = labs.getFirst()) {
      withApic(first).code(DELAY + sendOthers(0x4609) + VMCALL);
      Lab second = labs.get(1).select();
      second.set(Field.GUEST_ACTIVITY_STATE, 3).stage().guestReal();
      second.segment(1, 0x900, 0x9000, 0xFFFF, 0x9B);
      second.set(Field.GUEST_RIP, 0).set(Field.GUEST_ACTIVITY_STATE, 0);
      second.set(Field.GUEST_INTERRUPTIBILITY, 0).apart(BochsDifference.WAIT_BLOCKING);
      // mov eax, cs; vmcall; xor ax, ax; vmcall: every round starts with the same RAX
      second.code("8cc8 0f01c1 31c0 0f01c1").stage().set(Field.GUEST_RIP, 5);
      Lab.runAll(labs);
      List<Lab.Exit> exits = second.select().exits();
      assertEquals(ExitReason.SIPI, exits.get(0).reason());
      assertEquals(9, exits.get(0).qualification());
      assertEquals(3, exits.get(0).get(Field.GUEST_ACTIVITY_STATE));
      assertEquals(ExitReason.VMCALL, exits.get(1).reason());
      assertEquals(0x900, exits.get(1).rax() & 0xFFFF, "CS");
    }
  }

  /** An NMI of another core exits where NMI exiting is set, and is delivered where it is not. */
  @Test
  void nmiBetweenCores() {
    for (boolean exits : new boolean[] {true, false}) {
      List<Lab> labs = cores(2);
      try (Lab first = labs.getFirst()) {
        withApic(first).code(DELAY + sendOthers(0x4400) + VMCALL);
        Lab second = labs.get(1).select().code("ebfe");
        if (exits) {
          second.or(Field.PIN_CONTROLS, Bits.NMI_EXITING);
        }
        Lab.runAll(labs);
        assertEquals(
            exits ? ExitReason.EXCEPTION_OR_NMI : ExitReason.VMCALL, exit(second).reason());
        assertEquals(exits ? -1 : 2, exit(second).vector());
      }
    }
  }

  private static String initHeld(String part) {
    return Assembler.assemble(MulticoreTests.class, "initheld.S", "--defsym", part + "=1");
  }

  /**
   * INIT to a core in root operation waits until VMXOFF, and a SIPI before that is dropped: the
   * first core's guest sends both, lets the second core's host go on to VMXOFF, and sends another
   * SIPI. RAX: start-ups, and whether the host went on.
   */
  @Test
  void initWaitsForTheEndOfRootOperation() {
    List<Lab> labs = cores(2);
    try (Lab first = labs.getFirst()) {
      Lab second = labs.get(1).select().once().code("0fa2").after(initHeld("HOST"));
      withApic(first.once()).code(initHeld("GUEST"));
      first.rig.put(0xB000, initHeld("STARTED"));
      first.apart(BochsDifference.INIT_LOST);
      Lab.runAll(labs);
      assertEquals(0x101, exit(first).rax());
      assertFalse(second.select().rig.cpu.vmxOperation);
      assertEquals(0, second.rig.cpu.latched & Cpu.LATCH_INIT);
    }
  }

  /**
   * A VM moves: VMCLEAR on the first core, VMPTRLD and VMLAUNCH on the second, which has waited for
   * that and goes on where the guest was. The second core sets its own host state; the EPT pointer
   * stays the VM's. Before: pause; cmp byte [6F000h], 0; je back. After: vmclear [60008h]; mov byte
   * [26F000h], 1.
   */
  @Test
  void vmcsMoves() {
    List<Lab> labs = cores(2);
    try (Lab first = labs.getFirst()) {
      first.select().once().code("0fa2 b842000000 0f01c1");
      first.after("660fc7342508000600 c6042500f0260001");
      Lab second = labs.get(1).select().once().before("f390 803c2500f0060000 74f4");
      second.rig.put64(0x60008, Lab.VMCS);
      second.only(Field.HOST_CR3, second.physical(0x10000)).set(Field.GUEST_RIP, Lab.CODE + 2);
      Lab.runAll(labs);
      assertEquals(ExitReason.CPUID, exit(first).reason());
      Lab.Exit e = exit(second);
      assertEquals(ExitReason.VMCALL, e.reason());
      assertEquals(0x42, e.rax());
      assertEquals(Lab.CODE + 7, e.rip());
      assertEquals(Lab.VMCS, second.vmx.currentVmcs());
      assertEquals(-1, first.vmx.currentVmcs());
    }
  }
}
