package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.parallel.MachineLock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the awake cores at the same time, each on a host thread of its own as far as there are
 * threads; the calling thread is one of them. A slice is over when all have passed it.
 */
final class Crew implements Slices {
  /** Cycles of a slice: long enough that waiting for each other at its end does not matter. */
  private static final long QUANTUM = 100_000;

  /** The same while cores share threads and may wait for one that has none at present. */
  private static final long CROWDED_QUANTUM = 20_000;

  /** Looks at what it waits for before a thread sleeps: some ten microseconds. */
  private static final int SPINS = 1000;

  private final List<Cpu> cores;
  private final Turn turn;
  private final MachineLock gate;
  private final List<Thread> threads = new ArrayList<>();
  private volatile Round round;
  private volatile boolean closed;

  /** One slice: the cores that take part, and how far they are. */
  private static final class Round {
    final List<Cpu> cores;
    final Thread caller = Thread.currentThread();
    final AtomicInteger taken = new AtomicInteger();
    final AtomicInteger left;
    volatile Throwable failure;

    Round(List<Cpu> cores) {
      this.cores = cores;
      left = new AtomicInteger(cores.size());
    }

    boolean over() {
      return left.get() == 0;
    }
  }

  /**
   * @param most host threads, with the calling one
   */
  Crew(List<Cpu> cores, Turn turn, MachineLock gate, int most) {
    this.cores = cores;
    this.turn = turn;
    this.gate = gate;
    for (int i = 1; i < Math.min(cores.size(), most); i++) {
      Thread thread = new Thread(this::follow, "core thread " + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  @Override
  public long quantum() {
    return awake().size() > threads.size() + 1 ? CROWDED_QUANTUM : QUANTUM;
  }

  private List<Cpu> awake() {
    return cores.stream().filter(cpu -> !Scheduler.asleep(cpu)).toList();
  }

  @Override
  public void run() {
    Round next = new Round(awake());
    gate.setCrowded(next.cores.size() > threads.size() + 1);
    if (next.cores.size() > 1) {
      round = next;
      threads.forEach(LockSupport::unpark);
    }
    takePart(next);
    for (int spins = 0; !next.over(); spins++) {
      relax(spins);
    }
    if (next.failure != null) {
      throw new IllegalStateException("a core's thread failed", next.failure);
    }
  }

  /** What the other threads do. */
  private void follow() {
    Round last = null;
    for (int spins = 0; !closed; spins++) {
      Round now = round;
      if (now == last) {
        relax(spins);
      } else {
        last = now;
        spins = 0;
        takePart(now);
      }
    }
  }

  private void takePart(Round now) {
    int last = now.cores.size() - 1;
    for (int i = now.taken.getAndIncrement(); i <= last; i = now.taken.getAndIncrement()) {
      if (i == last) {
        gate.setCrowded(false);
      }
      pass(now, now.cores.get(i));
    }
  }

  private void pass(Round now, Cpu cpu) {
    gate.begin(cpu);
    try {
      turn.run(cpu);
    } catch (RuntimeException | Error e) {
      now.failure = e;
    } finally {
      gate.end(cpu);
      if (now.left.decrementAndGet() == 0) {
        LockSupport.unpark(now.caller);
      }
    }
  }

  private static void relax(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
    } else {
      LockSupport.park();
    }
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(LockSupport::unpark);
  }
}
