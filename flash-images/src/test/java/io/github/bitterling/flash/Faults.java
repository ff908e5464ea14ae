package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.data.FlashImageException;
import org.junit.jupiter.api.function.Executable;

/** What every fault of an image must say. */
final class Faults {
  private Faults() {}

  /** Asserts that the action fails, naming the field and all other parts of a message. */
  static FlashImageException assertFault(String field, Executable action) {
    FlashImageException fault = assertThrows(FlashImageException.class, action);
    assertTrue(fault.field().contains(field), "field of: " + fault.getMessage());
    assertFalse(fault.found().isBlank(), "found of: " + fault.getMessage());
    assertFalse(fault.expected().isBlank(), "expected of: " + fault.getMessage());
    assertFalse(fault.remedy().isBlank(), "remedy of: " + fault.getMessage());
    return fault;
  }
}
