package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineFactory;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.RunLimits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Several virtual machines in one flash: isolation, and new starts while the others go on. */
class CellsTest {
  private static final long GUEST_LIMIT = TimeUnit.SECONDS.toNanos(30);
  private static final Pattern TICK = Pattern.compile("tick (\\d+), longest gap .*lost (\\d+),");
  private static final String RTOS =
      """
      [vm rtos]
      cores=3
      memory=4M
      payload=img/rtos
      """;
  private static final String HOSTILE =
      """
      [vm hostile]
      cores=2
      memory=4M
      payload=img/hostile
      """;

  /** With the console the hypervisor's, so that no line of its falls into one of the guest's. */
  private static FlashImageBuilder image(String config) {
    return FlashImageBuilder.withDefaults()
        .hypervisorConfig("console=hypervisor\n" + config, "test")
        .cellPayload("img/rtos", FlashImageBuilder.resource("rtos.elf"));
  }

  private static Run run(FlashImageBuilder image, EngineKind engine) {
    return Run.of(Setup.flashOnly(image.build().bytes()))
        .engine(engine)
        .guestNanoseconds(GUEST_LIMIT)
        .run();
  }

  private static void says(Run run, String line) {
    assertTrue(run.lines().contains(line), line + "\n" + run.story());
  }

  /** The RTOS has ticked this often at least, and lost no tick. */
  static void assertTicks(Run run, int least) {
    Matcher m = TICK.matcher(run.serial());
    int ticks = 0;
    while (m.find()) {
      assertEquals("0", m.group(2), m.group());
      ticks = Integer.parseInt(m.group(1));
    }
    assertTrue(ticks >= least, ticks + " ticks\n" + run.story());
  }

  @Test
  void seaBiosBootsOnThreeCoresWhileTheRtosTicksOnTheFourth() {
    FlashImageBuilder image =
        DefaultFlash.builder(Optional.of(Setup.seabios()))
            .hypervisorConfig("console=hypervisor\n" + RTOS, "test")
            .cellPayload("img/rtos", FlashImageBuilder.resource("rtos.elf"));
    Run run =
        Run.of(new Setup(image.build().bytes(), List.of(Setup.standardDisk())))
            .guestNanoseconds(GUEST_LIMIT)
            .run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    says(run, "bootdisk: cpuid leaf b: 4 cores, madt: 3 local apics");
    says(run, "bootdisk: 3 cores answered");
    assertTicks(run, 2000);
  }

  @Test
  void rtosTicksOnTheBareBoard() {
    byte[] rtos = FlashImageBuilder.resource("rtos.elf");
    byte[] flash =
        FlashImageBuilder.withDefaults().realPayload(rtos).withoutHypervisor().build().bytes();
    Run run = Run.of(Setup.flashOnly(flash)).cpus(1).until("tick 1000, ").run();
    assertEquals(Outcome.UNTIL_TEXT, run.outcome(), run.story());
    assertFalse(run.serial().contains("hv: "), run.serial());
    assertTicks(run, 750);
  }

  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void hostileCellChangesNothingOutside(EngineKind engine) {
    FlashImageBuilder image =
        image(RTOS + HOSTILE + "violation=ignore\n")
            .cellPayload("img/hostile", GuestProgram.compile("cell_hostile.c"))
            .realPayload(GuestProgram.compile("cell_watch.c"));
    Run run = run(image, engine);
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    says(run, "hv: hostile: ports that answered: 0");
    says(run, "hv: hostile: MSRs written: 0");
    says(run, "hv: hostile: addresses that answered: 0");
    says(run, "hv: hostile: calls granted: 0");
    assertTrue(run.serial().contains("hv: hostile: swept, exceptions: "), run.story());
    says(run, "watch: hostile VM runs 1");
    says(run, "watch: changes 0");
    assertTicks(run, 250);
  }

  @ParameterizedTest
  @CsvSource({
    "END_PORT, 'writes port 64, which is not its own'",
    "END_MEMORY, 'write to 10000000, which is not its own'",
    "END_MSR, 'writes MSR 2FF, which is not its own'",
  })
  void cellThatTouchesWhatIsNotItsOwnIsStoppedAndNamed(String end, String message) {
    Run run = primaryBeside(HOSTILE, "cell_end.c", end);
    says(run, "hv: hostile: hello");
    says(run, "hv: VM hostile: " + message);
    assertTrue(run.serial().contains("(core 2): stopped"), run.story());
    assertFalse(run.serial().contains("still here"), run.story());
    says(run, "primary: cell running 0");
    assertEquals(List.of(), run.result().resets());
  }

