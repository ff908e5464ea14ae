package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Block;
import io.github.bitterling.vmx.exec.CompiledRegion;
import io.github.bitterling.vmx.exec.RegionCompiler;
import java.util.ArrayList;
import java.util.List;

/** A compiler of which one can ask what it has compiled. */
final class WatchedCompiler implements RegionCompiler {
  private final RegionCompiler compiler;
  private final List<Block> asked = new ArrayList<>();

  WatchedCompiler(RegionCompiler compiler) {
    this.compiler = compiler;
  }

  /** Whether a region begins in this range of instruction pointers and is still good. */
  boolean compiled(long start, long end) {
    return asked.stream()
        .filter(block -> block.ip >= start && block.ip < end)
        .map(block -> block.region)
        .anyMatch(region -> region != null && region.valid);
  }

  @Override
  public int threshold() {
    return compiler.threshold();
  }

  @Override
  public void hot(Cpu cpu, Block block) {
    asked.add(block);
    compiler.hot(cpu, block);
  }

  @Override
  public void publish() {
    compiler.publish();
  }

  @Override
  public void invalidated(Block block) {
    compiler.invalidated(block);
  }

  @Override
  public boolean enterable(Cpu cpu, CompiledRegion region) {
    return compiler.enterable(cpu, region);
  }
}
