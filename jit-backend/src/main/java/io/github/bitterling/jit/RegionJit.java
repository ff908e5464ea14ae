package io.github.bitterling.jit;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Block;
import io.github.bitterling.vmx.exec.CompiledRegion;
import io.github.bitterling.vmx.exec.RegionCompiler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.IntPredicate;

/**
 * Turns hot blocks into region classes. Region forming, publishing and invalidation happen on the
 * machine's thread; writing and defining classes on the executor. When a region appears does not
 * change what the guest sees: both engines stop at exact instruction counts.
 */
public final class RegionJit implements RegionCompiler {
  /**
   * Block executions in tier 0 before translation: about as long as writing a region and HotSpot's
   * compilation of it take (docs/jit.md), so that a region that is not used again costs at most as
   * much again.
   */
  public static final int DEFAULT_THRESHOLD = 5000;

  private static final int MAX_BLOCKS = 64;
  private static final int MAX_INSTRUCTIONS = 400;
  private static final int SMALLEST = 16;

  /**
   * Regions under way at a time; with more, many would overlap what an earlier one already covers.
   */
  private static final int MAX_WAITING = 4;

  private final BlockSource source;
  private final RegionFormer former;
  private final TranslationStore store;
  private final IntPredicate pureHelper;
  private final Executor executor;
  private final int threshold;
  private final Queue<Finished> finished = new ConcurrentLinkedQueue<>();
  private final Set<Block> busy = new HashSet<>();
  private final Map<Block, List<Installed>> byMember = new HashMap<>();
  private final Map<CompiledRegion, Installed> installed = new HashMap<>();
  private int waiting;
  private long regions;
  private long regionBlocks;
  private long refused;

  /** What the writer needs of a block. */
  private static RegionPlan.Member member(Block block) {
    List<Long> targets = new ArrayList<>();
    for (long target : block.observedTargets()) {
      targets.add(target);
    }
    return new RegionPlan.Member(block.ir, targets);
  }

  private record Job(Block entry, List<Block> members) {}

  private record Finished(Job job, RegionCode code, int blocks) {}

  /**
   * @param witnesses a member of every page, by which the mappings of all are told
   */
  private record Installed(
      Block entry, List<Block> members, List<Block> witnesses, CompiledRegion region) {
    Installed(Block entry, List<Block> members, CompiledRegion region) {
      this(entry, members, witnesses(members), region);
    }

    private static List<Block> witnesses(List<Block> members) {
      List<Block> result = new ArrayList<>();
      Set<Long> pages = new HashSet<>();
      for (Block member : members) {
        if (pages.add(member.linear >> 12) || member.secondPage >= 0) {
          result.add(member);
        }
      }
      return result;
    }
  }

  /**
   * @param source the machine's block cache
   * @param store classes, shared between machines or not
   * @param pureHelper true for helper numbers that look at their arguments only
   * @param executor where classes are made; {@code Runnable::run} translates at once
   * @param threshold block executions before translation
   */
  public RegionJit(
      BlockSource source,
      TranslationStore store,
      IntPredicate pureHelper,
      Executor executor,
      int threshold) {
    this.source = source;
    this.store = store;
    this.pureHelper = pureHelper;
    this.executor = executor;
    this.threshold = threshold;
    this.former = new RegionFormer(source, threshold <= 1);
  }

  /** Every block is translated before its second execution, at once: for tests. */
  public static RegionJit forced(
      BlockSource source, TranslationStore store, IntPredicate pureHelper) {
    return new RegionJit(source, store, pureHelper, Runnable::run, 1);
  }

  /** Regions installed so far. */
  public long regions() {
    return regions;
  }

  /** Blocks in installed regions; one in two regions counts twice. */
  public long regionBlocks() {
    return regionBlocks;
  }

  /** Hot blocks that could not be translated. */
  public long refused() {
    return refused;
  }

  public TranslationStore store() {
    return store;
  }

  @Override
  public int threshold() {
    return threshold;
  }

