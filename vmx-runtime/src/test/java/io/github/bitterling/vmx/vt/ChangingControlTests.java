package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A field that makes an instruction exit changes between entries of the same code, which has been
 * translated and compiled by then: each entry goes by what the VMCS says at that time (SDM volume
 * 3, 25.6, 26.1).
 */
class ChangingControlTests {
  private static final String VMCALL = "0f01c1";
  private static final int COUNT = 16;

  /** By number of the entry: whether the field has its second value. */
  private static final String ENTRIES = "0001101001";

  /** An I/O and MSR bitmap with everything set. */
  private static final long ALL = Lab.AREA;

  /**
   * @param off and {@code on} values of the field
   * @param code runs in a loop
   * @param whenOff how the guest ends with the field off
   */
  private record Row(
      String name,
      Field field,
      long off,
      long on,
      Consumer<Lab> setup,
      String code,
      String whenOff,
      String whenOn) {}

  private final List<Row> rows = new ArrayList<>();

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  /** Told of every program that has run. */
  void ran(Lab lab) {}

  private static int bytes(String hex) {
    return hex.replace(" ", "").length() / 2;
  }

  private void field(
      Field field, long off, long on, Consumer<Lab> setup, String code, ExitReason reason) {
    String name = field + " " + Long.toHexString(on) + ": " + reason;
    rows.add(new Row(name, field, off, on, setup, code, "VMCALL", reason.name()));
  }

  /** The instruction exits with the control only. */
  private void control(Control control, String code, ExitReason reason) {
    rows.add(row(control, lab -> {}, code, "VMCALL", reason.name()));
  }

  private static Row row(Control control, Consumer<Lab> setup, String code, String off, String on) {
    return new Row(
        control.sdmName(), control.word().field(), 0, 1L << control.bit(), setup, code, off, on);
  }

