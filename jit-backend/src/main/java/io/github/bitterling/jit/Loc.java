package io.github.bitterling.jit;

/**
 * Where a value lies.
 *
 * @param kind what {@code at} names
 * @param at JVM local
 * @param bits significant bits of the value; of a REG local these are the low ones, above may be
 *     others
 * @param constant the value of a CONST
 */
record Loc(Kind kind, int at, int bits, long constant) {
  enum Kind {
    /** Known at translation. */
    CONST,
    /** JVM int local; zero-extended when narrower than 32 bits. */
    INT,
    /** JVM long local, zero-extended. */
    LONG,
    /** Low bits of the JVM long local of a guest register. */
    REG,
    /** JVM double local. */
    DOUBLE,
    /** JVM float local; the upper 32 bits are 0. */
    SINGLE,
    /** Two JVM float locals, the low one first. */
    SINGLES
  }

  static Loc constant(long value) {
    return new Loc(Kind.CONST, 0, 64, value);
  }

  static Loc ofInt(int at, int bits) {
    return new Loc(Kind.INT, at, bits, 0);
  }

  static Loc ofLong(int at, int bits) {
    return new Loc(Kind.LONG, at, bits, 0);
  }

  static Loc ofDouble(int at) {
    return new Loc(Kind.DOUBLE, at, 64, 0);
  }

  static Loc ofSingle(int at) {
    return new Loc(Kind.SINGLE, at, 32, 0);
  }

  static Loc ofSingles(int at) {
    return new Loc(Kind.SINGLES, at, 64, 0);
  }

  static Loc ofRegister(int at, int bits) {
    return new Loc(Kind.REG, at, bits, 0);
  }

  boolean is(Kind k) {
    return kind == k;
  }
}
