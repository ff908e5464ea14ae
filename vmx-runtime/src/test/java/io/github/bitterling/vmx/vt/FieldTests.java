package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FieldTests {
  /**
   * First and last encoding of each group in SDM volume 3, appendix B, with what the appendix says
   * of it.
   */
  @ParameterizedTest
  @CsvSource({
    "0x0000,W16,CONTROL,2",
    "0x080E,W16,GUEST,2",
    "0x0C0C,W16,HOST,2",
    "0x2000,W64,CONTROL,8",
    "0x2400,W64,READ_ONLY,8",
    "0x2810,W64,GUEST,8",
    "0x2C04,W64,HOST,8",
    "0x4000,W32,CONTROL,4",
    "0x4022,W32,CONTROL,4",
    "0x440E,W32,READ_ONLY,4",
    "0x482E,W32,GUEST,4",
    "0x4C00,W32,HOST,4",
    "0x600E,NATURAL,CONTROL,8",
    "0x640A,NATURAL,READ_ONLY,8",
    "0x6826,NATURAL,GUEST,8",
    "0x6C16,NATURAL,HOST,8"
  })
  void encodingGivesWidthAndGroup(int encoding, Field.Width width, Field.Group group, int bytes) {
    Field f = Field.of(encoding);
    assertEquals(width, f.width());
    assertEquals(group, f.group());
    assertEquals(bytes, f.bytes());
    assertEquals(group == Field.Group.READ_ONLY, f.readOnly());
  }

  @ParameterizedTest
  @EnumSource(Field.class)
  void nameAgreesWithGroup(Field f) {
    assertEquals(f.name().startsWith("HOST_"), f.group() == Field.Group.HOST);
    assertSame(f, Field.of(f.encoding()));
    assertEquals(0, f.offset() % f.bytes());
  }

  @Test
  void regionFitsWhatBasicMsrSaysAndFieldsDoNotOverlap() {
    BitSet used = new BitSet();
    used.set(0, Field.FIRST_OFFSET);
    for (Field f : Field.values()) {
      assertTrue(used.get(f.offset(), f.offset() + f.bytes()).isEmpty(), f.name());
      used.set(f.offset(), f.offset() + f.bytes());
    }
    assertTrue(Field.regionBytes() <= Capabilities.e3845().regionBytes());
  }

  @Test
  void enumerationMsrNamesTheHighestIndex() {
    for (String model : CpuModel.names()) {
      Capabilities caps = Capabilities.of(CpuModel.of(model, 1));
      int highest = 0;
      for (Field f : Field.values()) {
        highest = caps.has(f) ? Math.max(highest, f.encoding() & 0x3FE) : highest;
      }
      assertEquals(highest, caps.msr(0x48A), model);
    }
  }

  @Test
  void highHalvesExistForSixtyFourBitFieldsOnly() {
    assertSame(Field.EPT_POINTER, Field.of(0x201B));
    assertNull(Field.of(0x4001));
    assertNull(Field.of(0x6801));
    assertNull(Field.of(1L << 32));
    assertNull(Field.of(0x8000));
  }
}
