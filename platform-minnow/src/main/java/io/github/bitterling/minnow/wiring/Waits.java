package io.github.bitterling.minnow.wiring;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.minnow.bus.AccessLog.Access;
import io.github.bitterling.minnow.poll.PollLoop;
import io.github.bitterling.minnow.poll.TestedBits;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import java.util.List;
import java.util.Optional;

/** What the cores of a machine that was stopped were waiting for, in words. */
final class Waits {
  private final Instance machine;

  private Waits(Instance machine) {
    this.machine = machine;
  }

  /** One line for each core that polls. The machine must not run on afterwards. */
  static List<String> of(Instance machine) {
    Waits waits = new Waits(machine);
    return machine.cpus().stream().flatMap(cpu -> waits.line(cpu).stream()).toList();
  }

  private Optional<String> line(Cpu cpu) {
    if (cpu.activity != Cpu.Activity.ACTIVE) {
      return Optional.empty();
    }
    return PollLoop.in(machine.board().accesses().of(cpu.index)).map(loop -> text(cpu, loop));
  }

  private String text(Cpu cpu, PollLoop loop) {
    Access read = loop.register();
    String tested = tested(cpu, read.instruction()).map(t -> ", looks at it by: " + t).orElse("");
    return String.format(
        "core %d polls %s, which stays %0" + 2 * read.width() + "Xh, at %X%s",
        cpu.index,
        machine.board().registerName(read),
        read.value(),
        read.instruction(),
        tested);
  }

  private static Optional<String> tested(Cpu cpu, long linear) {
    return TestedBits.in(
        position -> {
          long code = cpu.memory.load(cpu, linear + position, 1, MemoryUnit.SYSTEM);
          if (cpu.fault != Cpu.FAULT_NONE) {
            cpu.fault = Cpu.FAULT_NONE;
            return -1;
          }
          return (int) code & 0xFF;
        },
        ModeKey.codeSize(cpu.mode));
  }
}
