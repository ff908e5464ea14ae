package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.cli.StartFiles;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's stock kernel with an initial RAM disk whose first process checks the machine from
 * inside: Maven profile {@code linux}. The script fetches the packages; without them the tests are
 * aborted with the reason.
 */
@Tag("linux")
class LinuxTest {
  private static final int DISK_BYTES = 16 << 20;

  /** A boot takes 5 s of guest time; a kernel that panics waits for ever. */
  private static final long GUEST_LIMIT = 30_000_000_000L;

  private static Run.Plan plan(boolean hypervisor, boolean disk, String append) {
    return plan(Script.LINUX.run(), hypervisor, disk, append);
  }

  private static Run.Plan plan(Path files, boolean hypervisor, boolean disk, String append) {
    List<MediumSource> media =
        disk ? List.of(Setup.disk(Place.SATA_DISK, new byte[DISK_BYTES], 0)) : List.of();
    return plan(files, hypervisor, media, (disk ? "init.disks=1 " : "") + append);
  }

  private static Run.Plan plan(
      Path files, boolean hypervisor, List<MediumSource> media, String append) {
    return plan(files, "initrd.gz", hypervisor, media, append);
  }

  private static Run.Plan plan(
      Path files, String initrd, boolean hypervisor, List<MediumSource> media, String append) {
    byte[] start =
        StartFiles.of(
            files.resolve("vmlinuz"),
            Optional.of(files.resolve(initrd)),
            "console=ttyS0 " + append);
    return Run.of(new Setup(DefaultFlash.loader(hypervisor).bytes(), media, Optional.of(start)))
        .guestNanoseconds(GUEST_LIMIT);
  }

