package io.github.bitterling.frontend.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Feature;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InstructionTableTests {
  private final InstructionTable table = new InstructionTable();

  @Test
  void everySemanticsKeyIsUsed() {
    Set<Sem> unused = EnumSet.allOf(Sem.class);
    for (int r = 0; r < table.size(); r++) {
      unused.remove(table.semantics(r));
    }
    assertEquals(Set.of(), unused);
  }

  @Test
  void noTwoRowsBearTheSameOpcodeInTheSameMode() {
    Set<String> seen = new HashSet<>();
    String last = "";
    for (int r = 0; r < table.size(); r++) {
      Row row = table.row(r);
      int modes = row.attributes() & (Attr.I64 | Attr.O64);
      String key = row.opcode() + " " + modes;
      // +8 and +c expand to neighbours of the same text.
      assertTrue(seen.add(key) || key.equals(last) && row.opcode().contains("+"), key);
      last = key;
    }
  }

  @Test
  void flagLettersAreFlags() {
    for (int r = 0; r < table.size(); r++) {
      Row row = table.row(r);
      assertTrue(
          (row.written() + row.read() + row.undefined()).matches("[oszapc]*"), row.toString());
    }
  }

  @Test
  void rowsKnowTheirFacts() {
    Decoder decoder = new Decoder();
    Insn i = decoder.decode(p -> new int[] {0xF0, 0x48, 0x0F, 0xC7, 0x0E}[p], 0, 2);
    Row row = decoder.table().row(i.row());
    assertEquals("cmpxchg16b", i.mnemonic());
    assertEquals("CX8", row.feature());
    assertEquals("z", row.written());
    assertEquals(
        "ALWAYS",
        decoder.table().row(decoder.decode(p -> p == 0 ? 0x0F : 0xA2, 0, 2).row()).intercept());
  }

  /** Without the feature the row is not there; the next one that fits counts. */
  @Test
  void rowsOfAbsentFeaturesDoNotExist() {
    int[] popcnt = {0xF3, 0x0F, 0xB8, 0xC1};
    int[] rdtscp = {0x0F, 0x01, 0xF9};
    Decoder all = new Decoder();
    Decoder none = new Decoder(EnumSet.noneOf(Feature.class));
    assertEquals("popcnt", all.decode(p -> popcnt[p], 0, 2).mnemonic());
    assertEquals(Insn.Status.INVALID, none.decode(p -> popcnt[p], 0, 2).status());
    assertEquals("rdtscp", all.decode(p -> rdtscp[p], 0, 2).mnemonic());
    assertEquals(Insn.Status.INVALID, none.decode(p -> rdtscp[p], 0, 2).status());
    assertEquals("nop", none.decode(p -> 0x90, 0, 2).mnemonic());
  }
}
