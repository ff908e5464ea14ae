package io.github.bitterling.minnow.wiring;

/** Tells a reboot from a reset loop: so many resets, each soon after the one before. */
final class ResetWatch {
  /** Resets in a row after which the machine is given up. */
  static final int MOST = 6;

  /** Guest seconds after which a reset no longer counts with the one before. */
  static final double SOON = 60;

  private int inRow;
  private double last;

  /** Notes a reset; true when it is one too many. */
  boolean resetAt(double guestSeconds) {
    inRow = guestSeconds - last <= SOON ? inRow + 1 : 1;
    last = guestSeconds;
    return inRow >= MOST;
  }
}
