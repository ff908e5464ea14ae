package io.github.bitterling.vmx.vt;

/** {@link ExitCost} of compiled code. Run by hand. */
final class JitExitCost {
  private JitExitCost() {}

  public static void main(String[] arguments) {
    ExitCost.print("JIT", JitEngine.create());
  }
}