  @Override
  public void hot(Cpu cpu, Block block) {
    if (block.region != null || !busy.add(block)) {
      return;
    }
    if (waiting >= MAX_WAITING) {
      // What waits may soon run this block too; if not, it asks again before long.
      busy.remove(block);
      block.heat = threshold - threshold / 8;
      return;
    }
    waiting++;
    List<Block> members = former.form(cpu, block, MAX_BLOCKS, MAX_INSTRUCTIONS);
    List<RegionPlan.Member> code = members.stream().map(RegionJit::member).toList();
    executor.execute(() -> translate(block, members, code));
    if (threshold <= 1) {
      publish();
    }
  }

  /** Tries smaller and smaller regions when a larger one exceeds the method size. */
  private void translate(Block entry, List<Block> members, List<RegionPlan.Member> code) {
    int blocks = members.size();
    for (int limit = MAX_INSTRUCTIONS; blocks > 0 && limit >= SMALLEST; limit /= 2) {
      RegionCode region = written(code.subList(0, blocks));
      if (region != null) {
        finished.add(new Finished(new Job(entry, members.subList(0, blocks)), region, blocks));
        return;
      }
      blocks = nearest(members, blocks, limit / 2);
    }
    RegionCode part = members.isEmpty() ? null : firstPart(entry.ir);
    finished.add(new Finished(new Job(entry, List.of(entry)), part, 1));
  }

  /** Region of as much of a large block as fits; the dispatch loop finds a block for the rest. */
  private RegionCode firstPart(IrBlock block) {
    RegionCode region = null;
    for (int count = block.instructions() / 2; count > 0 && region == null; count /= 2) {
      region = written(List.of(new RegionPlan.Member(block.prefix(count), List.of())));
    }
    return region;
  }

  /**
   * Number of the first blocks with at most {@code limit} instructions; fewer than {@code blocks}.
   */
  private static int nearest(List<Block> members, int blocks, int limit) {
    int instructions = members.getFirst().instructions;
    int count = 1;
    while (count < blocks - 1 && instructions + members.get(count).instructions <= limit) {
      instructions += members.get(count++).instructions;
    }
    return blocks == 1 ? 0 : count;
  }

  /**
   * A region that cannot be written must not end the machine: its blocks stay in tier 0, counted as
   * refused.
   */
  private RegionCode written(List<RegionPlan.Member> code) {
    try {
      return store.members(code, pureHelper);
    } catch (LinkageError | RuntimeException e) {
      System.getLogger(RegionJit.class.getName())
          .log(System.Logger.Level.WARNING, "a region stays interpreted: " + e, e);
      return null;
    }
  }

  @Override
  public void publish() {
    for (Finished f = finished.poll(); f != null; f = finished.poll()) {
      install(f);
    }
  }

  private void install(Finished f) {
    waiting--;
    Block entry = f.job().entry();
    boolean valid = f.job().members().stream().allMatch(member -> member.valid);
    if (f.code() == null) {
      refused++;
      return; // stays busy: it will not be asked for again
    }
    busy.remove(entry);
    if (!valid) {
      return;
    }
    Installed region = new Installed(entry, f.job().members(), f.code());
    installed.put(f.code(), region);
    for (Block member : region.members()) {
      byMember.computeIfAbsent(member, b -> new ArrayList<>()).add(region);
    }
    regions++;
    regionBlocks += f.blocks();
    entry.region = f.code();
  }

  @Override
  public void invalidated(Block block) {
    busy.remove(block);
    List<Installed> hit = byMember.remove(block);
    if (hit == null) {
      return;
    }
    for (Installed region : hit) {
      region.region().valid = false;
      installed.remove(region.region());
      if (region.entry().region == region.region()) {
        region.entry().region = null;
      }
      for (Block member : region.members()) {
        List<Installed> others = byMember.get(member);
        if (others != null) {
          others.remove(region);
        }
      }
    }
  }

  /**
   * Looks whether every block of the region still lies where it lay when it was translated: blocks
   * are valid while the region is, so it is enough that their pages are mapped as they were.
   */
  @Override
  public boolean enterable(Cpu cpu, CompiledRegion region) {
    Installed known = installed.get(region);
    if (known == null || !region.valid) {
      return false;
    }
    for (Block member : known.witnesses()) {
      if (source.at(cpu, member.ip) != member) {
        return false;
      }
    }
    region.verifiedTag = cpu.codeTag;
    return true;
  }
}
