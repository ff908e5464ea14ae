package io.github.bitterling.minnow.e2e;

import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineFactory;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Milestone;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.RunLimits;
import io.github.bitterling.vmx.model.CpuModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One finished run: what the serial port said and what the machine told.
 *
 * @param serial as the guest sent it, in ISO 8859-1
 */
record Run(String serial, MachineResult result) {
  private static final long MIB = 1L << 20;

  /** A run that does not end within this much guest time has failed; no test comes near. */
  private static final long GUEST_LIMIT = 120_000_000_000L;

  /** What is typed when the guest has printed something. */
  private record Answer(String prompt, String keys) {}

  /** What to run and how; copied with a change by its methods. */
  record Plan(
      Setup setup,
      EngineKind engine,
      boolean parallel,
      int cpus,
      String cpu,
      long memoryMib,
      DramSetup dram,
      RunLimits limits,
      List<Answer> answers) {
    Plan engine(EngineKind other) {
      return new Plan(setup, other, parallel, cpus, cpu, memoryMib, dram, limits, answers);
    }

    /** Cores run at once. */
    Plan atOnce() {
      return new Plan(setup, engine, true, cpus, cpu, memoryMib, dram, limits, answers);
    }

    Plan cpus(int other) {
      return new Plan(setup, engine, parallel, other, cpu, memoryMib, dram, limits, answers);
    }

    /** Another processor model. */
    Plan cpu(String other) {
      return new Plan(setup, engine, parallel, cpus, other, memoryMib, dram, limits, answers);
    }

    Plan memoryMib(long other) {
      return new Plan(setup, engine, parallel, cpus, cpu, other, dram, limits, answers);
    }

    /** Another board's memory. */
    Plan dram(DramSetup other) {
      return new Plan(setup, engine, parallel, cpus, cpu, memoryMib, other, limits, answers);
    }

    Plan until(String text) {
      return limits(
          new RunLimits(Optional.of(text), limits.guestNanoseconds(), limits.wallNanoseconds()));
    }

    Plan guestNanoseconds(long limit) {
      return limits(new RunLimits(limits.until(), limit, limits.wallNanoseconds()));
    }

    Plan limits(RunLimits other) {
      return new Plan(setup, engine, parallel, cpus, cpu, memoryMib, dram, other, answers);
    }

    /** Types {@code keys} once the guest has printed {@code prompt}, after earlier answers. */
    Plan answer(String prompt, String keys) {
      List<Answer> more = new ArrayList<>(answers);
      more.add(new Answer(prompt, keys));
      return new Plan(
          setup, engine, parallel, cpus, cpu, memoryMib, dram, limits, List.copyOf(more));
    }

    Run run() {
      MachineConfig config =
          new MachineConfig(
              memoryMib * MIB,
              dram,
              cpus,
              cpu,
              engine,
              parallel,
              setup.flash(),
              setup.media(),
              setup.startFiles(),
              null);
      Recording recording = new Recording(answers);
      try (Machine machine = MachineFactory.installed().create(config)) {
        MachineResult result = machine.run(limits, recording);
        return new Run(recording.text(), result);
      }
    }
  }

  /** The board as the command builds it, with the JIT and four cores. */
  static Plan of(Setup setup) {
    RunLimits limits = new RunLimits(Optional.empty(), GUEST_LIMIT, 0);
    return new Plan(
        setup,
        EngineKind.JIT,
        false,
        4,
        CpuModel.DEFAULT,
        2048,
        DramSetup.DEFAULT,
        limits,
        List.of());
  }

  Outcome outcome() {
    return result.outcome();
  }

  List<String> lines() {
    return serial.lines().map(String::strip).toList();
  }

  List<String> milestones() {
    return result.milestones().stream().map(Milestone::name).toList();
  }

  /** For the message of a failed assertion: why it ended, and the last lines. */
  String story() {
    List<String> lines = lines();
    return result.outcome()
        + " "
        + result.detail()
        + " "
        + cores()
        + "\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - 25), lines.size()));
  }

  private String cores() {
    return result.cores().stream()
        .map(
            core ->
                String.format(
                    "%n  core %d at %X, %s", core.core(), core.instructionPointer(), core.mode()))
        .collect(Collectors.joining());
  }

  /** Keeps what the guest says and types the answers, which takes no host time into account. */
  private static final class Recording implements Console {
    private final StringBuilder text = new StringBuilder();
    private final List<Answer> answers;
    private int answered;
    private int searchFrom;
    private String typing = "";

    Recording(List<Answer> answers) {
      this.answers = answers;
    }

    @Override
    public void output(int b) {
      text.append((char) (b & 0xFF));
      if (answered < answers.size()) {
        Answer next = answers.get(answered);
        if (text.indexOf(next.prompt, searchFrom) >= 0) {
          answered++;
          searchFrom = text.length();
          typing += next.keys;
        }
      }
    }

    @Override
    public int input() {
      if (typing.isEmpty()) {
        return -1;
      }
      int key = typing.charAt(0);
      typing = typing.substring(1);
      return key;
    }

    @Override
    public boolean interactive() {
      return !answers.isEmpty();
    }

    @Override
    public boolean quitRequested() {
      return false;
    }

    String text() {
      return text.toString();
    }
  }
}
