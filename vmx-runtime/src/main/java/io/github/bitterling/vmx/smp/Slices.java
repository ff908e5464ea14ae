package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.List;

/** How the awake cores of a machine pass a slice. */
interface Slices extends AutoCloseable {
  /** Cycles of a slice while several cores are awake. */
  long quantum();

  /** Runs the awake cores to the clock's limit, or less far when they fall asleep. */
  void run();

  @Override
  default void close() {}

  /** One after the other, on the calling thread. */
  static Slices inTurns(List<Cpu> cores, Turn turn, VirtualClock clock) {
    return new Slices() {
      @Override
      public long quantum() {
        return Scheduler.QUANTUM;
      }

      @Override
      public void run() {
        for (Cpu cpu : cores) {
          if (!Scheduler.asleep(cpu)) {
            clock.enter(cpu);
            turn.run(cpu);
            clock.enter(null);
          }
        }
      }
    };
  }
}
