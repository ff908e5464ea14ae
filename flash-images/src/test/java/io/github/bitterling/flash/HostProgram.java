package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sources of the guest compiled for the host, with address and undefined-behaviour checks. */
final class HostProgram {
  static final Path GUEST = Path.of("src/main/guest");
  static final Path HARNESSES = Path.of("src/test/guest");

  private static final List<String> COMPILER =
      List.of(
          "gcc",
          "-std=gnu17",
          "-O1",
          "-g",
          "-Wall",
          "-Wextra",
          "-Werror",
          "-fno-builtin",
          "-fsanitize=address,undefined",
          "-fno-sanitize-recover=all");

  private final Path folder;
  private final Path program;

  /** What a run left behind. */
  record Result(int exit, byte[] output, String errors) {
    List<String> lines() {
      return new String(output, StandardCharsets.US_ASCII).lines().toList();
    }

    /** The numbers of the only line. */
    int[] numbers() {
      return Arrays.stream(lines().get(0).split(" ")).mapToInt(Integer::parseInt).toArray();
    }
  }

  private HostProgram(Path folder) {
    this.folder = folder;
    this.program = folder.resolve("program");
  }

  /** Compiles into {@code folder}; {@code arguments} are options of the compiler and sources. */
  static HostProgram compile(Path folder, List<String> arguments)
      throws IOException, InterruptedException {
    HostProgram made = new HostProgram(folder);
    List<String> command = new ArrayList<>(COMPILER);
    command.addAll(List.of("-I" + GUEST.resolve("common")));
    command.addAll(arguments);
    command.addAll(List.of("-o", made.program.toString()));
    Result result = made.execute(command);
    assertEquals(0, result.exit(), result.errors());
    return made;
  }

  /** A source file of the programs' common folder. */
  static String common(String part) {
    return GUEST.resolve("common").resolve(part + ".c").toString();
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    return execute(command);
  }

  /** Runs and expects exit 0. */
  Result runWell(String... arguments) throws IOException, InterruptedException {
    Result result = run(arguments);
    assertEquals(0, result.exit(), result.errors());
    return result;
  }

  /** A file for the program to read. */
  String write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("input"), bytes).toString();
  }

  private Result execute(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), String.join(" ", command));
    return new Result(
        process.exitValue(),
        Files.readAllBytes(output),
        Files.readString(errors, StandardCharsets.ISO_8859_1));
  }
}
