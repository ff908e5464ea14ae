package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.Rig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs that send SMIs by the local APIC, in and around VMX operation and in each activity state
 * of a guest: the default treatment (SDM volume 3, 32.14). The handler, smi.S, tries VMX
 * instructions and leaves nothing as it was.
 */
class SmiProgramTests {
  private static final String HANDLER = Assembler.assemble(SmiProgramTests.class, "smi.S");
  private static final String VMCALL = "0f01c1";

  /** mov ebx, FEE00000h; mov dword [rbx+310h], 0; mov dword [rbx+300h], 4200h; nop. */
  private static final String SMI_TO_ITSELF =
      "bb0000e0fe c7831003000000000000 c7830003000000420000 90";

  /** mov rcx, [3F000h]; add rcx, [3F008h]. */
  private static final String SEEN = "488b0c2500f00300 48030c2508f00300";

  /** One SMI, #UD five times and #GP for CR4.VMXE; CR4 is 0. */
  private static final long ALL_REFUSED = 0x0D_0606_0606_0601L;

  /** movzx eax, byte [3F000h]. */
  private static final String COUNT = "0fb6042500f00300";

  /** mov ecx, 10000000h; loop. */
  private static final String LONG_LOOP = "b900000010 e2fe";

  private static final int SMI = 0x4200;
  private static final int NMI = 0x4400;
  private static final int SIPI = 0x4609;

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  private static void handler(Rig rig) {
    rig.put(0x3F000, "00".repeat(16));
    rig.put(0x38000, HANDLER);
  }

  private void inRoot(String code, BochsDifference known) {
    try (RootLab lab = new RootLab(engine(), CpuModel.e3845(1))) {
      handler(lab.rig);
      RootLab.End end = lab.apart(known).run(code);
      assertEquals("succeed", end.outcome());
      assertEquals(Long.toHexString(ALL_REFUSED), Long.toHexString(end.rcx()));
      assertEquals(RootLab.VMCS, end.currentVmcs());
      assertEquals(0x8000_0031L, end.cr0());
      assertEquals(0x2020, end.cr4());
    }
  }

  /** CR4.VMXE is kept, so VMXON can follow. */
  @Test
  void smiBeforeVmxOperation() {
    inRoot(
        SMI_TO_ITSELF + RootLab.STARTED + SEEN + RootLab.VMPTRLD_60008, BochsDifference.SMI_VMXE);
  }

  /** VMX operation and the current VMCS are there again behind the SMI. */
  @Test
  void smiInRootOperation() {
    inRoot(RootLab.STARTED + SMI_TO_ITSELF + SEEN + "660f1f440000 90", null);
  }

  /** The guest goes on behind its own SMI. */
  @Test
  void smiInNonRootOperation() {
    try (Lab lab = new Lab(engine())) {
      handler(lab.rig);
      Lab.Exit e = lab.afresh().withApic().code(SMI_TO_ITSELF + SEEN + "4889c8" + VMCALL).exit();
      assertEquals(ExitReason.VMCALL, e.reason());
      assertEquals(Long.toHexString(ALL_REFUSED), Long.toHexString(e.rax()));
    }
  }

  private enum State {
    ACTIVE,
    HLT,
    SHUTDOWN,
    WAIT_FOR_SIPI
  }

  /** An SMI while the guest is in a state, then what ends that: the exit is as without the SMI. */
  @ParameterizedTest
  @EnumSource(State.class)
  void smiChangesNoState(State state) {
    boolean lost = state == State.HLT || state == State.SHUTDOWN;
    Lab.Exit plain = run(state, false, null);
    assertEquals(state.ordinal(), plain.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(plain, run(state, true, lost ? BochsDifference.SMI_ACTIVITY : null));
  }

  /** What ends the second core's guest. */
  private Lab.Exit run(State state, boolean smi, BochsDifference known) {
    List<Lab> labs = Lab.cores(engine(), CpuModel.e3845(2));
    try (Lab first = labs.getFirst().select().once()) {
      handler(first.rig);
      String wait = MulticoreTests.DELAY;
      String end = MulticoreTests.sendOthers(state == State.WAIT_FOR_SIPI ? SIPI : NMI);
      String sent = smi ? MulticoreTests.sendOthers(SMI) : "";
      boolean blocked = smi && state == State.WAIT_FOR_SIPI;
      first.apart(blocked ? BochsDifference.WAIT_BLOCKING : null);
      first.withApic().code(wait + sent + wait + end + wait + COUNT + VMCALL);
      Lab second = labs.get(1).select().once().code(LONG_LOOP + VMCALL).apart(known);
      second.set(Field.GUEST_ACTIVITY_STATE, state.ordinal());
      second.or(Field.PIN_CONTROLS, Bits.NMI_EXITING);
      Lab.runAll(labs);
      assertEquals(smi ? 1 : 0, first.select().exits().getFirst().rax(), "SMIs");
      return second.select().exits().getFirst();
    }
  }
}
