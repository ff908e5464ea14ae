package io.github.bitterling.vmx.apic;

import io.github.bitterling.vmx.bus.InterruptFabric;
import java.util.ArrayList;
import java.util.List;

/** The messages between local APICs, I/O APIC and MSI (SDM volume 3, 11.6). */
public final class ApicBus implements InterruptFabric {
  private static final int SELF = 1;
  private static final int ALL = 2;
  private static final int OTHERS = 3;

  private final List<LocalApic> members = new ArrayList<>();
  private boolean intr;

  /** Where lowest-priority arbitration starts next, so that equal priorities take turns. */
  private int turn;

  void add(LocalApic apic) {
    members.add(apic);
  }

  /** Level of the 8259's output. */
  boolean intr() {
    return intr;
  }

  @Override
  public void message(
      int destination, boolean logical, int deliveryMode, int vector, boolean level) {
    deliver(matching(wide(destination), logical), deliveryMode, vector, level);
  }

  /** An 8-bit destination as one of 32 bits. */
  static int wide(int destination) {
    return destination == 0xFF ? LocalApic.BROADCAST : destination;
  }

  @Override
  public void setIntr(boolean asserted) {
    intr = asserted;
    if (asserted) {
      members.forEach(LocalApic::attention);
    }
  }

  @Override
  public void nmi() {
    members.forEach(LocalApic::lint1);
  }

  @Override
  public void smi() {
    members.forEach(m -> m.deliver(SMI, 0, false));
  }

  /** An IPI. */
  void send(LocalApic from, int shorthand, int destination, boolean logical, int mode, int vector) {
    List<LocalApic> targets =
        switch (shorthand) {
          case SELF -> List.of(from);
          case ALL -> members;
          case OTHERS -> members.stream().filter(m -> m != from).toList();
          default -> matching(destination, logical);
        };
    deliver(targets, mode, vector, false);
  }

  private List<LocalApic> matching(int destination, boolean logical) {
    return members.stream().filter(m -> m.matches(destination, logical)).toList();
  }

  private void deliver(List<LocalApic> targets, int mode, int vector, boolean level) {
    if (mode != LOWEST_PRIORITY) {
      targets.forEach(m -> m.deliver(mode, vector, level));
      return;
    }
    LocalApic best = null;
    for (int i = 0; i < targets.size(); i++) {
      LocalApic m = targets.get((turn + i) % targets.size());
      boolean lower = best == null || m.arbitrationPriority() < best.arbitrationPriority();
      if (m.acceptsFixed() && lower) {
        best = m;
      }
    }
    if (best != null) {
      turn++;
      best.deliver(FIXED, vector, level);
    }
  }
}
