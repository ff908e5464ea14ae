package io.github.bitterling.minnow.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineFactory;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.RunLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Boots from the reset vector through firmware and hypervisor into {@code hvtest}, a payload that
 * checks from inside the virtual machine what the hypervisor promises (docs/hypervisor.md).
 */
class HypervisorGuestTest {
  private static final Path SOURCES = Path.of("../flash-images/src/test/guest/hvtest");
  private static final long MEMORY = 2L << 30;
  private static final long GUEST_LIMIT = TimeUnit.SECONDS.toNanos(20);

  @TempDir static Path folder;
  private static byte[] payload;

  @BeforeAll
  static void buildPayload() throws IOException, InterruptedException {
    Path log = folder.resolve("make.log");
    Process make =
        new ProcessBuilder("make", "-C", SOURCES.toString(), "OUT=" + folder.toAbsolutePath())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(make.waitFor(120, TimeUnit.SECONDS), "make");
    assertEquals(0, make.exitValue(), Files.readString(log));
    payload = Files.readAllBytes(folder.resolve("hvtest.elf"));
  }

  private static final class Recorder implements Console {
    private final StringBuilder text = new StringBuilder();

    @Override
    public void output(int b) {
      text.append((char) (b & 0xFF));
    }

    @Override
    public int input() {
      return -1;
    }

    @Override
    public boolean interactive() {
      return false;
    }

    @Override
    public boolean quitRequested() {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void everyCheckInsideTheVirtualMachinePasses(EngineKind engine) {
    byte[] flash = FlashImageBuilder.withDefaults().realPayload(payload).build().bytes();
    MachineConfig config = new MachineConfig(MEMORY, 4, engine, flash, List.of());
    Recorder console = new Recorder();
    MachineResult result;
    try (Machine machine = MachineFactory.installed().create(config)) {
      result = machine.run(new RunLimits(Optional.empty(), GUEST_LIMIT, 0), console);
    }
    String serial = console.text.toString();
    assertEquals(Outcome.POWER_OFF, result.outcome(), result.detail() + "\n" + serial);
    assertTrue(serial.contains("checks, all passed"), serial);
    for (int core = 0; core < 4; core++) {
      String line = "hv: core " + core + " in VMX operation (APIC id " + 2 * core + ")";
      assertTrue(serial.contains(line), serial);
    }
    long exits = result.vmExits().values().stream().mapToLong(Long::longValue).sum();
    assertTrue(exits > 60, result.vmExits().toString());
  }
}
