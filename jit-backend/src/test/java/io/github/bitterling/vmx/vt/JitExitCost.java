package io.github.bitterling.vmx.vt;

import java.util.Map;

/** {@link ExitCost} with compiled code. Run by hand. */
final class JitExitCost {
  private JitExitCost() {}

  public static void main(String[] arguments) {
    ExitCost.compare(Map.of("tier 0", Lab.Engine.TIER_ZERO, "JIT", JitEngine.create()), arguments);
  }
}
