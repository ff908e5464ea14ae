package io.github.bitterling.minnow.cbmem;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.cbmem.Cbmem.Timestamp;
import io.github.bitterling.minnow.cbmem.Cbmem.TimestampTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds CBMEM in guest memory as coreboot lays it out (its "in-memory database"): a root pointer in
 * the last 8 bytes below a page boundary, the root it points to with a directory of areas. Nothing
 * in memory is trusted.
 */
public final class CbmemReader {
  private static final int PAGE = 4096;
  private static final long LOWEST = 0x10_0000;

  private static final int ROOT_POINTER_MAGIC = 0xC038_9481;
  private static final int ENTRY_MAGIC = ~ROOT_POINTER_MAGIC;
  private static final int ROOT_BYTES = 20;
  private static final int ENTRY_BYTES = 16;
  private static final int MOST_ENTRIES = 1024;

  private static final int CONSOLE = 0x434F_4E53; // "CONS"
  private static final int TIMESTAMPS = 0x5449_4D45; // "TIME"

  private static final int CONSOLE_BYTES = 8;
  private static final int CURSOR = (1 << 28) - 1;
  private static final int MOST_CONSOLE = 1 << 20;
  private static final int TABLE_BYTES = 16;
  private static final int STAMP_BYTES = 12;
  private static final int MOST_STAMPS = 4096;

  private final Dma memory;

  private CbmemReader(Dma memory) {
    this.memory = memory;
  }

  /**
   * @param low first address above low DRAM; at most 4 GiB
   */
  public static Cbmem read(Dma memory, long low) {
    CbmemReader reader = new CbmemReader(memory);
    for (long top = low & -PAGE; top > LOWEST; top -= PAGE) {
      if ((int) memory.read32(top - 8) == ROOT_POINTER_MAGIC) {
        Cbmem found = reader.root(top - 8 + (int) memory.read32(top - 4));
        if (!found.equals(Cbmem.NONE)) {
          return found;
        }
      }
    }
    return Cbmem.NONE;
  }

  private Cbmem root(long root) {
    int entries = Math.clamp((int) memory.read32(root + 4), 0, MOST_ENTRIES);
    Optional<String> console = Optional.empty();
    Optional<TimestampTable> timestamps = Optional.empty();
    for (int i = 0; i < entries; i++) {
      ByteBuffer entry = bytes(root + ROOT_BYTES + (long) ENTRY_BYTES * i, ENTRY_BYTES);
      boolean valid = entry.getInt() == ENTRY_MAGIC;
      long start = root + entry.getInt();
      int size = entry.getInt();
      int id = entry.getInt();
      if (valid && id == CONSOLE) {
        console = console(start, size);
      } else if (valid && id == TIMESTAMPS) {
        timestamps = timestamps(start, size);
      }
    }
    return new Cbmem(console, timestamps);
  }

  /** Size and cursor, then the text; bit 31 of the cursor: it is a ring that starts there. */
  private Optional<String> console(long start, int areaBytes) {
    int size = (int) memory.read32(start);
    int cursor = (int) memory.read32(start + 4);
    if (size <= 0 || size > MOST_CONSOLE || size > areaBytes - CONSOLE_BYTES) {
      return Optional.empty();
    }
    int at = cursor & CURSOR;
    long body = start + CONSOLE_BYTES;
    if (cursor >= 0) {
      return Optional.of(text(body, Math.min(at, size)));
    }
    int oldest = at < size ? at : 0;
    return Optional.of(text(body + oldest, size - oldest) + text(body, oldest));
  }

  private String text(long address, int length) {
    return new String(bytes(address, length).array(), StandardCharsets.ISO_8859_1);
  }

  /** Base, number of places, rate, number of stamps; then id and ticks of each. */
  private Optional<TimestampTable> timestamps(long start, int areaBytes) {
    ByteBuffer header = bytes(start, TABLE_BYTES);
    long base = header.getLong();
    int places = header.getShort() & 0xFFFF;
    int megahertz = header.getShort() & 0xFFFF;
    int count = header.getInt();
    int room = (areaBytes - TABLE_BYTES) / STAMP_BYTES;
    if (count < 0 || count > Math.min(Math.min(places, room), MOST_STAMPS)) {
      return Optional.empty();
    }
    ByteBuffer table = bytes(start + TABLE_BYTES, count * STAMP_BYTES);
    List<Timestamp> stamps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      stamps.add(new Timestamp(table.getInt(), table.getLong()));
    }
    return Optional.of(new TimestampTable(base, megahertz, List.copyOf(stamps)));
  }

  private ByteBuffer bytes(long address, int length) {
    byte[] read = new byte[length];
    memory.read(address, read, 0, length);
    return ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
  }
}
