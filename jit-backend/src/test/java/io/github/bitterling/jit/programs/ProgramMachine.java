package io.github.bitterling.jit.programs;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.smp.CpuComparison;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;

/** A machine with a program, on one engine. */
final class ProgramMachine implements AutoCloseable {
  private static final int COMPARED = 0x60000;

  /** How code gets compiled. */
  enum Kind {
    INTERPRETER,
    /** Every block before its second execution. */
    FORCED,
    /** On a queue that is worked off now and then, as a thread in the background would. */
    LATE
  }

  private final Queue<Runnable> queue = new ArrayDeque<>();
  private final Rig rig;

  ProgramMachine(Program program, Kind kind, TranslationStore store) {
    rig =
        new Rig(
            1,
            new NoVmx(),
            cache ->
                switch (kind) {
                  case INTERPRETER -> RegionCompiler.NONE;
                  case FORCED -> RegionJit.forced(cache::at, store, Helper::isPure);
                  case LATE -> new RegionJit(cache::at, store, Helper::isPure, queue::add, 3);
                });
    Random random = new Random(program.seed());
    for (int at = 0; at < ProgramMode.DATA_BYTES; at += 8) {
      rig.put64(
          ProgramMode.DATA + at, random.nextInt(3) == 0 ? random.nextInt(256) : random.nextLong());
    }
    program.mode().load(rig);
    byte[] code = program.code();
    GuestMemory.fromArray(code, 0, rig.bus.ram.address(ProgramMode.CODE, code.length), code.length);
    if (program.mode() == ProgramMode.LONG) {
      twin(code, random);
    }
    for (int i = 0; i < 16; i++) {
      rig.put64(
          ProgramMode.TARGETS + 8 * i,
          ProgramMode.CODE + program.targets()[i] + program.mode().codeBase());
    }
    registers(random, program.mode());
  }

  /** The copy of a page of code, with some fillers that differ. */
  private void twin(byte[] code, Random random) {
    int from = ProgramWriter.TWIN_PAGE - ProgramMode.CODE;
    byte[] copy = Arrays.copyOfRange(code, from, from + 4096);
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] == (byte) 0xF8 && random.nextBoolean()) {
        copy[i] = (byte) 0xF9;
      }
    }
    GuestMemory.fromArray(copy, 0, rig.bus.ram.address(ProgramWriter.TWIN_COPY, 4096), 4096);
  }

  private void registers(Random random, ProgramMode mode) {
    Cpu cpu = rig.cpu;
    long mask = mode.bits == 64 ? -1 : 0xFFFFFFFFL;
    for (int i = 0; i < (mode.bits == 64 ? 16 : 8); i++) {
      if (i < 4 || i > 7) {
        cpu.r[i] = random.nextLong() >> random.nextInt(64) & mask;
      }
    }
    for (int i = 0; i < (mode.bits == 64 ? 32 : 16); i++) {
      cpu.xmm[i] = random.nextBoolean() ? random.nextLong() : Double.doubleToLongBits(i - 7.5);
    }
    cpu.setFlags(random.nextInt() & 0x8D5 | 2);
  }

  /** Runs until the given number of cycles has passed; false when it has come to an end. */
  boolean run(int cycles) {
    rig.clock.timer("slice", () -> {}).armAt(rig.clock.now() + cycles);
    rig.run(1);
    return rig.resets.isEmpty()
        && rig.cpu.fault == Cpu.FAULT_NONE
        && rig.cpu.activity == Cpu.Activity.ACTIVE;
  }

  /** Does what waits for a thread in the background. */
  void compile() {
    for (Runnable work = queue.poll(); work != null; work = queue.poll()) {
      work.run();
    }
  }

  long retired() {
    return rig.cpu.retired;
  }

  long retiredInRegions() {
    return rig.dispatcher.retiredInRegions();
  }

  /** What differs; empty when nothing does. */
  List<String> differences(ProgramMachine other, boolean memory) {
    List<String> found =
        new java.util.ArrayList<>(
            CpuComparison.differences(rig.cpu, "interpreter", other.rig.cpu, "JIT"));
    if (memory) {
      byte[] mine = content();
      byte[] theirs = other.content();
      int at = Arrays.mismatch(mine, theirs);
      if (at >= 0) {
        found.add("memory at %x: %x, %x".formatted(at, mine[at], theirs[at]));
      }
    }
    if (!rig.resets.equals(other.rig.resets)) {
      found.add("stops: " + rig.resets + ", " + other.rig.resets);
    }
    return found;
  }

  private byte[] content() {
    byte[] all = new byte[COMPARED];
    GuestMemory.toArray(rig.bus.ram.address(0, COMPARED), all, 0, COMPARED);
    return all;
  }

  @Override
  public void close() {
    rig.close();
  }
}
