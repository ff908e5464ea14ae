package io.github.bitterling.vmx.vt;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** Checks on guest segment registers (SDM volume 3, 27.3.1.2). */
final class GuestSegmentChecks {
  static final int CS = 1;
  static final int SS = 2;
  static final int LDTR = 6;
  static final int TR = 7;

  private static final String SECTION = "27.3.1.2";
  private static final String[] NAMES = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};
  private static final int[] DATA = {3, 0, 4, 5};
  private static final int[] CODE_AND_DATA = {1, 2, 3, 0, 4, 5};

  private GuestSegmentChecks() {}

  static void addTo(List<EntryCheck> rows) {
    selectors(rows);
    bases(rows);
    virtual8086(rows);
    codeSegment(rows);
    stackSegment(rows);
    dataSegments(rows);
    common(rows);
    taskRegister(rows);
    localTable(rows);
  }

  private static EntryCheck row(
      String id, Field first, int segment, Predicate<EntryContext> ok, String allowed) {
    String name = "guest-" + NAMES[segment] + "-" + id;
    return EntryCheck.row(name.toLowerCase(Locale.ROOT), SECTION, first.plus(segment), ok, allowed);
  }

  private static EntryCheck selector(
      String id, int segment, Predicate<EntryContext> ok, String allowed) {
    return row(id, Field.GUEST_ES_SELECTOR, segment, ok, allowed);
  }

  private static EntryCheck base(
      String id, int segment, Predicate<EntryContext> ok, String allowed) {
    return row(id, Field.GUEST_ES_BASE, segment, ok, allowed);
  }

  private static EntryCheck rights(
      String id, int segment, Predicate<EntryContext> ok, String allowed) {
    return row(id, Field.GUEST_ES_ACCESS_RIGHTS, segment, ok, allowed);
  }

  private static void selectors(List<EntryCheck> rows) {
    rows.add(selector("ti", TR, c -> (c.selector(TR) & 4) == 0, "TI is 0"));
    rows.add(selector("ti", LDTR, c -> !c.usable(LDTR) || (c.selector(LDTR) & 4) == 0, "TI is 0"));
    rows.add(
        selector(
            "rpl",
            SS,
            c -> c.v86() || c.unrestricted() || c.rpl(SS) == c.rpl(CS),
            "RPL equals that of CS"));
  }

  private static void bases(List<EntryCheck> rows) {
    for (int s : CODE_AND_DATA) {
      rows.add(
          base(
              "v86",
              s,
              c -> !c.v86() || c.base(s) == (long) c.selector(s) << 4,
              "selector times 16 in virtual-8086 mode"));
    }
    for (int s : new int[] {TR, 4, 5}) {
      rows.add(base("canonical", s, c -> Bits.canonical(c.base(s)), "a canonical address"));
    }
    rows.add(
        base(
            "canonical",
            LDTR,
            c -> !c.usable(LDTR) || Bits.canonical(c.base(LDTR)),
            "a canonical address"));
    rows.add(base("high", CS, c -> Bits.high32Zero(c.base(CS)), "bits 63:32 are 0"));
    for (int s : new int[] {SS, 3, 0}) {
      rows.add(
          base("high", s, c -> !c.usable(s) || Bits.high32Zero(c.base(s)), "bits 63:32 are 0"));
    }
  }

  private static void virtual8086(List<EntryCheck> rows) {
    for (int s : CODE_AND_DATA) {
      rows.add(
          row(
              "v86-limit",
              Field.GUEST_ES_LIMIT,
              s,
              c -> !c.v86() || c.limit(s) == 0xFFFF,
              "FFFFh in virtual-8086 mode"));
      rows.add(
          rights(
              "v86-rights", s, c -> !c.v86() || c.rights(s) == 0xF3, "F3h in virtual-8086 mode"));
    }
  }

  private static void codeSegment(List<EntryCheck> rows) {
    rows.add(
        rights(
            "type",
            CS,
            c -> c.v86() || codeType(c),
            "9, 11, 13 or 15 (accessed code), 3 too for an unrestricted guest"));
    rows.add(
        rights(
            "dpl",
            CS,
            c -> c.v86() || codeDpl(c),
            "DPL 0 for type 3, SS.DPL for 9 and 11, at most SS.DPL for 13 and 15"));
    rows.add(
        rights(
            "db",
            CS,
            c ->
                c.v86()
                    || !c.ia32e()
                    || (c.rights(CS) >> 13 & 1) == 0
                    || (c.rights(CS) >> 14 & 1) == 0,
            "D is 0 in 64-bit mode"));
  }

  private static boolean codeType(EntryContext c) {
    int type = c.segmentType(CS);
    return (type & 9) == 9 || type == 3 && c.unrestricted();
  }

  private static boolean codeDpl(EntryContext c) {
    return switch (c.segmentType(CS)) {
      case 3 -> c.dpl(CS) == 0;
      case 9, 11 -> c.dpl(CS) == c.dpl(SS);
      default -> c.dpl(CS) <= c.dpl(SS);
    };
  }

  private static void stackSegment(List<EntryCheck> rows) {
    rows.add(
        rights(
            "type",
            SS,
            c -> c.v86() || !c.usable(SS) || c.segmentType(SS) == 3 || c.segmentType(SS) == 7,
            "3 or 7 (accessed writable data)"));
    rows.add(
        rights(
            "dpl",
            SS,
            c -> c.v86() || c.unrestricted() || c.dpl(SS) == c.rpl(SS),
            "DPL equals RPL"));
    rows.add(
        rights(
            "dpl-real",
            SS,
            c -> c.v86() || c.segmentType(CS) != 3 && c.guestCr0(Bits.CR0_PE) || c.dpl(SS) == 0,
            "DPL is 0 when CS has type 3 or CR0.PE is 0"));
  }

  private static void dataSegments(List<EntryCheck> rows) {
    for (int s : DATA) {
      rows.add(
          rights(
              "type",
              s,
              c -> c.v86() || !c.usable(s) || dataType(c.segmentType(s)),
              "accessed (bit 0), and readable (bit 1) if code (bit 3)"));
      rows.add(
          rights(
              "dpl",
              s,
              c ->
                  c.v86()
                      || c.unrestricted()
                      || !c.usable(s)
                      || c.segmentType(s) > 11
                      || c.dpl(s) >= c.rpl(s),
              "DPL at least RPL unless conforming code"));
    }
  }

  private static boolean dataType(int type) {
    return (type & 1) != 0 && ((type & 8) == 0 || (type & 2) != 0);
  }

  private static void common(List<EntryCheck> rows) {
    for (int s : CODE_AND_DATA) {
      rows.add(rights("s", s, c -> skipped(c, s) || (c.rights(s) >> 4 & 1) != 0, "S is 1"));
      rows.add(rights("present", s, c -> skipped(c, s) || (c.rights(s) >> 7 & 1) != 0, "P is 1"));
      rows.add(
          rights(
              "reserved",
              s,
              c -> skipped(c, s) || c.rightsReservedZero(s),
              "bits 31:17 and 11:8 are 0"));
      rows.add(
          rights(
              "granularity",
              s,
              c -> skipped(c, s) || c.granularityFits(s),
              "G is 0 unless limit bits 11:0 are 1s, G is 1 if any of limit bits 31:20 is"));
    }
  }

  private static boolean skipped(EntryContext c, int segment) {
    return c.v86() || segment != CS && !c.usable(segment);
  }

  private static void taskRegister(List<EntryCheck> rows) {
    rows.add(
        rights(
            "type",
            TR,
            c -> c.segmentType(TR) == 11 || c.segmentType(TR) == 3 && !c.ia32e(),
            "11 (busy TSS), or 3 (busy 16-bit TSS) outside IA-32e mode"));
    system(rows, TR);
    rows.add(rights("usable", TR, c -> c.usable(TR), "bit 16 is 0"));
  }

  private static void localTable(List<EntryCheck> rows) {
    rows.add(rights("type", LDTR, c -> !c.usable(LDTR) || c.segmentType(LDTR) == 2, "2 (LDT)"));
    system(rows, LDTR);
  }

  private static void system(List<EntryCheck> rows, int s) {
    rows.add(rights("s", s, c -> ignored(c, s) || (c.rights(s) >> 4 & 1) == 0, "S is 0"));
    rows.add(rights("present", s, c -> ignored(c, s) || (c.rights(s) >> 7 & 1) != 0, "P is 1"));
    rows.add(
        rights(
            "reserved",
            s,
            c -> ignored(c, s) || c.rightsReservedZero(s),
            "bits 31:17 and 11:8 are 0"));
    rows.add(
        rights(
            "granularity",
            s,
            c -> ignored(c, s) || c.granularityFits(s),
            "G is 0 unless limit bits 11:0 are 1s, G is 1 if any of limit bits 31:20 is"));
  }

  private static boolean ignored(EntryContext c, int segment) {
    return segment == LDTR && !c.usable(segment);
  }
}