  private static void assertChecked(Run run, int cpus) {
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    List<String> lines = run.lines();
    List<String> failed = lines.stream().filter(l -> l.matches("INIT: (FAILED|LOG) .*")).toList();
    assertEquals(List.of(), failed, run.serial());
    assertTrue(lines.contains("INIT: failures 0"), run.story());
    assertTrue(lines.contains("INIT: cpus " + cpus), run.story());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void bareBoard(int cpus) {
    Run run = plan(false, true, "").cpus(cpus).run();
    assertChecked(run, cpus);
    assertTrue(run.lines().contains("INIT: ok file system on /dev/sda"), run.serial());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void thirtyTwoBits(int cpus) {
    Run run = plan(Script.LINUX.run("--i386"), false, true, "").cpus(cpus).run();
    assertChecked(run, cpus);
    assertTrue(run.serial().contains("i686 GNU/Linux"), run.story());
    assertTrue(run.lines().contains("INIT: ok file system on /dev/sda"), run.serial());
  }

  @Test
  void insideTheHypervisor() {
    Run run = plan(true, true, "").run();
    assertChecked(run, 4);
    assertTrue(run.serial().contains("hv: core 3 in VMX operation"), run.story());
    assertTrue(run.lines().contains("INIT: ok file system on /dev/sda"), run.serial());
  }

  /** {@code --parallel}; the kernel's checks of clocks and interrupts hold there too. */
  @Test
  void coresAtOnce() {
    assertChecked(plan(false, true, "").cpus(2).atOnce().run(), 2);
  }

  /**
   * A disk and a CD on AHCI, a SuperSpeed and a high-speed stick on xHCI, by message or by wire.
   */
  @ParameterizedTest
  @CsvSource({"false, ''", "false, pci=nomsi", "true, ''"})
  void everyKindOfMedium(boolean hypervisor, String option) {
    byte[] disc = BootMedia.cdrom(new byte[Disk.SECTOR]);
    List<MediumSource> media =
        List.of(
            Setup.disk(Place.SATA_DISK, new byte[DISK_BYTES], 0),
            Setup.disk(Place.CDROM, disc, 1),
            Setup.disk(Place.USB_DISK, new byte[DISK_BYTES], 2),
            Setup.disk(Place.USB_DISK, new byte[DISK_BYTES], 3));
    Run run =
        plan(Script.LINUX.run(), hypervisor, media, "init.disks=3 init.cdrom " + option).run();
    assertChecked(run, 4);
    for (String name : List.of("sda", "sdb", "sdc")) {
      assertTrue(run.lines().contains("INIT: ok file system on /dev/" + name), run.serial());
    }
    assertTrue(run.serial().contains("INIT: disc " + sha256(BootMedia.file(disc))), run.serial());
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** What GNU's C library asks for x86-64-v3, and what the kernel uses itself. */
  @Test
  void otherProcessor() {
    Run run = plan(false, true, "").cpu("x86-64-v3").run();
    assertChecked(run, 4);
    String flags =
        run.lines().stream().filter(l -> l.startsWith("INIT: processor ")).findFirst().orElse("");
    for (String flag :
        List.of(
            "avx",
            "avx2",
            "bmi1",
            "bmi2",
            "f16c",
            "fma",
            "abm",
            "movbe",
            "xsave",
            "xsaveopt",
            "xsavec",
            "smep",
            "smap",
            "fsgsbase",
            "pcid",
            "invpcid",
            "tsc_deadline_timer",
            "constant_tsc")) {
      assertTrue(List.of(flags.split(" ")).contains(flag), flag + " is not in " + flags);
    }
    assertTrue(run.serial().contains("context size is 832 bytes"), run.serial());
  }

  /**
   * Virtual machines inside: KVM on the bare board, with nested paging and with shadow page tables.
   */
  @ParameterizedTest
  @ValueSource(strings = {"e3845", "x86-64-v3"})
  void virtualMachinesByKvm(String processor) {
    Path files = Script.LINUX.run("--kvm");
    Run run =
        plan(files, "initrd-kvm.gz", false, List.of(), "init.kvm").cpus(2).cpu(processor).run();
    assertChecked(run, 2);
    assertTrue(run.lines().contains("INIT: ok virtual machines with ept=1"), run.serial());
    assertTrue(run.lines().contains("INIT: ok virtual machines with ept=0"), run.serial());
    assertTrue(run.lines().contains("INIT: kvm_intel ept Y unrestricted_guest Y"), run.serial());
    assertTrue(run.lines().contains("INIT: kvm_intel ept N unrestricted_guest N"), run.serial());
    assertEquals(2, run.lines().stream().filter("KVM: failures 0"::equals).count(), run.serial());
  }

  /**
   * The kernel's own tests of ciphers, checksums and hashes written for vector instructions, and of
   * copies to and from users: with SSE, AES-NI and PCLMULQDQ on the board's processor, with AVX and
   * AVX2 on the other, which must refuse none.
   */
  @ParameterizedTest
  @CsvSource({"e3845, sha256-ssse3, ghash-clmulni-intel", "x86-64-v3, serpent-avx2, aesni-intel"})
  void kernelTestsItself(String processor, String one, String another) {
    Path files = Script.LINUX.run("--selftests");
    Run run =
        plan(files, "initrd-selftests.gz", false, List.of(), "init.selftests")
            .cpus(1)
            .cpu(processor)
            .run();
    assertChecked(run, 1);
    List<String> lines = run.lines();
    for (String module : List.of(one, another, "crc32-pclmul", "test_user_copy")) {
      assertTrue(lines.contains("INIT: selftest loaded " + module), run.serial());
    }
    long refused = lines.stream().filter(l -> l.startsWith("INIT: selftest refused")).count();
    assertEquals(processor.equals("e3845"), refused > 0, run.serial());
    assertTrue(lines.contains("INIT: ok every algorithm passed its test"), run.serial());
    System.out.println(processor + ": " + run.result().guestInstructions() + " instructions");
  }

  /**
   * Linux on three cores beside the RTOS on the fourth: its machine is started again in the middle
   * of its boot, and the RTOS loses no tick.
   */
  @Test
  void rtosTicksWhileTheMachineBesideItStartsAgain() throws IOException {
    String example = "../flash-images/examples/linux-and-rtos.cfg";
    byte[] flash =
        DefaultFlash.builder(Optional.of(Setup.seabios()))
            .hypervisorConfig(Files.readString(Path.of(example)), example)
            .cellPayload("img/rtos", FlashImageBuilder.resource("rtos.elf"))
            .build()
            .bytes();
    Path disc = Script.SYSTEMS.run("--linux").resolve("linux.iso");
    Run run =
        Run.of(new Setup(flash, List.of(Setup.file(Place.CDROM, disc, 0))))
            .guestNanoseconds(2 * GUEST_LIMIT)
            .answer("INIT: ok floating point", "\u001Drestart 0\r")
            .run();
    assertChecked(run, 3);
    assertTrue(run.serial().contains("hv: VM primary started again after "), run.serial());
    assertEquals(2, run.lines().stream().filter("INIT: cpus 3"::equals).count(), run.serial());
    assertEquals(List.of(), run.result().resets());
    CellsTest.assertTicks(run, 5000);
  }

  @Test
  void tierZeroRunsTheSameInstructions() {
    Run jit = plan(false, false, "").run();
    Run interpreter = plan(false, false, "").engine(EngineKind.INTERPRETER).run();
    assertChecked(jit, 4);
    assertEquals(jit.serial(), interpreter.serial());
    assertEquals(jit.result().guestInstructions(), interpreter.result().guestInstructions());
  }

  @Test
  void reboot() {
    Run run = plan(false, false, "init.end=reboot").guestNanoseconds(6_000_000_000L).run();
    assertEquals(Outcome.GUEST_TIME_LIMIT, run.outcome(), run.story());
    assertTrue(run.serial().contains("reboot: Restarting system"), run.story());
    String banner = "fw: Bitterling firmware";
    assertTrue(run.serial().indexOf(banner, banner.length()) > 0, run.story());
  }
}