  private static Run primaryBeside(String cell, String source, String... defines) {
    FlashImageBuilder image =
        image(cell)
            .cellPayload("img/hostile", GuestProgram.compile(source, defines))
            .realPayload(GuestProgram.compile("cell_primary.c"));
    Run run = run(image, EngineKind.JIT);
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    return run;
  }

  @Test
  void tripleFaultStopsACellAndNothingElse() {
    Run run = primaryBeside(HOSTILE, "cell_end.c", "END_TRIPLE_FAULT");
    assertTrue(run.serial().contains("hv: VM hostile: triple fault at RIP "), run.story());
    says(run, "primary: cell running 0");
    assertEquals(List.of(), run.result().resets());
  }

  @Test
  void tripleFaultStartsACellAgainWherePolicySaysSo() {
    Run run = primaryBeside(HOSTILE + "restart=vm\n", "cell_end.c", "END_TRIPLE_FAULT");
    assertTrue(run.serial().split("hv: hostile: hello", -1).length > 3, run.story());
    assertTrue(run.serial().contains("hv: VM hostile started again at 100"), run.story());
  }

  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void primaryVmStartsAgainByHypercallWithoutTheRtosLosingATick(EngineKind engine) {
    FlashImageBuilder image =
        image(RTOS).realPayload(GuestProgram.compile("cell_primary.c", "CALL=0"));
    Run run = run(image, engine);
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    says(run, "primary: start 2");
    assertTrue(run.serial().contains("hv: VM primary started again after "), run.story());
    assertTicks(run, 500);
    assertEquals(List.of(), run.result().resets());
  }

  @Test
  void primaryVmStartsAgainAfterATripleFault() {
    FlashImageBuilder image =
        image("restart=vm\n" + RTOS).realPayload(GuestProgram.compile("cell_primary.c", "FAULT"));
    Run run = run(image, EngineKind.JIT);
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    says(run, "primary: start 2");
    assertTicks(run, 500);
    assertEquals(List.of(), run.result().resets());
  }

  @Test
  void cellStartsAgainByHypercall() {
    FlashImageBuilder image =
        image(RTOS).realPayload(GuestProgram.compile("cell_primary.c", "CALL=1"));
    Run run = run(image, EngineKind.JIT);
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    says(run, "primary: cell started again 1");
    assertTrue(run.serial().contains("hv: VM rtos started again at "), run.story());
  }

  /** Types a text when another has appeared. */
  private static final class Operator implements Console {
    private final StringBuilder said = new StringBuilder();
    private final Deque<Integer> keys = new ArrayDeque<>();
    private final String cue;
    private final String text;

    Operator(String cue, String text) {
      this.cue = cue;
      this.text = text;
    }

    @Override
    public void output(int b) {
      said.append((char) (b & 0xFF));
      int from = said.length() - cue.length();
      if (from >= 0 && said.indexOf(cue, from) == from) {
        text.chars().forEach(keys::add);
      }
    }

    @Override
    public int input() {
      return keys.isEmpty() ? -1 : keys.poll();
    }

    @Override
    public boolean interactive() {
      return true;
    }

    @Override
    public boolean quitRequested() {
      return false;
    }
  }

  @Test
  void operatorStartsThePrimaryVmAgain() {
    byte[] flash = image(RTOS).realPayload(GuestProgram.compile("cell_primary.c")).build().bytes();
    Operator operator = new Operator("primary: waiting", "\u001Dvms\r\u001Drestart 0\r");
    MachineConfig config = new MachineConfig(1L << 31, 4, EngineKind.JIT, flash, List.of());
    try (Machine machine = MachineFactory.installed().create(config)) {
      MachineResult result = machine.run(new RunLimits(Optional.empty(), GUEST_LIMIT, 0), operator);
      Run run = new Run(operator.said.toString(), result);
      assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
      says(run, "hv: VM 1 rtos: running, started again 0 times, 0 violations");
      says(run, "primary: start 2");
      assertTicks(run, 750);
      assertEquals(List.of(), result.resets());
    }
  }

  @Test
  void configurationWithAnErrorStopsWithItsLine() {
    FlashImageBuilder image =
        image("").text("hypervisor.cfg", "console=guest\n[vm a]\ncores=0\n", Compression.NONE);
    Run run = run(image, EngineKind.INTERPRETER);
    assertEquals(OptionalInt.of(0x19), run.result().debugExit(), run.story());
    says(run, "hv: ERROR: hypervisor.cfg: VM a has core 0, which starts the primary VM");
    says(run, "hv: ERROR: hypervisor.cfg: VM a has no memory= line");
  }
}
