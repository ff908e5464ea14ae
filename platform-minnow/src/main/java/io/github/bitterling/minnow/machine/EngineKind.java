package io.github.bitterling.minnow.machine;

/** How guest code is executed. */
public enum EngineKind {
  /** Interpreter first, hot regions as JVM classes. */
  JIT,
  /** Interpreter only. */
  INTERPRETER,
  /** Two machines side by side, compared at every boundary. */
  LOCKSTEP
}
