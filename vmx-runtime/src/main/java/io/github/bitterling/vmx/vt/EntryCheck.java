package io.github.bitterling.vmx.vt;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One check of a VM entry.
 *
 * @param id stable name
 * @param section SDM volume 3 (2023) section
 * @param field the field to blame
 * @param qualification exit qualification when a guest-state check fails (27.8)
 * @param passes true when the check is met
 * @param allowed what is allowed, in a sentence
 */
public record EntryCheck(
    String id,
    String section,
    Field field,
    int qualification,
    Predicate<EntryContext> passes,
    String allowed) {

  /** Groups in architectural order, each with its own consequence. */
  public enum Phase {
    /** VMfailValid 7. */
    CONTROLS,
    /** VMfailValid 8. */
    HOST,
    /** Exit reason 33 with bit 31. */
    GUEST
  }

  /** Rows of a phase, in the order they are made. */
  public static List<EntryCheck> of(Phase phase) {
    return switch (phase) {
      case CONTROLS -> ControlChecks.ROWS;
      case HOST -> HostChecks.ROWS;
      case GUEST -> GuestChecks.ROWS;
    };
  }

  /** All rows. */
  public static List<EntryCheck> all() {
    return Stream.of(Phase.values()).flatMap(p -> of(p).stream()).toList();
  }

  static EntryCheck row(
      String id, String section, Field field, Predicate<EntryContext> passes, String allowed) {
    return new EntryCheck(id, section, field, 0, passes, allowed);
  }
}
