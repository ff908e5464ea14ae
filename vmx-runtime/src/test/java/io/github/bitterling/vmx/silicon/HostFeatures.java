package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the host's processor has, by the names of the table's features; others are skipped. */
final class HostFeatures {
  /** Names in /proc/cpuinfo where they are not the feature's in small letters. */
  private static final Map<String, String> NAMES =
      Map.of(
          "SSE3", "pni",
          "SSE41", "sse4_1",
          "SSE42", "sse4_2",
          "CLFSH", "clflush",
          "PREFETCHW", "3dnowprefetch",
          "LZCNT", "abm",
          "SHA", "sha_ni");

  private final Set<String> flags;
  private final Set<String> missing = new TreeSet<>();

  HostFeatures() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    flags =
        Files.isReadable(info)
            ? Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("flags"))
                .limit(1)
                .flatMap(line -> Arrays.stream(line.split("[\\s:]+")))
                .collect(Collectors.toSet())
            : Set.of();
  }

  /** Whether the host can run a row; remembers what it lacks. */
  boolean has(Row row) {
    String feature = row.feature();
    boolean has =
        feature.isEmpty()
            || flags.contains(NAMES.getOrDefault(feature, feature.toLowerCase(Locale.ROOT)));
    if (!has) {
      missing.add(feature);
    }
    return has;
  }

  /** Says what was left out. */
  void report() {
    if (!missing.isEmpty()) {
      System.out.println("not compared, because this host has no " + String.join(", ", missing));
    }
  }
}
