package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every row of the VM-entry check table by entries of a hypervisor: one that meets the row, one
 * that does not, and one of a state that passes everything, which shows that the failed entry left
 * nothing behind.
 */
class EntryProgramTests {
  /** Of one row: met, as at first, not met, as at first. */
  private static final int ENTRIES = 4;

  private static final Pattern NAMED = Pattern.compile("VM-entry check (\\S+) ");

  /** Rows of one program; more do not fit. */
  private static final int MANY = 8;

  /** A 32-bit host cannot be set up from 64-bit mode. */
  private static final Set<String> OTHER_HOST = Set.of("host-ss-null");

  private static final Map<String, BochsDifference> APART = new HashMap<>();

  static {
    apart(BochsDifference.PERF_GLOBAL, "host-perf-global", "guest-perf-global");
    apart(BochsDifference.NMI_UNBLOCKING, "inject-vector", "interruptibility-nmi");
    apart(BochsDifference.MODEL, "posted-controls", "posted-vector", "posted-descriptor");
    apart(BochsDifference.MODEL, "mode-based-execute");
    apart(BochsDifference.MODEL, "guest-bndcfgs-reserved", "guest-bndcfgs-base");
    apart(
        BochsDifference.NOT_CHECKED,
        "guest-debugctl",
        "guest-ia32e-paging",
        "guest-rip",
        "guest-rflags-vm",
        "interruptibility-virtual-nmi",
        "pending-debug-bs");
  }

  private static void apart(BochsDifference difference, String... ids) {
    for (String id : ids) {
      APART.put(id, difference);
    }
  }

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @TestFactory
  Stream<DynamicTest> rows() {
    return programs(engine().besideBochs() ? MANY : 1).stream()
        .map(ids -> dynamicTest(String.join(" ", ids), () -> check(ids)));
  }

  private static List<List<String>> programs(int most) {
    List<List<String>> programs = new ArrayList<>();
    List<String> last = List.of();
    for (String id : EntryCheck.all().stream().map(EntryCheck::id).toList()) {
      if (EntryCheckTests.HIDDEN.contains(id) || OTHER_HOST.contains(id)) {
        continue;
      }
      boolean joins =
          !last.isEmpty()
              && last.size() < most
              && !APART.containsKey(id)
              && !APART.containsKey(last.getFirst())
              && EntryCases.FULL.contains(id) == EntryCases.FULL.contains(last.getFirst());
      if (!joins) {
        last = new ArrayList<>();
        programs.add(last);
      }
      last.add(id);
    }
    return programs;
  }

  private void check(List<String> ids) {
    boolean full = EntryCases.FULL.contains(ids.getFirst());
    try (Lab lab = full ? Lab.full(engine()) : new Lab(engine())) {
      lab.failing().afresh().apart(APART.get(ids.getFirst()));
      lab.code("0f01c1").or(Field.GUEST_RFLAGS, Cpu.IF);
      List<String> said = new ArrayList<>();
      lab.vmx.explainTo(said::add);
      EntryState state = new LabEntry(lab);
      for (String id : ids) {
        lab.stage();
        EntryCases.CASES.get(id).meet().accept(state);
        lab.restored().stage();
        EntryCases.CASES.get(id).fail().accept(state);
        lab.restored();
      }
      outcomes(ids, lab.run());
      List<String> named = said.stream().map(EntryProgramTests::named).toList();
      assertEquals(ids, named.subList(0, ids.size()));
      assertEquals(0, named.size() % ids.size(), "the same in every round");
    }
  }

  private static String named(String text) {
    Matcher m = NAMED.matcher(text);
    return m.find() ? m.group(1) : text;
  }

  private static void outcomes(List<String> ids, List<Lab.Exit> exits) {
    for (int i = 0; i < ids.size(); i++) {
      String id = ids.get(i);
      List<Lab.Exit> of = exits.subList(1 + ENTRIES * i, 1 + ENTRIES * (i + 1));
      for (int entered : new int[] {0, 1, 3}) {
        assertFalse(of.get(entered).failed(), id);
        long reason = of.get(entered).get(Field.EXIT_REASON);
        assertTrue(
            entered == 0 ? reason >>> 31 == 0 : reason == ExitReason.VMCALL.number(),
            id + " " + of.get(entered));
      }
      consequence(EntryCheckTests.row(id), of.get(2));
    }
  }

  /** 27.2 and 27.8. */
  private static void consequence(EntryCheck row, Lab.Exit e) {
    if (EntryCheck.of(EntryCheck.Phase.CONTROLS).contains(row)) {
      assertEquals("VMfailValid 7", fail(e), row.id());
    } else if (EntryCheck.of(EntryCheck.Phase.HOST).contains(row)) {
      assertEquals("VMfailValid 8", fail(e), row.id());
    } else {
      assertEquals(0x8000_0021L, e.get(Field.EXIT_REASON), row.id());
      assertEquals(row.qualification(), e.qualification(), row.id());
    }
  }

  private static String fail(Lab.Exit e) {
    return (e.failed() ? "VMfailValid " : "") + e.qualification();
  }
}
