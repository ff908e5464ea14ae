package io.github.bitterling.jit;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The blocks of a region and how they follow each other. Block 0 is the entry; every block is
 * reachable from it inside the region.
 */
final class RegionPlan {
  /** A block with where the indirect jump at its end was seen to go. */
  record Member(IrBlock ir, List<Long> targets) {}

  private final List<IrBlock> blocks = new ArrayList<>();
  private final Map<Long, Member> members = new HashMap<>();
  private final Map<Long, Integer> byIp = new HashMap<>();
  private final List<Integer> returnPoints = new ArrayList<>();
  private int instructions;

  /** Keeps of {@code candidates} what can be reached from the first. */
  RegionPlan(List<Member> candidates) {
    for (Member member : candidates) {
      members.putIfAbsent(member.ir().ip(), member);
    }
    for (IrBlock block : reachable(candidates.getFirst().ir())) {
      byIp.put(block.ip(), blocks.size());
      blocks.add(block);
      instructions += block.instructions();
    }
    for (IrBlock block : blocks) {
      Integer point = byIp.get(block.nextIp());
      if (block.flow() == IrBlock.Flow.CALL && point != null && !returnPoints.contains(point)) {
        returnPoints.add(point);
      }
    }
  }

  int size() {
    return blocks.size();
  }

  IrBlock block(int i) {
    return blocks.get(i);
  }

  List<IrBlock> blocks() {
    return blocks;
  }

  int instructions() {
    return instructions;
  }

  /** Index of the block at an instruction pointer, or -1. */
  int at(long ip) {
    return byIp.getOrDefault(ip, -1);
  }

  /** Blocks an indirect jump at the end of block {@code i} may go to without leaving. */
  List<Integer> indirectTargets(int i) {
    if (blocks.get(i).flow() == IrBlock.Flow.RETURN) {
      return returnPoints;
    }
    return members.get(blocks.get(i).ip()).targets().stream()
        .map(this::at)
        .filter(at -> at >= 0)
        .distinct()
        .toList();
  }

  /** Indices of the blocks that may follow block {@code i} inside the region. */
  List<Integer> successors(int i) {
    IrBlock block = blocks.get(i);
    List<Integer> result = new ArrayList<>(indirectOf(block) ? indirectTargets(i) : List.of());
    for (long ip : directTargets(block)) {
      int at = at(ip);
      if (at >= 0 && !result.contains(at)) {
        result.add(at);
      }
    }
    return result;
  }

  /** Instruction pointers a block names as its successors. */
  static List<Long> directTargets(IrBlock block) {
    int last = block.size() - 1;
    return switch (block.op(last)) {
      case GOTO -> List.of(block.imm(last));
      case BRANCH -> List.of(block.nextIp(), block.imm(last));
      default -> List.of();
    };
  }

  private static boolean indirectOf(IrBlock block) {
    return block.op(block.size() - 1) == Op.JUMP;
  }

  /** Depth first, so that a block's fall-through tends to be emitted right after it. */
  private List<IrBlock> reachable(IrBlock entry) {
    List<IrBlock> order = new ArrayList<>();
    List<Long> points = new ArrayList<>();
    Map<Long, Boolean> seen = new HashMap<>();
    Deque<IrBlock> work = new ArrayDeque<>(List.of(entry));
    boolean returns = false;
    while (!work.isEmpty()) {
      IrBlock block = work.pop();
      if (seen.put(block.ip(), true) != null) {
        continue;
      }
      order.add(block);
      List<Long> targets = new ArrayList<>(directTargets(block));
      targets.addAll(members.get(block.ip()).targets());
      for (int k = targets.size() - 1; k >= 0; k--) {
        push(targets.get(k), work);
      }
      if (block.flow() == IrBlock.Flow.CALL) {
        points.add(block.nextIp());
      }
      returns |= block.flow() == IrBlock.Flow.RETURN && indirectOf(block);
      if (returns) {
        points.forEach(point -> push(point, work));
        points.clear();
      }
    }
    return order;
  }

  private void push(long ip, Deque<IrBlock> work) {
    if (members.containsKey(ip)) {
      work.push(members.get(ip).ir());
    }
  }

  /** True when the region makes accesses through the stack segment, or others. */
  boolean accesses(boolean stack) {
    for (IrBlock block : blocks) {
      for (int i = 0; i < block.size(); i++) {
        Op op = block.op(i);
        boolean memory = op == Op.LOAD || op == Op.LOADW || op == Op.STORE;
        if (memory && (block.imm(i) & 1) != 0 == stack) {
          return true;
        }
      }
    }
    return false;
  }

  /** General registers the region reads or writes as JVM locals. */
  BitSet registers() {
    BitSet result = new BitSet();
    for (IrBlock block : blocks) {
      for (int i = 0; i < block.size(); i++) {
        switch (block.op(i)) {
          case GET, GETHIGH, PUT, PUTHIGH -> result.set((int) block.imm(i));
          default -> {}
        }
      }
    }
    return result;
  }

  /** General registers the region writes. */
  BitSet written() {
    BitSet result = new BitSet();
    for (IrBlock block : blocks) {
      for (int i = 0; i < block.size(); i++) {
        switch (block.op(i)) {
          case PUT, PUTHIGH -> result.set((int) block.imm(i));
          default -> {}
        }
      }
    }
    return result;
  }
}