  private void controls() {
    control(Control.PRIMARY_RDTSC_EXITING, "0f31", ExitReason.RDTSC);
    control(Control.PRIMARY_INVLPG_EXITING, "0f0138", ExitReason.INVLPG);
    control(Control.PRIMARY_PAUSE_EXITING, "f390", ExitReason.PAUSE);
    control(Control.PRIMARY_MONITOR_EXITING, "31c9 31d2 0f01c8", ExitReason.MONITOR);
    control(Control.PRIMARY_CR3_LOAD_EXITING, "b800000100 0f22d8", ExitReason.CR_ACCESS);
    control(Control.PRIMARY_CR3_STORE_EXITING, "0f20d8", ExitReason.CR_ACCESS);
    control(Control.PRIMARY_CR8_LOAD_EXITING, "31c0 440f22c0", ExitReason.CR_ACCESS);
    control(Control.PRIMARY_CR8_STORE_EXITING, "440f20c0", ExitReason.CR_ACCESS);
    control(Control.PRIMARY_MOV_DR_EXITING, "31c0 0f23c0", ExitReason.MOV_DR);
    control(Control.SECONDARY_WBINVD_EXITING, "0f09", ExitReason.WBINVD);
    control(Control.SECONDARY_RDRAND_EXITING, "0fc7f0", ExitReason.RDRAND);
    control(Control.SECONDARY_DESCRIPTOR_TABLE_EXITING, "0f010c2500000700", ExitReason.GDTR_IDTR);
    control(Control.SECONDARY_DESCRIPTOR_TABLE_EXITING, "0f00c0", ExitReason.LDTR_TR);
    rows.add(row(Control.SECONDARY_ENABLE_RDTSCP, lab -> {}, "0f01f9", "vector 6", "VMCALL"));
    rows.add(
        row(
            Control.PRIMARY_USE_MSR_BITMAPS,
            lab -> {},
            "b974010000 0f32",
            ExitReason.RDMSR.name(),
            "VMCALL"));
    rows.add(
        row(
            Control.PRIMARY_UNCONDITIONAL_I_O_EXITING,
            lab -> lab.clear(Field.PRIMARY_CONTROLS, Bits.IO_BITMAPS),
            "e642",
            "VMCALL",
            ExitReason.IO_INSTRUCTION.name()));
    rows.add(
        row(
            Control.PRIMARY_HLT_EXITING,
            lab ->
                lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER)
                    .set(Field.PREEMPTION_TIMER_VALUE, 20),
            "f4",
            ExitReason.PREEMPTION_TIMER.name(),
            ExitReason.HLT.name()));
  }

  private void fields() {
    Consumer<Lab> none = lab -> {};
    field(Field.IO_BITMAP_A, Lab.IO_A, ALL, none, "e442", ExitReason.IO_INSTRUCTION);
    field(Field.IO_BITMAP_B, Lab.IO_B, ALL, none, "ba34920000 66ed", ExitReason.IO_INSTRUCTION);
    field(Field.MSR_BITMAPS, Lab.MSR_MAP, ALL, none, "b974010000 0f32", ExitReason.RDMSR);
    field(Field.MSR_BITMAPS, Lab.MSR_MAP, ALL, none, "b974010000 31c0 31d2 0f30", ExitReason.WRMSR);
    Consumer<Lab> shadow = lab -> lab.set(Field.CR0_READ_SHADOW, 8);
    field(Field.CR0_MASK, 0, 8, shadow, "0f06", ExitReason.CR_ACCESS);
    field(Field.CR0_MASK, 0, 8, shadow, "b831000080 0f22c0", ExitReason.CR_ACCESS);
    field(Field.CR0_MASK, 0, 8, shadow, "b831000000 0f01f0", ExitReason.CR_ACCESS);
    field(
        Field.CR4_MASK,
        0x2000,
        0x2004,
        lab -> lab.set(Field.CR4_READ_SHADOW, 4),
        "b820000000 0f22e0",
        ExitReason.CR_ACCESS);
    field(
        Field.CR0_READ_SHADOW,
        0,
        8,
        lab -> lab.set(Field.CR0_MASK, 8),
        "b831000080 0f22c0",
        ExitReason.CR_ACCESS);
    rows.add(
        new Row(
            "CR3-target count",
            Field.CR3_TARGET_COUNT,
            0,
            1,
            lab ->
                lab.or(Field.PRIMARY_CONTROLS, Bits.CR3_LOAD_EXITING)
                    .set(Field.CR3_TARGET0, 0x10000),
            "b800000100 0f22d8",
            ExitReason.CR_ACCESS.name(),
            "VMCALL"));
  }

  private void exceptions() {
    exception("0f0b", 6, lab -> {});
    exception("cc", 3, lab -> {});
    exception("f7f1", 0, lab -> {}); // div ecx, which is 0
    exception("a10000800000000000", 14, lab -> {});
    rows.add(
        new Row(
            "page-fault error-code match",
            Field.PAGE_FAULT_MATCH,
            1,
            0,
            lab -> lab.set(Field.EXCEPTION_BITMAP, 1 << 14).set(Field.PAGE_FAULT_MASK, 1),
            "a10000800000000000",
            "vector 14",
            ExitReason.EXCEPTION_OR_NMI.name()));
  }

  private void exception(String code, int vector, Consumer<Lab> setup) {
    rows.add(
        new Row(
            "exception bitmap, vector " + vector,
            Field.EXCEPTION_BITMAP,
            0,
            1L << vector,
            setup,
            code,
            "vector " + vector,
            ExitReason.EXCEPTION_OR_NMI.name()));
  }

  @TestFactory
  Stream<DynamicTest> everyEntryGoesByTheFieldAsItIs() {
    controls();
    fields();
    exceptions();
    return rows.stream().map(row -> dynamicTest(row.name, () -> check(row)));
  }

  private void check(Row row) {
    try (Lab lab = new Lab(engine())) {
      lab.rig.put(ALL, "ff".repeat(4096));
      row.setup.accept(lab);
      boolean word = row.off == 0 && lab.value(row.field) != 0;
      long kept = word ? lab.value(row.field) & ~row.on : 0;
      lab.set(row.field, kept | row.off);
      lab.code(loop(row.code));
      for (int i = 1; i < ENTRIES.length(); i++) {
        again(lab).set(row.field, kept | (ENTRIES.charAt(i) == '1' ? row.on : row.off));
      }
      List<String> wanted =
          ENTRIES.chars().mapToObj(c -> c == '1' ? row.whenOn : row.whenOff).toList();
      assertEquals(wanted, lab.run().stream().map(ChangingControlTests::text).toList());
      ran(lab);
    }
  }

  /** The next entry begins as the first one did. */
  private static Lab again(Lab lab) {
    lab.stage().set(Field.GUEST_RIP, Lab.CODE).set(Field.GUEST_RSP, Lab.STACK);
    lab.set(Field.GUEST_RFLAGS, 2).set(Field.GUEST_PENDING_DEBUG, 0);
    return lab.set(Field.GUEST_ACTIVITY_STATE, 0).set(Field.GUEST_INTERRUPTIBILITY, 0);
  }

  /**
   * mov edi, {@link #COUNT}; the code; dec edi; jnz to the code; xor eax, eax; edx; ecx; vmcall.
   */
  private static String loop(String code) {
    int back = 0x100 - bytes(code) - 4;
    return "bf%02x000000".formatted(COUNT)
        + code
        + "ffcf 75%02x 31c0 31d2 31c9".formatted(back)
        + VMCALL;
  }

  private static String text(Lab.Exit e) {
    return e.vector() >= 0 ? "vector " + e.vector() : e.reason().name();
  }
}
