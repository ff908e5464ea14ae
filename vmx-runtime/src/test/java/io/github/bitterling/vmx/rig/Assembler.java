package io.github.bitterling.vmx.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Turns assembly sources among the test resources into bytes, with the host's GNU binutils. */
public final class Assembler {
  private Assembler() {}

  /**
   * The code section of a source, as hex for {@link Rig#put}; a host without binutils skips the
   * test.
   *
   * @param name resource beside {@code owner}
   * @param options of the assembler, as --defsym
   */
  public static String assemble(Class<?> owner, String name, String... options) {
    try {
      Path dir = Files.createTempDirectory("assembler");
      try (InputStream in = owner.getResourceAsStream(name)) {
        Files.copy(in, dir.resolve("in.S"));
      }
      assumeTrue(found(), "needs GNU as");
      List<String> as = new ArrayList<>(List.of("as", "--64", "-o", "out.o", "in.S"));
      as.addAll(1, Arrays.asList(options));
      run(dir, as);
      run(dir, List.of("objcopy", "-O", "binary", "-j", ".text", "out.o", "out.bin"));
      String hex = HexFormat.of().formatHex(Files.readAllBytes(dir.resolve("out.bin")));
      try (var files = Files.list(dir)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(dir);
      return hex;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(name + " could not be assembled", e);
    }
  }

  private static boolean found() throws InterruptedException {
    try {
      return new ProcessBuilder("as", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static void run(Path dir, List<String> command) throws IOException, InterruptedException {
    Process p =
        new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
    String output = new String(p.getInputStream().readAllBytes());
    assertEquals(0, p.waitFor(), () -> command + ": " + output);
  }
}
