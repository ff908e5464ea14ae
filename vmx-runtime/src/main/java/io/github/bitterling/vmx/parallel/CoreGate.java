package io.github.bitterling.vmx.parallel;

import io.github.bitterling.vmx.cpu.Cpu;

/** What a core passes before it touches anything that other cores touch too. */
public interface CoreGate {
  /** The core starts to run guest code. */
  void begin(Cpu cpu);

  /** The core runs no more guest code until the next {@link #begin}. */
  void end(Cpu cpu);

  /** The core may touch what is shared; waits until no other core does. May be nested. */
  void enter(Cpu cpu);

  void leave(Cpu cpu);

  /**
   * Called by who is inside: no other core runs guest code until it leaves, so that their TLBs and
   * the memory they write may be changed. Between slices nobody runs, and this does nothing.
   */
  void standStill();

  /** Of cores that take turns on one thread. */
  CoreGate OPEN =
      new CoreGate() {
        @Override
        public void begin(Cpu cpu) {}

        @Override
        public void end(Cpu cpu) {}

        @Override
        public void enter(Cpu cpu) {}

        @Override
        public void leave(Cpu cpu) {}

        @Override
        public void standStill() {}
      };
}
