package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Event injection of every type in every mode but virtual-8086, which {@link InjectionTests} has:
 * the handler runs, and its stack is that of the mode (SDM volume 3, 27.6).
 */
class InjectionModeTests {
  private static final long ERROR = 0x18;
  private static final long RING0_STACK = 0x6000;

  /** What the guest is in, and what its delivery pushes. */
  private enum Mode {
    BITS_64(8, 5, Lab.STACK, 8, lab -> {}),
    COMPATIBILITY(8, 5, Lab.STACK, 0x30, lab -> lab.segment(1, 0x30, 0, 0xFFFF_FFFFL, 0xC09B)),
    COMPATIBILITY_16(8, 5, Lab.STACK, 0x30, lab -> lab.segment(1, 0x30, 0, 0xFFFF, 0x9B)),
    COMPATIBILITY_RING_3(
        8, 5, RING0_STACK, 0x1B, lab -> lab.user().segment(1, 0x1B, 0, 0xFFFF_FFFFL, 0xC0FB)),
    BITS_32(4, 3, Lab.STACK, 0x30, Lab::guest32),
    BITS_16(2, 3, Lab.STACK, 0x30, Lab::guest16),
    BITS_16_GATES_32(4, 3, Lab.STACK, 0x30, lab -> lab.guest16().guest32Gates()),
    REAL(2, 3, Lab.STACK, 0, Lab::guestReal);

    private final int word;
    private final int frame;
    private final long stack;
    private final int cs;
    private final Consumer<Lab> setup;

    /**
     * @param word bytes of what is pushed
     * @param frame words pushed, without an error code
     * @param stack of the handler
     * @param cs selector pushed
     */
    Mode(int word, int frame, long stack, int cs, Consumer<Lab> setup) {
      this.word = word;
      this.frame = frame;
      this.stack = stack;
      this.cs = cs;
      this.setup = setup;
    }

    long mask() {
      return word == 8 ? -1L : (1L << 8 * word) - 1;
    }
  }

  /**
   * An event as VM entries inject it.
   *
   * @param length of the instruction, for software's
   */
  private record Event(String name, long information, int length) {
    boolean hasError() {
      return (information & Bits.INTR_ERROR) != 0;
    }
  }

  private static final List<Event> EVENTS =
      List.of(
          new Event("external interrupt", 0x8000_0021L, 0),
          new Event("NMI", 0x8000_0202L, 0),
          new Event("exception", 0x8000_0306L, 0),
          new Event("exception with error code", 0x8000_0B0DL, 0),
          new Event("software interrupt", 0x8000_0480L, 2),
          new Event("privileged software exception", 0x8000_0501L, 1),
          new Event("software exception", 0x8000_0603L, 1));

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @TestFactory
  Stream<DynamicTest> injection() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      for (Event event : EVENTS) {
        if (mode != Mode.REAL || !event.hasError()) {
          tests.add(dynamicTest(event.name + ", " + mode, () -> inject(mode, event)));
        }
      }
    }
    return tests.stream();
  }

  private void inject(Mode mode, Event event) {
    try (Lab lab = new Lab(engine())) {
      mode.setup.accept(lab);
      lab.code("f4")
          .set(Field.ENTRY_INTERRUPTION_INFORMATION, event.information)
          .set(Field.ENTRY_INSTRUCTION_LENGTH, event.length);
      lab.set(Field.ENTRY_EXCEPTION_ERROR_CODE, ERROR).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
      Lab.Exit e = lab.exit();
      assertEquals(event.information & 0xFF, e.vector());
      pushed(lab, mode, event, e.get(Field.GUEST_RSP));
      assertEquals(
          0,
          e.get(Field.ENTRY_INTERRUPTION_INFORMATION) >> 31 & 1,
          "valid bit cleared by the exit");
      assertEquals(
          (event.information >> 8 & 7) == Bits.TYPE_NMI ? Bits.BLOCKED_NMI : 0,
          e.get(Field.GUEST_INTERRUPTIBILITY));
    }
  }

  private static void pushed(Lab lab, Mode mode, Event event, long pointer) {
    int words = mode.frame + (event.hasError() ? 1 : 0);
    assertEquals(mode.stack - (long) words * mode.word, pointer);
    List<Long> expected = new ArrayList<>();
    if (event.hasError()) {
      expected.add(ERROR);
    }
    expected.addAll(List.of(Lab.CODE + event.length, (long) mode.cs, 2L | Cpu.IF));
    List<Long> found = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      long value = lab.rig.get64(pointer + (long) i * mode.word) & mode.mask();
      boolean selector = i == expected.size() - 2;
      found.add(selector ? value & 0xFFFF : value); // its upper half need not be written
    }
    assertEquals(expected, found);
  }
}
