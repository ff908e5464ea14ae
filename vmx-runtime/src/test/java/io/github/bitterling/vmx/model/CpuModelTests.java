package io.github.bitterling.vmx.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a model announces is there, and nothing else. */
class CpuModelTests {
  /** Bits of CR4, EFER and XCR0 by the feature that brings them. */
  private static final Map<Feature, Long> CR4 = new EnumMap<>(Feature.class);

  static {
    CR4.put(Feature.VME, 3L);
    CR4.put(Feature.TSC, 1L << 2);
    CR4.put(Feature.DE, 1L << 3);
    CR4.put(Feature.PSE, 1L << 4);
    CR4.put(Feature.PAE, 1L << 5);
    CR4.put(Feature.MCE, 1L << 6);
    CR4.put(Feature.PGE, 1L << 7);
    CR4.put(Feature.MMX, 1L << 8); // PCE: RDPMC came with MMX
    CR4.put(Feature.FXSR, 1L << 9);
    CR4.put(Feature.SSE, 1L << 10);
    CR4.put(Feature.UMIP, 1L << 11);
    CR4.put(Feature.VMX, 1L << 13);
    CR4.put(Feature.FSGSBASE, 1L << 16);
    CR4.put(Feature.PCID, 1L << 17);
    CR4.put(Feature.XSAVE, 1L << 18);
    CR4.put(Feature.SMEP, 1L << 20);
    CR4.put(Feature.SMAP, 1L << 21);
  }

  static Stream<CpuModel> models() {
    return CpuModel.names().stream().map(name -> CpuModel.of(name, 4));
  }

  private static Rig rig(CpuModel model) {
    return new Rig(model, new NoVmx(), cache -> RegionCompiler.NONE);
  }

  private static int[] cpuid(Rig rig, int leaf, int sub) {
    rig.cpu.r[0] = leaf & 0xFFFFFFFFL;
    rig.cpu.r[1] = sub;
    rig.call(Helper.CPUID);
    long[] r = rig.cpu.r;
    return new int[] {(int) r[0], (int) r[3], (int) r[1], (int) r[2]};
  }

  @ParameterizedTest
  @MethodSource("models")
  void tableHasExactlyTheRowsOfTheFeatures(CpuModel model) {
    Set<String> expected = new TreeSet<>();
    for (Row row : rows(new InstructionTable())) {
      if (row.feature().isEmpty() || model.has(Feature.valueOf(row.feature()))) {
        expected.add(row.opcode() + " " + row.mnemonic() + " " + row.operands());
      }
    }
    Set<String> found = new TreeSet<>();
    for (Row row : rows(new InstructionTable(model.features()))) {
      found.add(row.opcode() + " " + row.mnemonic() + " " + row.operands());
    }
    assertEquals(expected, found);
  }

