package io.github.bitterling.minnow;

import io.github.bitterling.vmx.bus.InterruptFabric;

/** Where the processors' interrupt fabric is plugged in after the board was built. */
final class FabricSocket implements InterruptFabric {
  private InterruptFabric plugged;
  private boolean intr;

  void plug(InterruptFabric fabric) {
    plugged = fabric;
    fabric.setIntr(intr);
  }

  @Override
  public void message(int destination, boolean logical, int mode, int vector, boolean level) {
    if (plugged != null) {
      plugged.message(destination, logical, mode, vector, level);
    }
  }

  @Override
  public void setIntr(boolean asserted) {
    intr = asserted;
    if (plugged != null) {
      plugged.setIntr(asserted);
    }
  }

  @Override
  public void nmi() {
    if (plugged != null) {
      plugged.nmi();
    }
  }

  @Override
  public void smi() {
    if (plugged != null) {
      plugged.smi();
    }
  }
}
