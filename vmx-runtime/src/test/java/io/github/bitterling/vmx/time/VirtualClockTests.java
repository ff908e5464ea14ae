package io.github.bitterling.vmx.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualClockTests {
  private final VirtualClock clock = new VirtualClock(1_000_000_000L);
  private final List<String> fired = new ArrayList<>();

  private VirtualTime.Timer timer(String name) {
    return clock.timer(name, () -> fired.add(name + "@" + clock.now()));
  }

  @Test
  void timersFireInOrderOfDueTimeThenCreation() {
    VirtualTime.Timer a = timer("a");
    VirtualTime.Timer b = timer("b");
    VirtualTime.Timer c = timer("c");
    b.armAt(20);
    a.armAt(20);
    c.armAt(10);
    clock.advance(30);
    assertEquals(List.of("c@10", "a@20", "b@20"), fired);
    assertEquals(30, clock.now());
  }

  @Test
  void aCancelledTimerStaysSilent() {
    VirtualTime.Timer a = timer("a");
    a.armAt(5);
    a.cancel();
    clock.advance(10);
    assertTrue(fired.isEmpty());
    assertFalse(a.armed());
  }

  @Test
  void rearmingMovesTheDueTime() {
    VirtualTime.Timer a = timer("a");
    a.armAt(5);
    a.armAt(50);
    clock.advance(10);
    assertTrue(fired.isEmpty());
    assertEquals(50, clock.nextDue());
  }

  @Test
  void aTimerArmedByARunningCoreEndsItsSlice() {
    Cpu cpu = new Cpu(0);
    cpu.retired = 100;
    clock.setLimit(10_000);
    clock.enter(cpu);
    timer("a").armAt(600);
    assertEquals(600, clock.limit());
    assertTrue(cpu.attention);
  }

  @Test
  void aTimerInThePastEndsTheSliceNow() {
    Cpu cpu = new Cpu(0);
    cpu.retired = 100;
    clock.setLimit(10_000);
    clock.enter(cpu);
    timer("a").armAt(3);
    assertEquals(100, clock.limit());
  }

  @Test
  void ticksNeitherDriftNorOverflow() {
    long year = 365L * 24 * 3600;
    long cycle = year * clock.frequency();
    assertEquals(year * 3_579_545L, clock.ticksAt(cycle, 3_579_545L));
    long tick = 12_345_678_901L;
    long at = clock.cycleOfTick(tick, 3_579_545L);
    assertEquals(tick, clock.ticksAt(at, 3_579_545L));
    assertEquals(tick - 1, clock.ticksAt(at - 1, 3_579_545L));
  }

  @Test
  void chargesGoToTheRunningCore() {
    Cpu cpu = new Cpu(0);
    clock.enter(cpu);
    clock.charge(77);
    assertEquals(77, cpu.cycles());
    clock.enter(null);
    clock.charge(1000);
    assertEquals(77, cpu.cycles());
  }
}