  private static List<Row> rows(InstructionTable table) {
    List<Row> all = new ArrayList<>();
    int n = table.size();
    for (int r = 0; r < n; r++) {
      all.add(table.row(r));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("models")
  void cpuidAnnouncesExactlyTheFeatures(CpuModel model) {
    try (Rig rig = rig(model)) {
      for (Feature f : Feature.values()) {
        int answer = cpuid(rig, f.leaf(), f.subleaf())[f.register().ordinal()];
        boolean beyond = f.leaf() > 0 && f.leaf() > model.lastLeaf();
        assertEquals(model.has(f) && !beyond, !beyond && (answer & f.mask()) != 0, f.name());
        assertTrue(!model.has(f) || !beyond, () -> f + " lies beyond the last leaf");
      }
    }
  }

  /** Bits of the feature words that no {@link Feature} knows would be promises nobody keeps. */
  @ParameterizedTest
  @MethodSource("models")
  void cpuidAnnouncesNothingElse(CpuModel model) {
    Map<Long, int[]> known = new HashMap<>();
    for (Feature f : Feature.values()) {
      known
              .computeIfAbsent(CpuModel.leafKey(f.leaf(), f.subleaf()), k -> new int[4])[
              f.register().ordinal()] |=
          f.mask();
    }
    int osxsave = 1 << 27;
    try (Rig rig = rig(model)) {
      int[] one = cpuid(rig, 1, 0);
      assertEquals(0, one[2] & ~(known.get(CpuModel.leafKey(1, 0))[2] | osxsave));
      assertEquals(0, one[3] & ~known.get(CpuModel.leafKey(1, 0))[3]);
      for (int[] place : new int[][] {{7, 0}, {0x80000001, 0}, {0x80000007, 0}}) {
        int[] answer = cpuid(rig, place[0], place[1]);
        int[] may = known.get(CpuModel.leafKey(place[0], place[1]));
        for (int i = 1; i < 4; i++) {
          assertEquals(0, answer[i] & ~may[i], "leaf %x word %d".formatted(place[0], i));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void controlBitsAreThoseOfTheFeatures(CpuModel model) {
    long bits = 0;
    for (Map.Entry<Feature, Long> e : CR4.entrySet()) {
      bits |= model.has(e.getKey()) ? e.getValue() : 0;
    }
    assertEquals(Long.toHexString(bits), Long.toHexString(model.cr4Bits()));
    assertEquals(model.has(Feature.NX), (model.eferBits() & 1 << 11) != 0);
    assertEquals(model.has(Feature.SYSCALL), (model.eferBits() & 1) != 0);
    assertEquals(Long.toHexString(bits), Long.toHexString(model.vmx().get(0x489)), "CR4_FIXED1");
    long mpx = model.has(Feature.MPX) ? 0x18 : 0;
    long xcr0 = model.has(Feature.XSAVE) ? mpx | (model.has(Feature.AVX) ? 7 : 3) : 0;
    assertEquals(xcr0, model.xcr0Bits());
  }

  @ParameterizedTest
  @MethodSource("models")
  void cr4TakesExactlyTheBitsOfTheModel(CpuModel model) {
    for (int bit = 0; bit < 64; bit++) {
      try (Rig rig = rig(model)) {
        rig.long64();
        rig.call(Helper.MOV_TO_CR, 4, rig.cpu.cr4 | 1L << bit, 0);
        boolean allowed = (model.cr4Bits() & 1L << bit) != 0;
        assertEquals(allowed ? Cpu.FAULT_NONE : Cpu.FAULT_EXCEPTION, rig.cpu.fault, "bit " + bit);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void signatureIsInEdxAfterReset(CpuModel model) {
    try (Rig rig = rig(model)) {
      assertEquals(model.signature(), (int) rig.cpu.r[2]);
      assertEquals(model.signature(), cpuid(rig, 1, 0)[0]);
    }
  }

  @Test
  void e3825IsTheBoardsOwnOneButSlower() {
    CpuModel own = CpuModel.e3845(2);
    CpuModel slow = CpuModel.of("e3825", 2);
    assertEquals(16 * 83_333_333L, slow.tscHertz());
    assertEquals(CpuModel.TSC_HERTZ, own.tscHertz());
    assertEquals(own.features(), slow.features());
    assertEquals(own.vmx(), slow.vmx());
  }

  @Test
  void msrsDifferByModel() {
    try (Rig atom = rig(CpuModel.e3845(1));
        Rig v3 = rig(CpuModel.of("x86-64-v3", 1))) {
      assertEquals(null, atom.cpu.msrs.read(atom.cpu, 0x10A));
      assertTrue((v3.cpu.msrs.read(v3.cpu, 0x10A) & 1) != 0);
      assertTrue(atom.cpu.msrs.read(atom.cpu, 0x66A) != 0);
      assertEquals(null, v3.cpu.msrs.read(v3.cpu, 0x66A));
    }
  }

  /** IA32_XSS has the components whose feature the model has. */
  @ParameterizedTest
  @MethodSource("models")
  void supervisorComponentsAreThoseOfTheFeatures(CpuModel model) {
    long hdc = model.has(Feature.XSAVES) && model.has(Feature.HDC) ? 1 << 13 : 0;
    assertEquals(hdc, model.xssBits());
  }

  @Test
  void likeTakesOverAnotherModel() {
    CpuModel v3 = CpuModel.of("x86-64-v3", 1);
    CpuModel full = CpuModel.of("x86-64-full", 1);
    assertTrue(full.features().containsAll(v3.features()));
    assertEquals(v3.cr4Bits(), full.cr4Bits());
    assertEquals(v3.vmx().get(0x480), full.vmx().get(0x480));
    assertEquals("x86-64-full", full.name());
    assertRefused("no processor model \"v9\"", "like v9\n");
    assertRefused("model n, line 3: second line with name", "like x86-64-v3\nname n\nname m\n");
  }

  // Reading

  private static void assertRefused(String message, String text) {
    var e = assertThrows(IllegalArgumentException.class, () -> new ModelReader(text).read(1));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void mistakesAreNamedWithTheirLine() {
    assertRefused("model m, line 2: unknown feature SEE2", "name m\nfeatures SSE SEE2\n");
    assertRefused("line 1: unknown word nome", "nome m\n");
    assertRefused("line 1: cr4 has no bit SNAP", "cr4 SNAP\n");
    assertRefused("line 3: second line for CPUID leaf 2", "\ncpuid 2 0 0 0 0\ncpuid 2 1 0 0 0\n");
    assertRefused("expected a hexadecimal number, found xyz", "cpuid 2 0 xyz 0 0\n");
    assertRefused(
        "expected absent, read-only, strict or lenient, found open", "msr 1 open 0 0 A\n");
    assertRefused("expected 5 words or more behind cpuid", "cpuid 2 0 0 0\n");
    assertRefused("second line with name", "name a\nname b\n");
    assertRefused("model m: no line summary", "name m\n");
  }

  @Test
  void unknownModelIsRefusedWithTheKnownOnes() {
    var e = assertThrows(IllegalArgumentException.class, () -> CpuModel.of("i486", 1));
    assertEquals(
        "there is no processor model \"i486\"; expected one of e3845, x86-64-v3, x86-64-full, e3825",
        e.getMessage());
  }
}
