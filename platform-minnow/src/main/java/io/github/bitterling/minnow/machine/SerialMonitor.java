package io.github.bitterling.minnow.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Follows the serial output: passes it on, remembers the last line, recognises milestones by their
 * text and the text that ends the run.
 */
public final class SerialMonitor {
  private static final int LONGEST_LINE = 4096;

  /** A text and what its first appearance means. */
  private record Pattern(String text, String milestone) {}

  private final Console console;
  private final MilestoneRecorder recorder;
  private final Optional<String> until;
  private final List<Pattern> waiting = new ArrayList<>();
  private final StringBuilder line = new StringBuilder();
  private final StringBuilder tail = new StringBuilder();
  private String lastLine = "";
  private boolean untilSeen;
  private int longest = 1;

  public SerialMonitor(Console console, MilestoneRecorder recorder, Optional<String> until) {
    this.console = console;
    this.recorder = recorder;
    this.until = until;
    until.ifPresent(text -> longest = text.length());
    expect("Bitterling firmware", "firmware");
    expect("coreboot-", "firmware");
    expect("jumping to payload", "payload start");
    expect("Jumping to boot code", "payload start");
    expect("SeaBIOS (version", "SeaBIOS banner");
    expect("Booting from 0000:7c00", "boot sector");
    expect("bootdisk:", "boot sector");
  }

  private void expect(String text, String milestone) {
    waiting.add(new Pattern(text, milestone));
    longest = Math.max(longest, text.length());
  }

  /** Takes a byte that the guest sent. */
  public void accept(int b) {
    console.output(b);
    char c = (char) (b & 0xFF);
    tail.append(c);
    if (tail.length() > 2 * longest) {
      tail.delete(0, tail.length() - longest);
    }
    waiting.removeIf(p -> ends(p.text) && milestone(p));
    untilSeen = untilSeen || until.isPresent() && ends(until.get());
    followLine(c);
  }

  private boolean milestone(Pattern p) {
    recorder.reached(p.milestone);
    return true;
  }

  private boolean ends(String text) {
    int from = tail.length() - text.length();
    return from >= 0 && tail.indexOf(text, from) == from;
  }

  private void followLine(char c) {
    if (c == '\n') {
      if (!line.isEmpty()) {
        lastLine = line.toString();
      }
      line.setLength(0);
    } else if (c >= ' ' && line.length() < LONGEST_LINE) {
      line.append(c);
    }
  }

  /** Whether the text given with --until appeared. */
  public boolean untilSeen() {
    return untilSeen;
  }

  /** The line being printed, or the last one that was not empty. */
  public String lastLine() {
    return line.isEmpty() ? lastLine : line.toString();
  }
}
