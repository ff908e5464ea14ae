package io.github.bitterling.minnow.machine;

/** How far a machine has come; asked at milestones. */
public interface Progress {
  /** Guest time since power-on. */
  double guestSeconds();

  /** Instructions retired by all cores. */
  long instructions();
}
