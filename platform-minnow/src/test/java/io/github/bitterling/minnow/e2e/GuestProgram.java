package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.flash.FlashImageBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Builds the small programs of src/test/guest/e2e and puts them where the machine finds them. */
final class GuestProgram {
  /** Where a program runs. */
  enum Place {
    /** From the reset vector, nothing before it. */
    BOARD,
    /** Started by the firmware in the place of the hypervisor. */
    FIRMWARE,
    /** In the virtual machine, in the place of SeaBIOS. */
    VM
  }

  /** Where in the 4 KiB of {@link #boardProgram} its 32-bit code begins. */
  static final int FLAT_CODE = 0x20;

  private static final Path SOURCES = Path.of("src/test/guest/e2e");
  private static final int FLASH_SIZE = 8 << 20;

  private GuestProgram() {}

  /** A machine without disks that runs the action at the place. */
  static Setup at(Place place, String action, String... defines) {
    return Setup.flashOnly(image(place, action, defines));
  }

  private static byte[] image(Place place, String action, String... defines) {
    return switch (place) {
      case BOARD -> onBoard(boardProgram(action, defines));
      case FIRMWARE ->
          FlashImageBuilder.withDefaults().payload(payload(action, defines)).build().bytes();
      case VM ->
          FlashImageBuilder.withDefaults().realPayload(payload(action, defines)).build().bytes();
    };
  }

  /** The last 4 KiB of a flash, from the reset vector on. */
  static byte[] boardProgram(String action, String... defines) {
    return assemble("board.S", "0xfffff000", true, all(action, defines));
  }

  /** An ELF payload for the place of the hypervisor or of SeaBIOS. */
  static byte[] payload(String action, String... defines) {
    return assemble("payload.S", "0x100000", false, all(action, defines));
  }

  /**
   * A disk with a boot sector; 1 MiB, because a disk of less than a cylinder has no geometry to
   * boot from.
   */
  static byte[] bootSector(String action, String... defines) {
    return Arrays.copyOf(assemble("disk.S", "0x7c00", true, all(action, defines)), 1 << 20);
  }

  /** An ELF payload from C, for the place of the hypervisor. */
  static byte[] compile(String source, String... defines) {
    return assemble(source, "0x100000", false, Arrays.asList(defines));
  }

  /** As {@link #compile}, linked to another address. */
  static byte[] compileAt(String address, String source, String... defines) {
    return assemble(source, address, false, Arrays.asList(defines));
  }

  /** The same program as an ELF file of 64 bits. */
  static byte[] elf64(byte[] elf32) {
    try {
      Path folder = Files.createTempDirectory("bitterling-guest");
      try {
        Path in = Files.write(folder.resolve("in"), elf32);
        Path out = folder.resolve("out");
        call(
            List.of(
                "objcopy",
                "-I",
                "elf32-i386",
                "-O",
                "elf64-x86-64",
                in.toString(),
                out.toString()));
        return Files.readAllBytes(out);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes from an address on that C becomes. */
  static byte[] flat(String source, String address, String... defines) {
    return assemble(source, address, true, Arrays.asList(defines));
  }

  /** An image that is blank but for a program at its top. */
  static byte[] onBoard(byte[] program) {
    byte[] flash = new byte[FLASH_SIZE];
    Arrays.fill(flash, (byte) 0xFF);
    System.arraycopy(program, 0, flash, FLASH_SIZE - program.length, program.length);
    return flash;
  }

  private static List<String> all(String action, String... defines) {
    List<String> all = new ArrayList<>(Arrays.asList(defines));
    all.add("ACTION_" + action);
    return all;
  }

  private static byte[] assemble(
      String source, String address, boolean flat, List<String> defines) {
    try {
      Path folder = Files.createTempDirectory("bitterling-guest");
      try {
        return assemble(folder, source, address, flat, defines);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] assemble(
      Path folder, String source, String address, boolean flat, List<String> defines)
      throws IOException {
    String object = folder.resolve("o").toString();
    String elf = folder.resolve("elf").toString();
    List<String> compiler =
        new ArrayList<>(
            List.of(
                "gcc", "-m32", "-march=i686", "-O1", "-std=gnu11", "-ffreestanding", "-nostdlib"));
    compiler.addAll(List.of("-fno-pic", "-fno-pie", "-mgeneral-regs-only", "-fno-stack-protector"));
    compiler.addAll(
        List.of(
            "-fcf-protection=none",
            "-fno-asynchronous-unwind-tables",
            "-Wall",
            "-Wextra",
            "-Werror"));
    defines.forEach(d -> compiler.add("-D" + d));
    compiler.addAll(List.of("-c", SOURCES.resolve(source).toString(), "-o", object));
    call(compiler);
    call(
        List.of(
            "ld",
            "-m",
            "elf_i386",
            "-N",
            "-Ttext=" + address,
            "-e",
            flat ? "0" : "_start",
            "--build-id=none",
            "--no-warn-rwx-segments",
            "-z",
            "noexecstack",
            object,
            "-o",
            elf));
    if (!flat) {
      return Files.readAllBytes(Path.of(elf));
    }
    call(List.of("objcopy", "-O", "binary", "-j", ".text", "-j", ".rodata", elf, object));
    return Files.readAllBytes(Path.of(object));
  }

  private static void call(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertEquals(0, process.waitFor(), String.join(" ", command) + ":\n" + said);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
