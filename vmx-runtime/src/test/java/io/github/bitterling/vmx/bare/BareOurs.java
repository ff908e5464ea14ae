package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Runs a case on our processor units. */
final class BareOurs implements AutoCloseable {
  /** Cycles after which a case is taken to go on for ever. */
  private static final int LIMIT = 20_000;

  /** Steps that are noted. */
  private static final int STEPS = 1000;

  private static final byte[] BACKGROUND = BareCase.background();

  /** Cases after which a machine is replaced: code outside the arena stays in its cache. */
  private static final int CASES = 100;

  private final Function<BlockCache, RegionCompiler> compiler;
  private Rig rig;
  private int cases;

  /** Instructions of all cases so far that ran in compiled regions. */
  long inRegions;

  private final byte[] before = new byte[BareCase.ARENA];
  private final byte[] after = new byte[BareCase.ARENA];

  /** On tier 0. */
  BareOurs() {
    this(cache -> RegionCompiler.NONE);
  }

  BareOurs(Function<BlockCache, RegionCompiler> compiler) {
    this.compiler = compiler;
    rig = new Rig(1, new NoVmx(), compiler);
  }

  BareOutcome run(BareCase c) {
    if (++cases % CASES == 0) {
      rig.close();
      rig = new Rig(1, new NoVmx(), compiler);
    }
    rig.forgetCode(0, BareCase.ARENA);
    return go(c);
  }

  /**
   * The case that was run last once more, with what was translated then, where its code is as it
   * was.
   */
  BareOutcome again(BareCase c, BareOutcome first) {
    boolean unknown = first.changes.size() >= BareOutcome.CHANGES;
    if (unknown || first.changes.keySet().stream().anyMatch(at -> at >> 12 == 3 || at >> 12 == 8)) {
      rig.forgetCode(0, BareCase.ARENA);
    }
    return go(c);
  }

  /** What is done to the machine as an instruction is about to begin; false ends the case there. */
  interface Visit {
    boolean at(Rig rig);
  }

  /** A case with its steps. */
  BareOutcome followed(BareCase c) {
    return visited(c, -1, r -> true);
  }

  /**
   * A case with its steps, changed at one place.
   *
   * @param at linear address of the instruction
   * @return null when it is never there, or the visit has ended it
   */
  BareOutcome visited(BareCase c, int at, Visit visit) {
    rig.forgetCode(0, BareCase.ARENA);
    begin(c);
    List<BareStep> steps = new ArrayList<>();
    boolean waits = at >= 0;
    while (steps.size() < STEPS && active()) {
      BareStep.Point before = BareStep.Point.of(rig.cpu);
      boolean arrived = waits && before.code() == at;
      if (!arrived) {
        proceed(1);
      } else if (begins(before) && fetched(at)) {
        waits = false;
        if (!visit.at(rig)) {
          return null;
        }
      }
      steps.add(BareStep.of(before, BareStep.Point.of(rig.cpu), c.state.efer, this::get32));
    }
    proceed(LIMIT);
    BareOutcome o = outcome();
    o.steps = steps;
    return waits ? null : o;
  }

  private boolean active() {
    return rig.resets.isEmpty() && rig.cpu.activity == Cpu.Activity.ACTIVE;
  }

  /** Whether nothing comes before the instruction; if something does, it has come. */
  private boolean begins(BareStep.Point point) {
    boolean runs = !rig.cpu.attention || rig.cpu.events.service(rig.cpu);
    return runs && rig.cpu.rip == point.rip() && rig.cpu.dr[6] == point.debug()[6];
  }

  private boolean fetched(int at) {
    rig.cpu.memory.fetch(rig.cpu, at);
    return !BareAccess.delivered(rig);
  }

  private long get32(long linear) {
    return linear >= 0 && linear < BareCase.ARENA - 4 ? rig.get32(linear) : 0;
  }

  /** Goes on for so many cycles: one for an instruction. */
  void proceed(long cycles) {
    VirtualTime.Timer limit = rig.clock.timer("limit", () -> {});
    limit.armAt(Math.max(rig.clock.now(), rig.cpu.cycles()) + cycles);
    rig.run(1);
    limit.cancel();
  }

  private BareOutcome go(BareCase c) {
    begin(c);
    long earlier = rig.dispatcher.retiredInRegions();
    proceed(LIMIT);
    inRegions += rig.dispatcher.retiredInRegions() - earlier;
    return outcome();
  }

  private void begin(BareCase c) {
    rig.bus.portValue = -1;
    rig.bus.end = BareCase.ARENA;
    rig.bus.beyond = false;
    rig.resets.clear();
    GuestMemory.fromArray(BACKGROUND, 0, rig.bus.ram.address(0, BareCase.ARENA), BareCase.ARENA);
    c.words.forEach(rig::put64);
    GuestMemory.toArray(rig.bus.ram.address(0, BareCase.ARENA), before, 0, BareCase.ARENA);
    load(rig.cpu, c.state);
  }

