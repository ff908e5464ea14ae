package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The page has the table's rows. {@code -Dcoverage.write="text about the run"
 * -Dsilicon.counts=DIRECTORY} writes it anew after a run of the silicon profile; without the
 * directory only the rows change and old numbers stay.
 */
class CoveragePageTests {
  private static final Path PAGE = Path.of("..", "docs", "isa-coverage.md");

  @Test
  void pageHasTheRowsOfTheTable() throws Exception {
    String about = System.getProperty("coverage.write", "");
    if (!about.isEmpty()) {
      String counts = System.getProperty("silicon.counts", "");
      Files.writeString(
          PAGE,
          counts.isEmpty()
              ? CoveragePage.from(Files.readString(PAGE))
                  .text(CoveragePage.about(Files.readString(PAGE)))
              : CoveragePage.of(Path.of(counts)).text(about));
    }
    assertEquals(
        List.copyOf(CoveragePage.rows().keySet()),
        CoveragePage.keys(Files.readString(PAGE)),
        "docs/isa-coverage.md has other rows than the table: run this test with -Dcoverage.write=rows");
  }
}
