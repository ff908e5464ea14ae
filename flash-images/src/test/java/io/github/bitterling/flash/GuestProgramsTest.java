package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the programs that run in the guest have to look like to find each other. */
class GuestProgramsTest {
  private static final int SECTOR = 512;

  private static ByteBuffer program(String name) {
    return ByteBuffer.wrap(FlashImageBuilder.resource(name)).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void resetVectorJumpsIntoTheBootblockAndLeavesTheHeaderPointerFree() {
    ByteBuffer bootblock = program("bootblock.bin");
    int vector = bootblock.capacity() - 16;
    assertEquals(0, bootblock.capacity() % 64);
    assertEquals(0xE9, bootblock.get(vector) & 0xFF, "jmp rel16");
    // Offsets in the 64 KiB segment that ends at 4 GiB; the jump wraps within it.
    int target = 0xFFF0 + 3 + bootblock.getShort(vector + 1) & 0xFFFF;
    int start = 0x10000 - bootblock.capacity();
    assertTrue(target >= start && target < 0xFFF0, Integer.toHexString(target));
    assertEquals(0xFA, bootblock.get(target - start) & 0xFF, "cli");
    assertEquals(0, bootblock.getInt(vector + 12), "place of the CBFS header pointer");
  }

  @Test
  void ramstageLiesClearOfTheHypervisorAndOfSmallPayloads() {
    ElfFile ramstage = ElfFile.read(FlashImageBuilder.resource("ramstage.elf"), "the ramstage");
    ElfFile hypervisor =
        ElfFile.read(FlashImageBuilder.resource("hypervisor.elf"), "the hypervisor");
    assertEquals(0xE0_0000, ramstage.start());
    assertTrue(ramstage.end() <= 0x100_0000, Long.toHexString(ramstage.end()));
    for (ElfSegment segment : hypervisor.segments()) {
      assertTrue(
          segment.end() <= ramstage.start() || segment.physicalAddress() >= ramstage.end(),
          segment::toString);
    }
  }

  @Test
  void bootDiskHasABootSectorThatSaysHello() {
    ByteBuffer disk = program("bootdisk.img");
    assertEquals(1 << 20, disk.capacity());
    assertEquals(0xAA55, disk.getShort(SECTOR - 2) & 0xFFFF);
    String sector = new String(disk.array(), 0, SECTOR, StandardCharsets.ISO_8859_1);
    assertTrue(sector.contains("bootdisk: hello from sector 0"));
  }
}
