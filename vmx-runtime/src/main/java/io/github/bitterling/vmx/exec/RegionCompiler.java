package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * The seam to the JIT: told about hot blocks, gives them regions sooner or later. Called by one
 * thread at a time; "the machine's thread" is the one that runs the core that calls.
 */
public interface RegionCompiler {
  /** Executions of a block in tier 0 after which {@link #hot} is called. */
  int threshold();

  /**
   * A block reached the threshold. Called on the machine's thread between blocks; may translate now
   * or on another thread. Regions are published by setting {@link Block#region} on the machine's
   * thread only (from {@code hot} or {@link #publish}).
   */
  void hot(Cpu cpu, Block block);

  /** Called at every quantum: installs what a background thread has finished. */
  void publish();

  /** The block's bytes were overwritten: regions it belongs to must not run again. */
  void invalidated(Block block);

  /** True when a region can be entered under the processor's current mappings. */
  boolean enterable(Cpu cpu, CompiledRegion region);

  /** Tier 0 only. */
  RegionCompiler NONE =
      new RegionCompiler() {
        @Override
        public int threshold() {
          return Integer.MAX_VALUE;
        }

        @Override
        public void hot(Cpu cpu, Block block) {}

        @Override
        public void publish() {}

        @Override
        public void invalidated(Block block) {}

        @Override
        public boolean enterable(Cpu cpu, CompiledRegion region) {
          return false;
        }
      };
}
