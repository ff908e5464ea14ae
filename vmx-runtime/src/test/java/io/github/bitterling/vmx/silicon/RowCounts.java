package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Comparisons and differences of each row of the instruction table on one engine. */
final class RowCounts {
  private final String label;
  private final Map<String, long[]> counts = new TreeMap<>();

  RowCounts(String label) {
    this.label = label;
  }

  /** Names a row: opcode, mnemonic and operands. */
  static String key(Row row) {
    StringBuilder s =
        new StringBuilder(row.opcode()).append(' ').append(row.mnemonic()).append(' ');
    row.operands().forEach(o -> s.append(s.charAt(s.length() - 1) == ' ' ? "" : ",").append(o));
    return s.toString().trim();
  }

  void add(Row row, boolean different) {
    long[] c = counts.computeIfAbsent(key(row), k -> new long[2]);
    c[0]++;
    c[1] += different ? 1 : 0;
  }

  /**
   * Writes {@code label-seed.tsv} into a directory when the full run asks for it: key, comparisons,
   * differences.
   */
  void write() throws IOException {
    String directory = System.getProperty("silicon.counts", "");
    if (directory.isEmpty()) {
      return;
    }
    List<String> lines = new ArrayList<>();
    counts.forEach((key, c) -> lines.add(key + "\t" + c[0] + "\t" + c[1]));
    Path file = Path.of(directory, label + "-" + Long.getLong("silicon.seed", 0) + ".tsv");
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }
}
