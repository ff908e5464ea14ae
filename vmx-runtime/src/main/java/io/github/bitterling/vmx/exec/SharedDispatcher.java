package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.parallel.MachineLock;

/**
 * The dispatch loop of cores that run at the same time. Blocks and regions that a core's jump cache
 * knows run without the machine's lock; everything else that has to do with translated code happens
 * inside. Between two of them the core stops if somebody wants it to.
 */
public final class SharedDispatcher implements Dispatch {
  private final BlockCache cache;
  private final RegionCompiler compiler;
  private final MachineLock lock;
  private final int threshold;

  public SharedDispatcher(BlockCache cache, RegionCompiler compiler, MachineLock lock) {
    this.cache = cache;
    this.compiler = compiler;
    this.lock = lock;
    this.threshold = compiler.threshold();
    cache.setCompiler(compiler);
  }

  @Override
  public void run(Cpu cpu, int budget) {
    long end = cpu.retired + budget;
    do {
      if (lock.wanted()) {
        lock.pause(cpu);
      }
      Block block = lookup(cpu);
      if (block == null) {
        return;
      }
      int left = (int) (end - cpu.retired);
      CompiledRegion region = block.region;
      if (region != null && left >= block.instructions && enterable(cpu, block, region)) {
        runRegion(cpu, region, left);
      } else {
        if (++block.heat >= threshold && region == null) {
          hot(cpu, block);
        }
        interpret(cpu, block, left);
      }
    } while (cpu.fault == 0 && !cpu.attention && cpu.retired < end);
  }

  private Block lookup(Cpu cpu) {
    Block known = cache.known(cpu);
    if (known != null) {
      return known;
    }
    lock.enter(cpu);
    try {
      return cache.lookup(cpu);
    } finally {
      lock.leave(cpu);
    }
  }

  private boolean enterable(Cpu cpu, Block block, CompiledRegion region) {
    if (!region.valid) {
      return false;
    }
    if (cache.verified(cpu, block) == region) {
      return true;
    }
    lock.enter(cpu);
    try {
      boolean enterable = compiler.enterable(cpu, region);
      if (enterable) {
        cache.verify(cpu, block, region);
      }
      return enterable;
    } finally {
      lock.leave(cpu);
    }
  }

  private void hot(Cpu cpu, Block block) {
    block.heat = 0;
    lock.enter(cpu);
    try {
      compiler.hot(cpu, block);
    } finally {
      lock.leave(cpu);
    }
  }

  private static void interpret(Cpu cpu, Block block, int most) {
    Interpreter.run(cpu, block, most);
    if (cpu.fault == Cpu.FAULT_RETRY) {
      // Another core was faster: a locked instruction is made anew.
      cpu.fault = Cpu.FAULT_NONE;
    }
  }

  private void runRegion(Cpu cpu, CompiledRegion region, int budget) {
    cpu.retiredEnd = cpu.retired + budget;
    cpu.inRegion = true;
    int left = region.run(cpu, budget);
    cpu.inRegion = false;
    cpu.retired = cpu.retiredEnd - left;
    if (cpu.fault == Cpu.FAULT_RETRY) {
      cpu.fault = Cpu.FAULT_NONE;
      Block block = lookup(cpu);
      if (block != null) {
        interpret(cpu, block, 1);
      }
    }
  }
}
