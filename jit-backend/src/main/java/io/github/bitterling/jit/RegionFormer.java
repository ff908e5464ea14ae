package io.github.bitterling.jit;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Block;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Chooses the blocks of a region: from a hot block along direct jumps, branches, calls and the
 * return points of calls, nearest first, as far as the code has been executed.
 */
final class RegionFormer {
  private final BlockSource source;
  private final boolean coldToo;

  /**
   * @param coldToo also take blocks that were never executed
   */
  RegionFormer(BlockSource source, boolean coldToo) {
    this.source = source;
    this.coldToo = coldToo;
  }

  /** Blocks from {@code entry} on, the entry first; empty when it cannot be translated. */
  List<Block> form(Cpu cpu, Block entry, int maxBlocks, int maxInstructions) {
    List<Block> result = new ArrayList<>();
    if (!kept(cpu, entry)) {
      return result;
    }
    Set<Long> seen = new HashSet<>(Set.of(entry.ip));
    Deque<Block> work = new ArrayDeque<>(List.of(entry));
    int instructions = 0;
    while (!work.isEmpty() && result.size() < maxBlocks) {
      Block block = work.poll();
      if (instructions + block.instructions > maxInstructions && !result.isEmpty()) {
        continue;
      }
      result.add(block);
      instructions += block.instructions;
      for (long ip : followers(block)) {
        if (seen.add(ip)) {
          Block next = wanted(cpu, ip, entry);
          if (next != null) {
            work.add(next);
          }
        }
      }
    }
    return result;
  }

  private static List<Long> followers(Block block) {
    IrBlock ir = block.ir;
    List<Long> result = new ArrayList<>(RegionPlan.directTargets(ir));
    for (long target : block.observedTargets()) {
      result.add(target);
    }
    if (ir.flow() == IrBlock.Flow.CALL) {
      result.add(ir.nextIp());
    }
    return result;
  }

  private Block wanted(Cpu cpu, long ip, Block entry) {
    Block block = source.at(cpu, ip);
    boolean executed = block != null && (coldToo || block.heat > 0 || block.region != null);
    return executed && block.mode == entry.mode && kept(cpu, block) ? block : null;
  }

  /** A block made from a device's bytes is made anew each time and never told of changes. */
  private boolean kept(Cpu cpu, Block block) {
    return block.valid && source.at(cpu, block.ip) == block;
  }
}
