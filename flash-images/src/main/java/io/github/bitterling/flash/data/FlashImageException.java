package io.github.bitterling.flash.data;

/**
 * A flash image (or something meant to go into one) is not what its format asks for.
 *
 * <p>The message names the place, the field, what was found, what was expected and what to do, in
 * that order, so that it can be shown to a user as it is. The parts are also available one by one.
 */
public final class FlashImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Value of {@link #offset()} where the fault has no place in the image (a missing file, say). */
  public static final long NO_OFFSET = -1;

  private final long offset;
  private final String field;
  private final String found;
  private final String expected;
  private final String remedy;

  /**
   * Makes an exception from its parts.
   *
   * @param offset byte offset in the image, or {@link #NO_OFFSET}
   * @param field the field's name
   * @param found what is there
   * @param expected what should be there
   * @param remedy what the user can do, as a sentence without full stop
   */
  public FlashImageException(
      long offset, String field, String found, String expected, String remedy) {
    super(describe(offset, field, found, expected, remedy));
    this.offset = offset;
    this.field = field;
    this.found = found;
    this.expected = expected;
    this.remedy = remedy;
  }

  /** As the other constructor, with the failure that led here. */
  public FlashImageException(
      long offset, String field, String found, String expected, String remedy, Throwable cause) {
    this(offset, field, found, expected, remedy);
    initCause(cause);
  }

  private static String describe(
      long offset, String field, String found, String expected, String remedy) {
    String place = offset == NO_OFFSET ? "" : String.format("offset %06X, ", offset);
    return place + field + ": found " + found + ", expected " + expected + "; " + remedy;
  }

  /** Byte offset in the image, or {@link #NO_OFFSET}. */
  public long offset() {
    return offset;
  }

  /** Name of the field that is wrong. */
  public String field() {
    return field;
  }

  /** What is there. */
  public String found() {
    return found;
  }

  /** What should be there. */
  public String expected() {
    return expected;
  }

  /** What the user can do about it. */
  public String remedy() {
    return remedy;
  }
}
