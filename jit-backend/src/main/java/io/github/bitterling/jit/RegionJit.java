package io.github.bitterling.jit;

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
 * Turns hot blocks into region classes. Region forming, publishing and invalidation happen on the machine's
 * thread; writing and defining classes on the executor. When a region appears does not change what the
 * guest sees: both engines stop at exact instruction counts.
 */
public final class RegionJit implements RegionCompiler {
  /** Block executions in tier 0 before translation; flat optimum between 2,000 and 10,000. */
  public static final int DEFAULT_THRESHOLD = 3000;

  private static final int MAX_BLOCKS = 64;
  private static final int MAX_INSTRUCTIONS = 400;
  private static final int SMALLEST = 16;

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

  private record Installed(Block entry, List<Block> members, CompiledRegion region) {}

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
    // Smaller and smaller regions, in case a larger one exceeds the method size.
    List<List<Block>> choices = new ArrayList<>();
    for (int limit = MAX_INSTRUCTIONS; limit >= SMALLEST; limit /= 2) {
      List<Block> members = former.form(cpu, block, MAX_BLOCKS, limit);
      if (!members.isEmpty() && (choices.isEmpty() || members.size() < choices.getLast().size())) {
        choices.add(members);
      }
    }
    List<List<RegionPlan.Member>> code =
        choices.stream().map(c -> c.stream().map(RegionJit::member).toList()).toList();
    executor.execute(() -> translate(block, choices, code));
    if (threshold <= 1) {
      publish();
    }
  }

  private void translate(
      Block entry, List<List<Block>> choices, List<List<RegionPlan.Member>> code) {
    for (int i = 0; i < choices.size(); i++) {
      RegionCode region = written(code.get(i));
      if (region != null) {
        finished.add(new Finished(new Job(entry, choices.get(i)), region, choices.get(i).size()));
        return;
      }
    }
    finished.add(new Finished(new Job(entry, List.of()), null, 0));
  }

  /** A region that cannot be written must not end the machine: its blocks stay in tier 0, counted as refused. */
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

  /** Looks whether every block of the region still lies where it lay when it was translated. */
  @Override
  public boolean enterable(Cpu cpu, CompiledRegion region) {
    Installed known = installed.get(region);
    if (known == null || !region.valid) {
      return false;
    }
    for (Block member : known.members()) {
      if (source.at(cpu, member.ip) != member) {
        return false;
      }
    }
    region.verifiedTag = cpu.codeTag;
    return true;
  }
}