  private BareOutcome outcome() {
    BareOutcome o = new BareOutcome();
    o.end =
        !rig.resets.isEmpty()
            ? BareOutcome.SHUTDOWN
            : rig.cpu.activity == Cpu.Activity.HALTED ? BareOutcome.HALT : BareOutcome.LATE;
    o.beyond = rig.bus.beyond;
    o.state = save(rig.cpu);
    GuestMemory.toArray(rig.bus.ram.address(0, BareCase.ARENA), after, 0, BareCase.ARENA);
    for (int at = 0; at < BareCase.ARENA && o.changes.size() < BareOutcome.CHANGES; at += 8) {
      if (!java.util.Arrays.equals(before, at, at + 8, after, at, at + 8)) {
        o.changes.put(at, rig.get64(at));
      }
    }
    return o;
  }

  private static void load(Cpu cpu, BareState s) {
    System.arraycopy(s.reg, 0, cpu.r, 0, 16);
    cpu.rip = s.rip;
    cpu.setFlags(s.flags);
    for (int i = 0; i < 6; i++) {
      cpu.segments[i].copyFrom(s.segment[i]);
    }
    cpu.ldtr.copyFrom(s.segment[6]);
    cpu.tr.copyFrom(s.segment[7]);
    cpu.cpl = s.segment[2].dpl();
    cpu.gdtrBase = s.gdtr;
    cpu.gdtrLimit = (int) s.gdtrLimit;
    cpu.idtrBase = s.idtr;
    cpu.idtrLimit = (int) s.idtrLimit;
    cpu.cr0 = s.cr0;
    cpu.cr2 = s.cr2;
    cpu.cr3 = s.cr3;
    cpu.cr4 = s.cr4;
    cpu.efer = s.efer;
    System.arraycopy(s.dr, 0, cpu.dr, 0, 4);
    cpu.dr[6] = s.dr6;
    cpu.dr[7] = s.dr7;
    cpu.star = s.msr[0];
    cpu.lstar = s.msr[1];
    cpu.cstar = s.msr[2];
    cpu.fmask = s.msr[3];
    cpu.kernelGsBase = s.msr[4];
    cpu.sysenterCs = s.msr[5];
    cpu.sysenterEsp = s.msr[6];
    cpu.sysenterEip = s.msr[7];
    settle(cpu);
  }

  private static void settle(Cpu cpu) {
    cpu.fpu.init();
    cpu.fault = Cpu.FAULT_NONE;
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.interruptShadow = 0;
    cpu.nmiBlocked = false;
    cpu.pendingDebug = 0;
    cpu.latched = 0;
    cpu.stepping = cpu.flag(Cpu.TF);
    cpu.attention = true;
    cpu.memory.flushEverything();
    if ((cpu.cr0 & 1L << 31) != 0 && (cpu.cr4 & 32) != 0 && (cpu.efer & 0x400) == 0) {
      cpu.memory.loadPdptes(cpu, cpu.cr3);
    }
    Modes.update(cpu);
  }

  private static BareState save(Cpu cpu) {
    BareState s = new BareState();
    System.arraycopy(cpu.r, 0, s.reg, 0, 16);
    s.rip = cpu.rip;
    s.flags = cpu.flags();
    Segment[] all = {cpu.es, cpu.cs, cpu.ss, cpu.ds, cpu.fs, cpu.gs, cpu.ldtr, cpu.tr};
    for (int i = 0; i < 8; i++) {
      s.segment[i].copyFrom(all[i]);
    }
    s.gdtr = cpu.gdtrBase;
    s.gdtrLimit = cpu.gdtrLimit;
    s.idtr = cpu.idtrBase;
    s.idtrLimit = cpu.idtrLimit;
    s.cr0 = cpu.cr0;
    s.cr2 = cpu.cr2;
    s.cr3 = cpu.cr3;
    s.cr4 = cpu.cr4;
    s.efer = cpu.efer;
    System.arraycopy(cpu.dr, 0, s.dr, 0, 4);
    s.dr6 = cpu.dr[6];
    s.dr7 = cpu.dr[7];
    long[] msr = {
      cpu.star,
      cpu.lstar,
      cpu.cstar,
      cpu.fmask,
      cpu.kernelGsBase,
      cpu.sysenterCs,
      cpu.sysenterEsp,
      cpu.sysenterEip
    };
    System.arraycopy(msr, 0, s.msr, 0, msr.length);
    return s;
  }

  @Override
  public void close() {
    rig.close();
  }
}
