package io.github.bitterling.frontend;

/** Segment register numbers as encoded in ModRM.reg. */
public final class Seg {
  public static final int ES = 0;
  public static final int CS = 1;
  public static final int SS = 2;
  public static final int DS = 3;
  public static final int FS = 4;
  public static final int GS = 5;

  private Seg() {}
}
