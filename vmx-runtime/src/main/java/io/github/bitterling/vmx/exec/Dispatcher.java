package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * The dispatch loop: from block to block, in a compiled region where there is one, else in tier 0.
 */
public final class Dispatcher implements Dispatch {
  private final BlockCache cache;
  private final RegionCompiler compiler;
  private final int threshold;
  private long retiredInRegions;
  private long regionEntries;
  private long retries;

  public Dispatcher(BlockCache cache, RegionCompiler compiler) {
    this.cache = cache;
    this.compiler = compiler;
    this.threshold = compiler.threshold();
    cache.setCompiler(compiler);
  }

  /** Instructions retired inside compiled regions, all cores. */
  public long retiredInRegions() {
    return retiredInRegions;
  }

  public long regionEntries() {
    return regionEntries;
  }

  /** Times a region left an instruction to tier 0 because it met a device or code. */
  public long retries() {
    return retries;
  }

  @Override
  public void run(Cpu cpu, int budget) {
    long end = cpu.retired + budget;
    do {
      Block block = cache.lookup(cpu);
      if (block == null) {
        return;
      }
      int left = (int) (end - cpu.retired);
      CompiledRegion region = block.region;
      if (region != null && left >= block.instructions && enterable(cpu, region)) {
        runRegion(cpu, region, left);
      } else {
        if (++block.heat >= threshold && region == null) {
          block.heat = 0;
          compiler.hot(cpu, block);
        }
        Interpreter.run(cpu, block, left);
      }
    } while (cpu.fault == 0 && !cpu.attention && cpu.retired < end);
  }

  private boolean enterable(Cpu cpu, CompiledRegion region) {
    return region.valid && (region.verifiedTag == cpu.codeTag || compiler.enterable(cpu, region));
  }

  private void runRegion(Cpu cpu, CompiledRegion region, int budget) {
    long before = cpu.retired;
    cpu.retiredEnd = before + budget;
    cpu.inRegion = true;
    int left = region.run(cpu, budget);
    cpu.inRegion = false;
    cpu.retired = cpu.retiredEnd - left;
    retiredInRegions += cpu.retired - before;
    regionEntries++;
    if (cpu.fault == Cpu.FAULT_RETRY) {
      cpu.fault = Cpu.FAULT_NONE;
      retries++;
      Block block = cache.lookup(cpu);
      if (block != null) {
        Interpreter.run(cpu, block, 1);
      }
    }
  }
}
