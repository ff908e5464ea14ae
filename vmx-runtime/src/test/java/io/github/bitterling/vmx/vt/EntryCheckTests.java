package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the VM-entry check table, met and not met. */
class EntryCheckTests {
  /** Rows that an earlier row always hides on this model: looked at alone. */
  static final Set<String> HIDDEN =
      Set.of(
          "entry-smm", // the bits are not in the allowed settings
          "host-pcide",
          "guest-pcide", // no PCIDE in CR4's fixed bits
          "ia32e-now"); // a 32-bit host cannot be set up from 64-bit mode

  private static Machine machine(String id) {
    Capabilities all = Capabilities.of(CpuModel.of("x86-64-full", 1));
    return EntryCases.FULL.contains(id) ? new Machine(all) : new Machine();
  }

  static Stream<String> ids() {
    return EntryCheck.all().stream().map(EntryCheck::id);
  }

  static EntryCheck row(String id) {
    return EntryCheck.all().stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow();
  }

  private static EntryContext context(Machine m) {
    Vmcs vmcs = new Vmcs(m);
    vmcs.bind(Machine.VMCS);
    return new EntryContext(m.cpu, vmcs, m.caps, m);
  }

  @Test
  void everyRowHasACase() {
    assertEquals(new TreeSet<>(ids().toList()), EntryCases.CASES.keySet());
    assertEquals(new HashSet<>(ids().toList()).size(), EntryCheck.all().size(), "ids are unique");
  }

  @ParameterizedTest
  @MethodSource("ids")
  void rowPassesAndFails(String id) {
    EntryCheck row = row(id);
    try (Machine m = machine(id).ready()) {
      assertTrue(row.passes().test(context(m)));
    }
    try (Machine m = machine(id).ready()) {
      EntryCases.CASES.get(id).meet().accept(m);
      assertTrue(row.passes().test(context(m)), "conditions met");
    }
    try (Machine m = machine(id).ready()) {
      EntryCases.CASES.get(id).fail().accept(m);
      assertFalse(row.passes().test(context(m)));
    }
  }

  @ParameterizedTest
  @MethodSource("ids")
  void failedEntryNamesTheRow(String id) {
    if (HIDDEN.contains(id)) {
      return;
    }
    try (Machine m = machine(id).ready()) {
      if (id.equals("host-ss-null")) {
        m.cpu.efer = 0; // only a processor outside IA-32e mode gets this far
        m.cpu.cs.attributes = 0xC09B;
        m.guest32();
      }
      EntryCases.CASES.get(id).fail().accept(m);
      m.launch();
      assertNotNull(m.vmx.lastFailure(), "entry went through");
      assertEquals(id, m.vmx.lastFailure().id());
      consequence(m, row(id));
    }
  }

  private static void consequence(Machine m, EntryCheck row) {
    if (EntryCheck.of(EntryCheck.Phase.CONTROLS).contains(row)) {
      assertEquals("error 7", m.outcome());
    } else if (EntryCheck.of(EntryCheck.Phase.HOST).contains(row)) {
      assertEquals("error 8", m.outcome());
    } else {
      assertEquals(0x8000_0021L, m.get(Field.EXIT_REASON));
      assertEquals(row.qualification(), m.get(Field.EXIT_QUALIFICATION));
      assertEquals(Machine.HOST_RIP, m.cpu.nextRip);
    }
    assertFalse(m.cpu.nonRoot);
  }

  @Test
  void baselinesPass() {
    for (Consumer<Machine> guest :
        List.<Consumer<Machine>>of(
            Machine::guest64, Machine::guest32, Machine::guestV86, Machine::guestPae)) {
      try (Machine m = new Machine().ready()) {
        guest.accept(m);
        m.launch();
        assertNull(m.vmx.lastFailure(), () -> m.vmx.lastFailure().text());
        assertTrue(m.cpu.nonRoot);
      }
    }
  }

  @Test
  void failureTextNamesFieldValueAndSection() {
    try (Machine m = new Machine().ready()) {
      m.set(Field.GUEST_RFLAGS, 0);
      m.launch();
      assertEquals(
          "VM-entry check guest-rflags-reserved (SDM 3, 27.3.1.4): Guest RFLAGS is 0h; allowed: bits 63:22, 15,"
              + " 5, 3 are 0, bit 1 is 1",
          m.vmx.lastFailure().text());
    }
  }

  @Test
  void pdptesComeFromMemoryWithoutEpt() {
    try (Machine m = new Machine().ready()) {
      m.clear(Field.SECONDARY_CONTROLS, Bits.EPT | Bits.UNRESTRICTED_GUEST);
      m.guestPae();
      m.writePhysical(Machine.PDPT + 8, 8, 0x9001);
      m.writePhysical(Machine.PDPT + 16, 8, 0x9007);
      m.launch();
      assertEquals("pdpte2", m.vmx.lastFailure().id());
      m.writePhysical(Machine.PDPT + 16, 8, 0);
      m.launch();
      assertEquals(0x9001, m.cpu.pdpte[1]);
    }
  }
}
