package io.github.bitterling.minnow.host;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Host time and memory, for limits and reports; never for the guest. */
public final class HostFigures {
  private static final Path STATUS = Path.of("/proc/self/status");

  private final long processStart = ManagementFactory.getRuntimeMXBean().getStartTime();
  private final long millisAtZero = System.currentTimeMillis();
  private final long nanosAtZero = System.nanoTime();

  /** Seconds since the JVM started. */
  public double wallSeconds() {
    double sinceZero = (System.nanoTime() - nanosAtZero) / 1e9;
    return (millisAtZero - processStart) / 1e3 + sinceZero;
  }

  /** Largest resident set of this process in bytes, 0 where the host does not tell. */
  public long peakResidentBytes() {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException unreadable) {
      return 0;
    }
  }
}
