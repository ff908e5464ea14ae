package io.github.bitterling.vmx.silicon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Trials that once differed, one a line: the trial, a blank, what the processor changed. Lines with
 * a # are comments.
 */
final class Replays {
  private static final Path FAILURES = Path.of("target", "silicon-failures");

  private final String resource;
  private final List<String> failures = new ArrayList<>();

  Replays(String resource) {
    this.resource = resource;
  }

  /** A trial and what a processor made of it. */
  record Replay(Trial trial, Outcome expected) {}

  List<Replay> read() throws IOException {
    List<Replay> all = new ArrayList<>();
    try (var in = Replays.class.getResourceAsStream(resource)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
        if (!line.isBlank() && !line.startsWith("#")) {
          int blank = line.indexOf(' ');
          Trial t = Trial.parse(line.substring(0, blank));
          all.add(new Replay(t, Outcome.parse(t, line.substring(blank))));
        }
      }
    }
    return all;
  }

  /** Keeps a trial that differs. */
  void failed(String what, Trial t, Outcome host) {
    failures.add("# " + what.replace('\n', ' '));
    failures.add(t.line() + " " + host.changes(t));
  }

  /**
   * Writes what failed below {@code target}, as lines for the resource; returns what to do with
   * them.
   */
  String write() throws IOException {
    if (failures.isEmpty()) {
      return "";
    }
    Files.createDirectories(FAILURES);
    Path file = FAILURES.resolve(resource);
    Files.write(file, failures);
    return "; append "
        + file.toAbsolutePath()
        + " to "
        + resource
        + " in the test resources, where every test run repeats it";
  }
}
