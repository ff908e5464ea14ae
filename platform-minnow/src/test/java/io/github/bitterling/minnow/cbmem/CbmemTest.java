package io.github.bitterling.minnow.cbmem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.cbmem.Cbmem.Timestamp;
import io.github.bitterling.minnow.cbmem.Cbmem.TimestampTable;
import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A directory made by hand, with its root pointer beneath 60 MiB of 64. */
class CbmemTest {
  private static final long TOP = 60 << 20;
  private static final long ROOT = TOP - 0x1000;
  private static final int CONSOLE = 0x434F_4E53;
  private static final int TIMESTAMPS = 0x5449_4D45;

  private final BoardFixture f = new BoardFixture(64 << 20, List.of());
  private int entries;

  @AfterEach
  void close() {
    f.close();
  }

  private void put(long address, int... dwords) {
    for (int i = 0; i < dwords.length; i++) {
      f.bus.write(address + 4L * i, 4, dwords[i] & 0xFFFF_FFFFL);
    }
  }

  private void root() {
    put(TOP - 8, 0xC038_9481, 8 - 0x1000);
    put(ROOT, 64, entries, 0, 0x1000, 0);
  }

  private void area(int id, long start, int size) {
    put(ROOT + 20 + 16L * entries++, 0x3FC7_6B7E, (int) (start - ROOT), size, id);
    root();
  }

  private void text(long address, String text) {
    for (int i = 0; i < text.length(); i++) {
      f.bus.write(address + i, 1, text.charAt(i));
    }
  }

  @Test
  void nothingIsFoundInEmptyMemory() {
    assertEquals(Cbmem.NONE, f.board.cbmem());
  }

  @Test
  void consoleUpToItsCursor() {
    area(CONSOLE, ROOT - 0x1000, 0x1000);
    put(ROOT - 0x1000, 0xFF8, 5);
    text(ROOT - 0xFF8, "helloxxx");
    assertEquals(Optional.of("hello"), f.board.cbmem().console());
  }

  @Test
  void fullConsoleIsARing() {
    area(CONSOLE, ROOT - 0x1000, 0x1000);
    put(ROOT - 0x1000, 8, 0x8000_0003);
    text(ROOT - 0xFF8, "fghabcde");
    assertEquals(Optional.of("abcdefgh"), f.board.cbmem().console());
  }

  @Test
  void areasThatDoNotFitTheirSizesAreLeftOut() {
    area(CONSOLE, ROOT - 0x1000, 0x1000);
    area(TIMESTAMPS, ROOT - 0x2000, 16 + 12);
    put(ROOT - 0x1000, 0x1000, 5);
    put(ROOT - 0x2000, 0, 0, 60, 2);
    assertEquals(Cbmem.NONE, f.board.cbmem());
    put(ROOT - 0x1000, -1, 5);
    put(ROOT + 4, -1);
    assertEquals(Cbmem.NONE, f.board.cbmem());
  }

  @Test
  void stampsAreReadAsTheyStand() {
    area(TIMESTAMPS, ROOT - 0x1000, 0x1000);
    put(ROOT - 0x1000, 5, 1, 1916 << 16 | 60, 2, 10, 7, 2, 99, 9, 0);
    TimestampTable table = f.board.cbmem().timestamps().orElseThrow();
    assertEquals(1L << 32 | 5, table.base());
    assertEquals(1916, table.megahertz());
    assertEquals(List.of(new Timestamp(10, 2L << 32 | 7), new Timestamp(99, 9)), table.stamps());
  }

  @Test
  void stampsArePrintedInOrderOfTime() {
    TimestampTable table =
        new TimestampTable(
            2000, 2, List.of(new Timestamp(99, 4_000_000), new Timestamp(12345, 10)));
    assertEquals(
        """
        2 entries total:

           0:1st timestamp                                     1,000
        12345:<unknown>                                         1,005 (5)
          99:selfboot jump                                     2,001,000 (1,999,995)

        Total Time: 2,000,000
        """,
        CbmemText.timestamps(table));
  }

  /** Without a base nothing precedes the first stamp; without a rate it is the processor's. */
  @Test
  void stampsWithoutBaseAndRate() {
    TimestampTable table = new TimestampTable(0, 0, List.of(new Timestamp(10, 1916)));
    assertEquals(
        """
        1 entries total:

           0:1st timestamp                                     0
          10:start of ramstage                                 1

        Total Time: 1
        """,
        CbmemText.timestamps(table));
  }

  @Test
  void bytesThatDoNotPrintAreQuestionMarks() {
    assertEquals("a\tb?c?\n\n", CbmemText.console("a\tb\0c\u00e9\n"));
  }
}
