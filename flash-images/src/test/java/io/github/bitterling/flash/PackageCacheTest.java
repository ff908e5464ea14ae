package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cache of the scripts that fetch packages (private-apt.sh), killed at each of its steps. */
class PackageCacheTest {
  private static final Path FUNCTIONS = Path.of("scripts/private-apt.sh").toAbsolutePath();

  /** Ends the shell in the place of the step that follows the first {@code $steps}. */
  private static final String KILLED =
      """
      step() { [ "$steps" -gt 0 ] || exit 9; steps=$((steps - 1)); }
      mv() { step; command mv "$@"; }
      rm() { step; command rm "$@"; }
      """;

  private static final String FETCHED =
      "mkdir $work/new; echo new > $work/new/one; echo new > $work/new/two; ";

  @TempDir Path folder;

  @BeforeEach
  void fill() throws IOException {
    Path files = Files.createDirectory(folder.resolve("files"));
    Files.writeString(files.resolve("one"), "old\n");
    Files.writeString(files.resolve("two"), "old\n");
  }

  private int shell(String script) throws IOException, InterruptedException {
    String start = "set -eu; folder=" + folder + "; . " + FUNCTIONS + "; enter_cache; ";
    Process process =
        new ProcessBuilder("sh", "-c", start + script).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("", said);
    return process.waitFor();
  }

  private String content(String name) throws IOException {
    return Files.readString(folder.resolve("files").resolve(name)).strip();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** rm of what an older run left, mv of the old files, mv of the new ones, rm of the old ones. */
  @ParameterizedTest
  @CsvSource({"0, old", "1, old", "2, old", "3, new"})
  void killedReplacementLeavesOneSetWhole(int steps, String expected)
      throws IOException, InterruptedException {
    assertEquals(9, shell("steps=" + steps + "; " + KILLED + FETCHED + "replace_files"));
    assertEquals(0, shell("rmdir $work"));
    assertEquals(expected, content("one"));
    assertEquals(expected, content("two"));
    assertEquals(0, shell(FETCHED + "replace_files; rmdir $work"));
    assertEquals("new", content("two"));
    assertEquals(List.of("files", "lock"), names());
  }

  @Test
  void workingFolderOfAKilledRunIsTakenAway() throws IOException, InterruptedException {
    assertEquals(9, shell("echo half > $work/download; exit 9"));
    assertEquals(3, names().size());
    assertEquals(0, shell("rmdir $work"));
    assertEquals(List.of("files", "lock"), names());
    assertFalse(Files.exists(folder.resolve("files.old")));
  }
}
