package io.github.bitterling.vmx.cpu;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.lift.Lanes;
import io.github.bitterling.frontend.lift.PackedOp;

/** What compiled code may call in place of a pure helper: static methods, "class/name.method". */
public final class PureCalls {
  private static final String LIFT = "io/github/bitterling/frontend/lift/";
  private static final int PACKED = Helper.PACKED.ordinal();

  private PureCalls() {}

  /**
   * Method {@code (int, long, long)} of a helper's three arguments, the first one a small constant;
   * null when there is none.
   */
  public static String general(int helper) {
    return helper == PACKED ? LIFT + "Packed.apply" : null;
  }

  /**
   * Method {@code (long, long)} of the last two arguments, where the first one alone says which;
   * null when there is none.
   *
   * @param helper one that has {@link #general}
   */
  public static String special(int helper, long first) {
    String name = Lanes.method(PackedOp.of((int) first));
    return name == null ? null : LIFT + "Lanes." + name;
  }
}
