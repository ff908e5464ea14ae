package io.github.bitterling.minnow.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegisterFileTest {
  private final RegisterFile file = new RegisterFile("TEST", 0x40);

  @Test
  void writeMaskProtectsReadOnlyBits() {
    Register r = file.register("R", 0, 4, 0x1234_5678, 0x0000_FFFF);
    file.write(0, 4, 0xAAAA_BBBBL);
    assertEquals(0x1234_BBBBL, r.get());
  }

  @Test
  void onesClearStatusBitsAndZerosKeepThem() {
    Register r = file.register("S", 4, 2, 0, 0).clearedByOne(0x00FF);
    r.set(0xFFFF);
    file.write(4, 2, 0xFF0F);
    assertEquals(0xFFF0, r.get());
  }

  @Test
  void accessesOfAnyWidthMeetTheSameBytes() {
    file.register("A", 8, 4, 0x4433_2211L, 0xFFFF_FFFFL);
    file.register("B", 12, 4, 0x8877_6655L, 0xFFFF_FFFFL);
    assertEquals(0x8877_6655_4433_2211L, file.read(8, 8));
    assertEquals(0x5544, file.read(11, 2));
    file.write(11, 2, 0xBBAA);
    assertEquals(0x8877_66BB_AA33_2211L, file.read(8, 8));
  }

  @Test
  void hooksSeeWhichBitsWereWritten() {
    List<String> seen = new ArrayList<>();
    file.register("A", 0, 4, 0, 0xFFFF_FFFFL)
        .onWrite((v, raw) -> seen.add(String.format("A %X %X", v, raw)));
    file.register("B", 4, 4, 0, 0xFFFF_FFFFL)
        .onWrite((v, raw) -> seen.add(String.format("B %X %X", v, raw)));
    file.write(2, 1, 0x12);
    file.write(2, 4, 0x8765_4321L);
    assertEquals(List.of("A 120000 120000", "A 43210000 43210000", "B 8765 8765"), seen);
  }

  @Test
  void readHookComputesTheValue() {
    file.readOnly("T", 0, 4, 0).onRead(() -> 0x1234);
    assertEquals(0x12, file.read(1, 1));
  }

  @Test
  void resetRestoresEveryByte() {
    Register r = file.register("R", 0, 4, 7, 0xFF);
    file.storage(0, 0x40);
    file.write(0, 4, 0);
    file.write(0x20, 4, 0x55);
    file.reset();
    assertEquals(7, r.get());
    assertEquals(0, file.read(0x20, 4));
  }

  @Test
  void undeclaredBytesAreReserved() {
    file.write(0x30, 4, 0xFFFF_FFFFL);
    assertEquals(0, file.read(0x30, 4));
  }

  @Test
  void overlappingRegistersAreRefused() {
    file.register("FIRST", 0, 4, 0, 0);
    var e = assertThrows(IllegalStateException.class, () -> file.register("SECOND", 2, 4, 0, 0));
    assertTrue(e.getMessage().contains("FIRST"), e.getMessage());
  }

  @Test
  void dumpShowsRegistersAndUsedStorage() {
    file.register("NAME", 0, 2, 0xBEEF, 0);
    file.storage(0x20, 8);
    file.write(0x24, 4, 0x1234);
    StringBuilder out = new StringBuilder();
    file.dump(out);
    assertTrue(out.toString().contains("TEST+000 NAME             BEEF"), out.toString());
    assertTrue(out.toString().contains("TEST+024"), out.toString());
  }
}
