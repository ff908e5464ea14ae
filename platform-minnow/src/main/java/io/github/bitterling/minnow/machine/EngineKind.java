package io.github.bitterling.minnow.machine;

import java.util.Locale;

/** How guest code is executed. */
public enum EngineKind {
  /** Interpreter first, hot regions as JVM classes. */
  JIT,
  /** Interpreter only. */
  INTERPRETER,
  /** Two machines side by side, compared at every boundary. */
  LOCKSTEP;

  /** As on the command line and in the report. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
