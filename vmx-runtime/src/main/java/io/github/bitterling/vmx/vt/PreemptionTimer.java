package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * VMX-preemption timer (SDM volume 3, 26.5.1): counts down as bit {@code rate} of the TSC changes.
 */
final class PreemptionTimer {
  private PreemptionTimer() {}

  static void start(VmxState state, Cpu cpu) {
    if (!state.controls.pin(Bits.PREEMPTION_TIMER)) {
      state.timerDeadline = VmxState.NEVER;
      return;
    }
    int rate = state.caps.timerRate();
    state.timerStart = cpu.cycles();
    state.timerValue = state.vmcs.get(Field.PREEMPTION_TIMER_VALUE);
    state.timerDeadline =
        state.timerValue == 0
            ? state.timerStart
            : (state.timerStart >> rate) + state.timerValue << rate;
    if (state.timer != null) {
      state.timer.armAt(state.timerDeadline);
    }
  }

  static void stop(VmxState state) {
    state.timerDeadline = VmxState.NEVER;
    if (state.timer != null) {
      state.timer.cancel();
    }
  }

  static boolean expired(VmxState state, Cpu cpu) {
    return cpu.cycles() >= state.timerDeadline && cpu.activity != Cpu.Activity.WAIT_FOR_SIPI;
  }

  /** Value the timer holds now. */
  static long remaining(VmxState state, Cpu cpu) {
    int rate = state.caps.timerRate();
    long ticks = (cpu.cycles() >> rate) - (state.timerStart >> rate);
    return Math.max(0, state.timerValue - ticks);
  }
}
