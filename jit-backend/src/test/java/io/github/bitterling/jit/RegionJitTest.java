package io.github.bitterling.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrBuilder;
import io.github.bitterling.ir.Op;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Block;
import io.github.bitterling.vmx.exec.TestBlocks;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Forming, publishing, sharing and invalidating regions. */
class RegionJitTest {
  private final Map<Long, Block> cache = new HashMap<>();
  private final Cpu cpu = new Cpu(0);
  private final TranslationStore store = new TranslationStore();

  private Block block(long ip, int adds, long next) {
    IrBuilder b = new IrBuilder();
    for (int i = 0; i < adds; i++) {
      b.insn(ip + 4L * i, 4);
      int sum = b.op2(Op.ADD, 3, b.op0(Op.GET, 3, i & 15), b.op0(Op.GET, 3, i + 3 & 15));
      b.add(Op.PUT, 3, sum, 0, 0, i & 15);
    }
    b.op0(Op.GOTO, 0, next);
    IrBlock ir = b.finish(ip, ip + 4L * adds, IrBlock.Flow.PLAIN);
    Block block = TestBlocks.of(ir);
    block.heat = 1;
    cache.put(ip, block);
    return block;
  }

  private RegionJit jit(java.util.concurrent.Executor executor) {
    return new RegionJit((c, ip) -> cache.get(ip), store, n -> false, executor, 10);
  }

  @Test
  void publishesOnlyWhenAsked() {
    Block a = block(0x1000, 2, 0x1000);
    Queue<Runnable> later = new ArrayDeque<>();
    RegionJit jit = jit(later::add);
    jit.hot(cpu, a);
    jit.hot(cpu, a);
    assertEquals(1, later.size(), "a block is translated once");
    later.remove().run();
    assertNull(a.region);
    jit.publish();
    assertNotNull(a.region);
    assertEquals(1, jit.regions());
  }

  @Test
  void isNotInstalledWhenAMemberWasOverwrittenMeanwhile() {
    Block a = block(0x1000, 2, 0x2000);
    Block b = block(0x2000, 2, 0x1000);
    Queue<Runnable> later = new ArrayDeque<>();
    RegionJit jit = jit(later::add);
    jit.hot(cpu, a);
    later.remove().run();
    b.valid = false;
    jit.invalidated(b);
    jit.publish();
    assertNull(a.region);
  }

  @Test
  void endsRegionsOfEveryMember() {
    Block a = block(0x1000, 2, 0x2000);
    Block b = block(0x2000, 2, 0x1000);
    RegionJit jit = jit(Runnable::run);
    jit.hot(cpu, a);
    jit.publish();
    RegionCode region = (RegionCode) a.region;
    assertTrue(jit.enterable(cpu, region));
    b.valid = false;
    jit.invalidated(b);
    assertNull(a.region);
    assertFalse(region.valid);
    assertFalse(jit.enterable(cpu, region));
  }

  @Test
  void isNotEnteredWhenAMemberIsMappedElsewhere() {
    Block a = block(0x1000, 2, 0x2000);
    block(0x2000, 2, 0x1000);
    RegionJit jit = jit(Runnable::run);
    jit.hot(cpu, a);
    jit.publish();
    block(0x2000, 3, 0x1000);
    cpu.codeTag = 5;
    assertFalse(jit.enterable(cpu, a.region));
  }

  @Test
  void machinesShareClassesButNotRegions() {
    Block a = block(0x1000, 2, 0x1000);
    RegionJit one = jit(Runnable::run);
    one.hot(cpu, a);
    one.publish();
    RegionCode first = (RegionCode) a.region;
    Block again = block(0x1000, 2, 0x1000);
    RegionJit two = jit(Runnable::run);
    two.hot(cpu, again);
    two.publish();
    assertEquals(1, store.classes());
    assertSame(first.getClass(), again.region.getClass());
    assertTrue(first != again.region);
  }

  @Test
  void keepsMethodsBelowTheLimit() {
    int blocks = 60;
    for (int i = 0; i < blocks; i++) {
      block(0x1000 + i * 0x1000L, 60, 0x1000 + (i + 1) % blocks * 0x1000L);
    }
    RegionJit jit = jit(Runnable::run);
    jit.hot(cpu, cache.get(0x1000L));
    jit.publish();
    assertNotNull(cache.get(0x1000L).region);
    assertTrue(store.bytecodeBytes() <= TranslationStore.MAX_METHOD_BYTES);
    assertTrue(store.bytecodeBytes() > 500);
    List<IrBlock> all = cache.values().stream().map(b -> b.ir).toList();
    assertNull(store.region(all, n -> false), "3,600 instructions cannot be one method");
  }

  @Test
  void translatesTheFirstPartOfABlockThatIsTooLarge() {
    Block a = block(0x1000, 3000, 0x1000);
    RegionJit jit = jit(Runnable::run);
    jit.hot(cpu, a);
    jit.publish();
    assertNotNull(a.region);
    cpu.rip = 0x1000;
    cpu.inRegion = true;
    int left = a.region.run(cpu, 5000);
    assertEquals(5000 - (cpu.rip - 0x1000) / 4, left, "stops between two instructions");
    assertTrue(cpu.rip > 0x1000 && cpu.rip < 0x1000 + 4 * 3000);
  }
}
