package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * IA32_BNDCFGS across VM entries and exits, and #BR of a guest (SDM volume 3, 27.3.2.1, 28.3.1,
 * 28.5.1). Bochs has no bounds registers.
 */
class GuestBoundsTests {
  private static final String VMCALL = "0f01c1";
  private static final int OSXSAVE = 1 << 18;
  private static final long CONFIGURATION = 0x7003;

  /** mov ecx, D90h; rdmsr; vmcall. */
  private static final String READ = "b9900d0000 0f32" + VMCALL;

  private final Lab lab = Lab.full(engine());

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @BeforeEach
  void start() {
    lab.or(Field.GUEST_CR4, OSXSAVE);
    lab.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_BNDCFGS);
    lab.or(Field.EXIT_CONTROLS, Bits.EXIT_CLEAR_BNDCFGS);
    lab.set(Field.GUEST_BNDCFGS, CONFIGURATION);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private long inHost() {
    return lab.rig.cpu.bndcfgs;
  }

  private long saved() {
    return lab.rig.get64(Lab.VMCS + Field.GUEST_BNDCFGS.offset());
  }

  @Test
  void entryLoadsExitSavesAndClears() {
    assertEquals(CONFIGURATION, lab.code(READ).exit().rax());
    assertEquals(0, inHost());
    assertEquals(CONFIGURATION, saved());
  }

  @Test
  void withoutTheControlsTheRegisterStays() {
    lab.clear(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_BNDCFGS);
    lab.clear(Field.EXIT_CONTROLS, Bits.EXIT_CLEAR_BNDCFGS);
    assertEquals(0, lab.code("b9900d0000 b803600000 31d2 0f30" + VMCALL).exit().rip() - 0x900E);
    assertEquals(0x6003, inHost());
    assertEquals(0x6003, saved(), "saved whatever the controls say");
  }

  /** What the field holds is looked at only with the control. */
  @Test
  void fieldMayHoldAnythingWithoutTheControl() {
    lab.clear(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_BNDCFGS);
    lab.set(Field.GUEST_BNDCFGS, 0xFFF);
    assertEquals(0, lab.code(READ).exit().rax());
  }

  @ParameterizedTest
  @ValueSource(longs = {0x7005, 1L << 47})
  void entryFailsOnAnImpossibleConfiguration(long value) {
    lab.alone().set(Field.GUEST_BNDCFGS, value);
    Lab.Exit e = lab.code(READ).exit();
    assertEquals(0x8000_0021L, e.get(Field.EXIT_REASON));
    assertEquals(
        value == 0x7005 ? "guest-bndcfgs-reserved" : "guest-bndcfgs-base",
        lab.vmx.lastFailure().id());
  }

  /** xor eax, eax; bndmk bnd0, [rax+3]; mov ebx, 5; bndcu bnd0, rbx. */
  private static final String VIOLATION = "31c0 f30f1b4003 bb05000000 f20f1ac3";

  @Test
  void guestsBoundViolationExitsByTheBitmap() {
    lab.rig.cpu.xcr0 = 0x1F;
    lab.set(Field.EXCEPTION_BITMAP, 1 << 5);
    Lab.Exit e = lab.code(VIOLATION).exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(0x8000_0305L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(Lab.CODE + 12, e.rip());
    assertEquals(1, lab.rig.cpu.bndstatus);
  }

  @Test
  void elseItIsTheGuests() {
    lab.rig.cpu.xcr0 = 0x1F;
    assertEquals(5, lab.code(VIOLATION).exit().vector());
  }

  /** The host's XCR0 stays as it is, its bounds are off: BND instructions do nothing there. */
  @Test
  void boundsAreOffInTheHost() {
    lab.rig.cpu.xcr0 = 0x1F;
    lab.code("31c0 f30f1b4003" + VMCALL).exit();
    assertEquals(0, inHost());
    assertEquals(~3L, lab.rig.cpu.bnd[1]);
  }
}
