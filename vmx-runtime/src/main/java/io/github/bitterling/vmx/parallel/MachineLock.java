package io.github.bitterling.vmx.parallel;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock around everything that cores share while they run at the same time: bus and devices,
 * translated code, interrupt messages, virtual time. Guest code that finds its pages in the TLB and
 * its code in the core's own cache runs without it.
 *
 * <p>A core runs guest code or it is stopped: inside, waiting to get inside, or between turns. Who
 * is inside can have all others stop ({@link #standStill}); they look at {@link #wanted} between
 * blocks, and nowhere else. What a compiled region keeps of its TLB in locals may be stale when it
 * was stopped in the middle: {@link #standstills} tells.
 */
public final class MachineLock implements CoreGate {
  /** Attempts before a thread gives up its processor: some ten microseconds. */
  private static final int SPINS = 500;

  /** Elements between those of two cores, so that they do not share a cache line. */
  private static final int STRIDE = 32;

  private final ReentrantLock lock = new ReentrantLock();
  private final VirtualClock clock;
  private final int cores;

  /** By core: 1 while it runs guest code. */
  private final AtomicIntegerArray running;

  // By core, touched by the core's own thread only: how often it has entered, 1 during its turn
  private final int[] depth;
  private final int[] turn;

  private volatile boolean wanted;
  private volatile boolean crowded;
  private Cpu inside;
  private long standstills;

  /**
   * @param clock shows the time of the core that is inside
   */
  public MachineLock(int cores, VirtualClock clock) {
    this.cores = cores;
    this.clock = clock;
    running = new AtomicIntegerArray(cores * STRIDE);
    depth = new int[cores * STRIDE];
    turn = new int[cores * STRIDE];
  }

  /** Somebody wants all others to stop: they have to {@link #pause} at once. */
  public boolean wanted() {
    return wanted;
  }

  /**
   * Awake cores wait for a host thread, so that one that waits for another should give up its own.
   */
  public boolean crowded() {
    return crowded;
  }

  public void setCrowded(boolean on) {
    crowded = on;
  }

  /**
   * How often cores have stood still for another one. Does not change while the core that asks runs
   * guest code.
   */
  long standstills() {
    return standstills;
  }

  @Override
  public void begin(Cpu cpu) {
    acquire();
    turn[cpu.index * STRIDE] = 1;
    running.setRelease(cpu.index * STRIDE, 1);
    lock.unlock();
  }

  @Override
  public void end(Cpu cpu) {
    turn[cpu.index * STRIDE] = 0;
    running.setRelease(cpu.index * STRIDE, 0);
  }

  /** Between blocks: stops until who wanted it has left. */
  public void pause(Cpu cpu) {
    end(cpu);
    begin(cpu);
  }

  @Override
  public void enter(Cpu cpu) {
    int at = cpu.index * STRIDE;
    if (depth[at]++ == 0) {
      running.setRelease(at, 0);
      acquire();
      inside = cpu;
      clock.enter(cpu);
    }
  }

  @Override
  public void leave(Cpu cpu) {
    int at = cpu.index * STRIDE;
    if (--depth[at] == 0) {
      clock.enter(null);
      inside = null;
      wanted = false;
      running.setRelease(at, turn[at]);
      lock.unlock();
    }
  }

  @Override
  public void standStill() {
    if (inside == null || wanted) {
      return;
    }
    wanted = true;
    for (int i = 0; i < cores; i++) {
      for (int spins = 0; i != inside.index && running.getAcquire(i * STRIDE) != 0; spins++) {
        relax(spins);
      }
    }
    standstills++;
  }

  private void acquire() {
    for (int spins = 0; spins < SPINS; spins++) {
      if (lock.tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.lock();
  }

  private static void relax(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }
}
