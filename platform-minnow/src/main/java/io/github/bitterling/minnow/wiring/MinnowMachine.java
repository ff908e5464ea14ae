package io.github.bitterling.minnow.wiring;

import io.github.bitterling.minnow.host.HostFigures;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.MilestoneRecorder;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.Progress;
import io.github.bitterling.minnow.machine.RunLimits;
import io.github.bitterling.minnow.machine.SerialMonitor;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.smp.ProcessorComplex.Core;
import java.util.List;
import java.util.Optional;

/** The machine that the command runs: one instance, or two side by side in lockstep. */
final class MinnowMachine implements Machine {
  private final MachineConfig config;
  private final ResetWatch resets = new ResetWatch();
  private Instance main;
  private Instance shadow;
  private Lockstep lockstep;
  private SerialMonitor monitor;
  private MilestoneRecorder recorder;
  private String detail = "";

  MinnowMachine(MachineConfig config) {
    this.config = config;
  }

  @Override
  public MachineResult run(RunLimits limits, Console console) {
    recorder = new MilestoneRecorder(progress(), new HostFigures()::wallSeconds);
    monitor = new SerialMonitor(console, recorder, limits.until());
    main =
        new Instance(
            config,
            config.engine() != EngineKind.INTERPRETER,
            console,
            monitor::accept,
            recorder::postCode);
    if (config.vmxNotes() != null) {
      main.processors().explainVmx(config.vmxNotes());
    }
    if (config.engine() == EngineKind.LOCKSTEP) {
      shadow = new Instance(config, false, Console.NONE, b -> {}, c -> {});
      lockstep = new Lockstep(main, shadow);
    }
    recorder.reached(MilestoneRecorder.FIRST_INSTRUCTION);
    return Results.of(loop(limits, console), detail, main, monitor, recorder);
  }

  private Progress progress() {
    return new Progress() {
      @Override
      public double guestSeconds() {
        return main == null ? 0 : main.guestSeconds();
      }

      @Override
      public long instructions() {
        return main == null ? 0 : main.instructions();
      }
    };
  }

  private Outcome loop(RunLimits limits, Console console) {
    long start = System.nanoTime();
    while (true) {
      boolean alive = main.slice();
      followVmx();
      Optional<String> parted = lockstep == null ? Optional.empty() : lockstep.follow();
      Outcome ended = parted.isPresent() ? null : ended(alive, limits, console, start);
      if (ended != null && lockstep != null) {
        parted = lockstep.memory();
      }
      if (parted.isPresent()) {
        detail = parted.get();
        return Outcome.INTERNAL_ERROR;
      }
      if (ended != null) {
        return ended;
      }
    }
  }

  private void followVmx() {
    for (Core core : main.processors().cores()) {
      if (core.cpu().vmxOperation) {
        recorder.vmxOperation(core.cpu().index);
        if (core.vmx().statistics().entries() > 0) {
          recorder.vmEntry();
        }
      }
    }
  }

  private Outcome ended(boolean alive, RunLimits limits, Console console, long start) {
    if (monitor.untilSeen()) {
      return Outcome.UNTIL_TEXT;
    }
    Requests asked = main.requests();
    if (asked.exitValue().isPresent()) {
      return debugExit(asked.exitValue().getAsInt());
    }
    if (asked.powerOffRequested()) {
      return limits.until().isPresent() ? Outcome.POWER_OFF_TOO_EARLY : Outcome.POWER_OFF;
    }
    if (asked.resetRequested()) {
      return reset();
    }
    Optional<String> unknown = unimplemented();
    if (unknown.isPresent()) {
      detail = unknown.get();
      return Outcome.UNIMPLEMENTED_INSTRUCTION;
    }
    if (!alive) {
      return Outcome.HALTED;
    }
    return limit(limits, console, start);
  }

  /**
   * A guest that gives up right after a failed VM entry is told apart: the failed check is the
   * reason.
   */
  private Outcome debugExit(int value) {
    Optional<String> failure = main.processors().entryFailure();
    detail = failure.orElseGet(() -> exitValue(value));
    return failure.isPresent() ? Outcome.VM_ENTRY_FAILED : Outcome.DEBUG_EXIT;
  }

  private String exitValue(int value) {
    List<Integer> codes = main.board().postCodes();
    String said = codes.isEmpty() ? "" : String.format(", POST code %02Xh", codes.getLast());
    return "value " + Integer.toHexString(value) + "h on port F4h" + said;
  }

  private Outcome limit(RunLimits limits, Console console, long start) {
    if (limits.guestNanoseconds() > 0 && main.guestSeconds() * 1e9 >= limits.guestNanoseconds()) {
      return Outcome.GUEST_TIME_LIMIT;
    }
    if (limits.wallNanoseconds() > 0 && System.nanoTime() - start >= limits.wallNanoseconds()) {
      return Outcome.WALL_TIME_LIMIT;
    }
    return console.quitRequested() ? Outcome.QUIT : null;
  }

  private Outcome reset() {
    List<String> sources = main.requests().resets();
    if (resets.resetAt(main.guestSeconds())) {
      detail = ResetWatch.MOST + " resets in a row, the last by " + sources.getLast();
      return Outcome.RESET_LOOP;
    }
    main.reset();
    if (shadow != null) {
      shadow.reset();
    }
    return null;
  }

  /** A core that met an instruction nobody implemented stops the machine, with the opcode. */
  private Optional<String> unimplemented() {
    for (Cpu cpu : main.cpus()) {
      if (cpu.fault == Cpu.FAULT_UNIMPLEMENTED) {
        return Optional.of(
            String.format(
                "core %d met an instruction that is not implemented yet, opcode %Xh at %04X:%X (%s)",
                cpu.index, cpu.faultError, cpu.cs.selector, cpu.rip, CoreText.mode(cpu)));
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    if (main != null) {
      main.close();
    }
    if (shadow != null) {
      shadow.close();
    }
  }
}
