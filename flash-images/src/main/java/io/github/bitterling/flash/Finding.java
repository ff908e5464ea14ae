package io.github.bitterling.flash;

/**
 * Something {@link FlashImage#verify()} found.
 *
 * @param severity how bad it is
 * @param message what, where, and what to do
 */
public record Finding(Severity severity, String message) {
  /** How bad a finding is. */
  public enum Severity {
    /** The firmware of this project would not boot from the image. */
    ERROR,
    /** Unusual; the image may work. */
    WARNING
  }
}
