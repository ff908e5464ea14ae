package io.github.bitterling.minnow.dram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkewReaderTest {
  private static final String FIELDS = " rcven=470 wdqs=296 rdqs=10..46 vref=-14..30 wdq=dead";

  private static String board(int lanes) {
    return IntStream.range(0, lanes)
        .mapToObj(n -> "lane " + n + FIELDS + " # comment\n")
        .collect(Collectors.joining());
  }

  @Test
  void readsEveryField() {
    BoardSkew board = SkewReader.read("x", "# a board\n\n" + board(9));
    LaneSkew expected =
        new LaneSkew(470, 296, new Window(10, 46), new Window(-14, 30), Window.DEAD);
    assertEquals(expected, board.lane(8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lane 9 rcven=1 | each lane from 0 to 8 once, found lane 9",
        "lane 0 rcven=470 | all of rcven, wdqs, rdqs, vref, wdq, found rcven",
        "lane 0 rcven=1 rcven=2 | once, found \"rcven=2\"",
        "lane 0 speed=1 | each of rcven, wdqs, rdqs, vref, wdq once, found \"speed=1\"",
        "lane x | expected \"lane N name=value ...\", found lane x",
        "lane 0 rcven=999 wdqs=296 rdqs=1..2 vref=1..2 wdq=1..2 | rcven from 1 to 895, found 999",
        "lane 0 rcven=9 wdqs=296 rdqs=3..2 vref=1..2 wdq=1..2 | rdqs=A..B within 0..127, or dead"
      })
  void saysWhatIsWrongAndWhere(String line, String message) {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> SkewReader.read("my.skew", "\n" + line + "\n"));
    assertTrue(e.getMessage().startsWith("my.skew, line 2: "), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void theDocumentedFileIsTheDefault() throws IOException {
    String text = Files.readString(Path.of("../docs/turbot.skew"));
    assertEquals(BoardSkew.TURBOT, SkewReader.read("turbot.skew", text));
  }

  @Test
  void saysWhichLanesAreMissing() {
    var e = assertThrows(IllegalArgumentException.class, () -> SkewReader.read("x", board(7)));
    assertTrue(e.getMessage().endsWith("not found: [7, 8]"), e.getMessage());
  }

  @Test
  void aSeedIsABoard() {
    assertEquals(BoardSkew.random(7), BoardSkew.random(7));
    assertNotEquals(BoardSkew.random(7), BoardSkew.random(8));
  }
}
