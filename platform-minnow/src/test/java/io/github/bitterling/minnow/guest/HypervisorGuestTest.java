package io.github.bitterling.minnow.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineFactory;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.RunLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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

  private record Run(MachineResult result, String serial) {}

  private static Run boot(byte[] flash, EngineKind engine, int cpus) {
    MachineConfig config = new MachineConfig(MEMORY, cpus, engine, flash, List.of());
    Recorder console = new Recorder();
    try (Machine machine = MachineFactory.installed().create(config)) {
      MachineResult result = machine.run(new RunLimits(Optional.empty(), GUEST_LIMIT, 0), console);
      return new Run(result, console.text.toString());
    }
  }

  private static FlashImageBuilder image() {
    return FlashImageBuilder.withDefaults().realPayload(payload);
  }

  /** Offset of a text in the image. */
  private static int find(byte[] flash, String text) {
    int at = new String(flash, StandardCharsets.ISO_8859_1).lastIndexOf(text);
    assertTrue(at > 0, text);
    return at;
  }

  private static void assertStops(byte[] flash, int code, String message) {
    Run run = boot(flash, EngineKind.INTERPRETER, 1);
    assertEquals(Outcome.DEBUG_EXIT, run.result.outcome(), run.serial);
    assertEquals(OptionalInt.of(code), run.result.debugExit());
    assertTrue(run.serial.contains("hv: ERROR: CBFS file " + message), run.serial);
  }

  @Test
  void missingPayloadStopsWithItsName() {
    byte[] flash = image().build().bytes().clone();
    flash[find(flash, "fallback/realpayload\0")] ^= 1;
    assertStops(flash, 0x14, "fallback/realpayload is missing");
  }

  @Test
  void damagedPayloadStopsBeforeTheGuest() {
    byte[] flash = image().build().bytes().clone();
    flash[find(flash, "fallback/realpayload\0") + 0x200] ^= 0x55;
    assertStops(flash, 0x15, "fallback/realpayload is damaged");
  }

  @Test
  void configurationFileNamesThePayload() {
    FlashImageBuilder other =
        image().text("hypervisor.cfg", "payload=img/other\n", Compression.NONE);
    assertStops(other.build().bytes(), 0x14, "img/other is missing");
  }

  /** EPT, VPID, bitmaps, preemption timer and monitor trap flag; then the boot goes on as ever. */
  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void selfTestOfTheProcessorPasses(EngineKind engine) {
    FlashImageBuilder tested = image().text("hypervisor.cfg", "selftest=on\n", Compression.NONE);
    Run run = boot(tested.build().bytes(), engine, 1);
    String serial = run.serial;
    for (String step : List.of("EPT", "VPID", "bitmaps", "preemption timer", "monitor trap flag")) {
      assertTrue(serial.contains("hv: selftest: " + step + " passed"), serial);
    }
    assertTrue(serial.contains("hv: selftest: 5 passed, 0 failed"), serial);
    assertTrue(serial.contains("checks, all passed"), serial);
    assertEquals(Outcome.POWER_OFF, run.result.outcome(), run.result.detail() + "\n" + serial);
    assertTrue(run.result.vmExits().get("VMX-preemption timer expired") >= 1);
    assertTrue(run.result.vmExits().get("Monitor trap flag") >= 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void everyCheckInsideTheVirtualMachinePasses(EngineKind engine) {
    Run run = boot(image().build().bytes(), engine, 4);
    MachineResult result = run.result;
    String serial = run.serial;
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
