package io.github.bitterling.vmx.vt;

import static io.github.bitterling.vmx.vt.EntryCheck.row;

import java.util.ArrayList;
import java.util.List;

/** Checks on the host-state area (SDM volume 3, 27.2.2 to 27.2.4). */
final class HostChecks {
  private static final String REGISTERS = "27.2.2";
  private static final String SEGMENTS = "27.2.3";
  private static final String ADDRESS_SIZE = "27.2.4";

  /** IA32_PERF_GLOBAL_CTRL: two general and three fixed counters. */
  static final long PERF_ALL = 0x7_0000_0003L;

  static final List<EntryCheck> ROWS = rows();

  private HostChecks() {}

  private static List<EntryCheck> rows() {
    List<EntryCheck> rows = new ArrayList<>();
    registers(rows);
    segments(rows);
    addressSize(rows);
    return List.copyOf(rows);
  }

  private static void registers(List<EntryCheck> rows) {
    rows.add(
        row(
            "host-cr0",
            REGISTERS,
            Field.HOST_CR0,
            c -> fixed(c.get(Field.HOST_CR0), c.caps.cr0Fixed0(), c.caps.cr0Fixed1()),
            "bits of MSR 486h set, only bits of MSR 487h"));
    rows.add(
        row(
            "host-cr4",
            REGISTERS,
            Field.HOST_CR4,
            c -> fixed(c.get(Field.HOST_CR4), c.caps.cr4Fixed0(), c.caps.cr4Fixed1()),
            "bits of MSR 488h set, only bits of MSR 489h"));
    rows.add(
        row(
            "host-cr3",
            REGISTERS,
            Field.HOST_CR3,
            c -> c.caps.withinAddress(c.get(Field.HOST_CR3)),
            "bits at and above MAXPHYADDR are 0"));
    rows.add(canonical("host-sysenter-esp", REGISTERS, Field.HOST_SYSENTER_ESP));
    rows.add(canonical("host-sysenter-eip", REGISTERS, Field.HOST_SYSENTER_EIP));
    rows.add(
        row(
            "host-perf-global",
            REGISTERS,
            Field.HOST_PERF_GLOBAL_CTRL,
            c ->
                !c.exit(Bits.EXIT_LOAD_PERF)
                    || (c.get(Field.HOST_PERF_GLOBAL_CTRL) & ~PERF_ALL) == 0,
            "only bits 34:32 and 1:0"));
    rows.add(
        row(
            "host-pat",
            REGISTERS,
            Field.HOST_PAT,
            c -> !c.exit(Bits.EXIT_LOAD_PAT) || EntryContext.patValid(c.get(Field.HOST_PAT)),
            "each byte is 0, 1, 4, 5, 6 or 7"));
    rows.add(
        row(
            "host-efer-reserved",
            REGISTERS,
            Field.HOST_EFER,
            c -> !c.exit(Bits.EXIT_LOAD_EFER) || (c.get(Field.HOST_EFER) & ~Bits.EFER_ALL) == 0,
            "only SCE, LME, LMA, NXE"));
    rows.add(
        row(
            "host-efer-mode",
            REGISTERS,
            Field.HOST_EFER,
            HostChecks::eferMode,
            "LMA and LME equal host address-space size"));
  }

  private static boolean eferMode(EntryContext c) {
    if (!c.exit(Bits.EXIT_LOAD_EFER)) {
      return true;
    }
    long both = Bits.EFER_LMA | Bits.EFER_LME;
    return (c.get(Field.HOST_EFER) & both) == (c.host64() ? both : 0);
  }

  private static void segments(List<EntryCheck> rows) {
    for (String name : List.of("ES", "CS", "SS", "DS", "FS", "GS", "TR")) {
      Field field = Field.valueOf("HOST_" + name + "_SELECTOR");
      rows.add(
          row(
              "host-" + name.toLowerCase(java.util.Locale.ROOT) + "-selector",
              SEGMENTS,
              field,
              c -> (c.get(field) & 7) == 0,
              "RPL and TI are 0"));
    }
    rows.add(
        row(
            "host-cs-null",
            SEGMENTS,
            Field.HOST_CS_SELECTOR,
            c -> c.get(Field.HOST_CS_SELECTOR) != 0,
            "not 0000h"));
    rows.add(
        row(
            "host-tr-null",
            SEGMENTS,
            Field.HOST_TR_SELECTOR,
            c -> c.get(Field.HOST_TR_SELECTOR) != 0,
            "not 0000h"));
    rows.add(
        row(
            "host-ss-null",
            SEGMENTS,
            Field.HOST_SS_SELECTOR,
            c -> c.host64() || c.get(Field.HOST_SS_SELECTOR) != 0,
            "not 0000h for a 32-bit host"));
    for (String name : List.of("FS", "GS", "TR", "GDTR", "IDTR")) {
      rows.add(
          canonical(
              "host-" + name.toLowerCase(java.util.Locale.ROOT) + "-base",
              SEGMENTS,
              Field.valueOf("HOST_" + name + "_BASE")));
    }
  }

  private static void addressSize(List<EntryCheck> rows) {
    rows.add(
        row(
            "host64-now",
            ADDRESS_SIZE,
            Field.EXIT_CONTROLS,
            c -> c.longModeNow() == c.host64(),
            "host address-space size (bit 9) equals IA32_EFER.LMA at VM entry"));
    rows.add(
        row(
            "ia32e-now",
            ADDRESS_SIZE,
            Field.ENTRY_CONTROLS,
            c -> c.host64() || !c.ia32e(),
            "IA-32e mode guest only with a 64-bit host"));
    rows.add(
        row(
            "host-pcide",
            ADDRESS_SIZE,
            Field.HOST_CR4,
            c -> c.host64() || (c.get(Field.HOST_CR4) & Bits.CR4_PCIDE) == 0,
            "PCIDE is 0 for a 32-bit host"));
    rows.add(
        row(
            "host-pae",
            ADDRESS_SIZE,
            Field.HOST_CR4,
            c -> !c.host64() || (c.get(Field.HOST_CR4) & Bits.CR4_PAE) != 0,
            "PAE is 1 for a 64-bit host"));
    rows.add(
        row(
            "host-rip",
            ADDRESS_SIZE,
            Field.HOST_RIP,
            HostChecks::rip,
            "canonical; bits 63:32 are 0 for a 32-bit host"));
  }

  private static boolean rip(EntryContext c) {
    long rip = c.get(Field.HOST_RIP);
    return c.host64() ? Bits.canonical(rip) : Bits.high32Zero(rip);
  }

  static EntryCheck canonical(String id, String section, Field field) {
    return row(id, section, field, c -> Bits.canonical(c.get(field)), "a canonical address");
  }

  static boolean fixed(long value, long fixed0, long fixed1) {
    return (value & fixed0) == fixed0 && (value & ~fixed1) == 0;
  }
}
