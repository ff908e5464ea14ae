package io.github.bitterling.minnow.wiring;

import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.ExitFigures;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.MilestoneRecorder;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.SerialMonitor;
import io.github.bitterling.vmx.smp.ProcessorComplex.Core;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What came of a run, gathered from the instance. */
final class Results {
  private static final Set<Outcome> STOPPED =
      EnumSet.of(Outcome.GUEST_TIME_LIMIT, Outcome.WALL_TIME_LIMIT, Outcome.QUIT);

  private Results() {}

  static MachineResult of(
      Outcome outcome,
      String detail,
      Instance main,
      SerialMonitor monitor,
      MilestoneRecorder steps) {
    return new MachineResult(
        outcome,
        detail,
        main.requests().exitValue(),
        main.guestSeconds(),
        main.instructions(),
        main.processors().smis(),
        main.processors().vmExits(),
        figures(main),
        steps.milestones(),
        main.translation(),
        monitor.lastLine(),
        cores(main),
        STOPPED.contains(outcome) ? Waits.of(main) : List.of(),
        main.requests().resets(),
        main.board().postCodes(),
        main.board().flash().contents(),
        main.board().cbmem(),
        main.board().dump());
  }

  private static List<ExitFigures> figures(Instance main) {
    return main.processors().vmExitFigures().stream()
        .map(
            f ->
                new ExitFigures(
                    f.reason(),
                    f.count(),
                    f.p50(),
                    f.p90(),
                    f.p99(),
                    f.most(),
                    f.addresses().stream()
                        .map(a -> new ExitFigures.Address(a.linear(), a.count()))
                        .toList()))
        .toList();
  }

  private static List<CoreState> cores(Instance main) {
    return main.processors().cores().stream().map(Results::core).toList();
  }

  private static CoreState core(Core core) {
    return new CoreState(
        core.cpu().index,
        CoreText.mode(core.cpu()),
        CoreText.linear(core.cpu()),
        core.cpu().vmxOperation ? core.vmx().summary() : "",
        core.vmx().dump());
  }
}
