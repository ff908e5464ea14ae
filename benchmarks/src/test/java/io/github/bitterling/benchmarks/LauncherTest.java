package io.github.bitterling.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell scripts' answers where something is missing. */
class LauncherTest {
  /** Enough to run the scripts, but neither apt nor Maven. */
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "dirname",
          "readlink",
          "sed",
          "cut",
          "sha256sum",
          "id",
          "mkdir",
          "mktemp",
          "rm",
          "head",
          "find",
          "gcc",
          "ld",
          "objcopy",
          "make",
          "python3",
          "xz",
          "tar");

  @TempDir Path folder;
  private final Path root = Path.of("").toAbsolutePath().getParent();

  private record Result(int exitCode, String output) {}

  private Result run(Map<String, String> environment, String script, String... arguments)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(root.resolve(script).toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().clear();
    builder.environment().put("PATH", bin().toString());
    builder.environment().put("HOME", folder.toString());
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), script);
    return new Result(process.exitValue(), Files.readString(log));
  }

  /** A folder of scripts that call the tools (links would make JUnit's clean-up complain). */
  private Path bin() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    for (String tool : TOOLS) {
      for (String place : List.of("/bin", "/usr/bin")) {
        Path target = Path.of(place, tool);
        if (Files.exists(target)) {
          Path wrapper = bin.resolve(tool);
          Files.writeString(wrapper, "#!/bin/sh\nexec " + target + " \"$@\"\n");
          assertTrue(wrapper.toFile().setExecutable(true), tool);
        }
      }
    }
    return bin;
  }

  @Test
  void aFolderThatIsNoJdkIsUsageErrorAndNamed() throws Exception {
    Result result = run(Map.of("BITTERLING_JAVA_HOME", folder.toString()), "bitterling", "boot");
    assertEquals(2, result.exitCode(), result.output());
    assertTrue(result.output().contains("BITTERLING_JAVA_HOME"), result.output());
  }

  @Test
  void withoutMavenTheTestsSayWhatToInstall() throws Exception {
    Map<String, String> jdk = Map.of("BITTERLING_JAVA_HOME", System.getProperty("java.home"));
    Result result = run(jdk, "bitterling", "test");
    assertEquals(2, result.exitCode(), result.output());
    assertTrue(result.output().contains("apt-get install maven"), result.output());
  }

  @Test
  void aCachedSeabiosNeedsNeitherNetworkNorTools() throws Exception {
    String script = "flash-images/scripts/seabios.sh";
    Map<String, String> cache = Map.of("BITTERLING_CACHE", folder.resolve("cache").toString());
    Path expected = Path.of(run(cache, script, "--path").output().strip());
    Files.createDirectories(expected.getParent());
    Files.writeString(expected, "cached");
    Result result = run(cache, script);
    assertEquals(new Result(0, expected + "\n"), result);
  }

  @Test
  void withoutAptAndCacheTheErrorNamesTheOption() throws Exception {
    Map<String, String> cache = Map.of("BITTERLING_CACHE", folder.resolve("none").toString());
    Result result = run(cache, "flash-images/scripts/seabios.sh");
    assertEquals(1, result.exitCode(), result.output());
    assertTrue(result.output().contains("apt-get"), result.output());
    assertTrue(result.output().contains("--seabios FILE"), result.output());
  }

  @Test
  void aDamagedSourcePackageIsRefused() throws Exception {
    Path cache = folder.resolve("damaged");
    Path sources = Files.createDirectories(cache.resolve("seabios-1.16.2-1"));
    for (String name :
        List.of(
            "seabios_1.16.2-1.dsc",
            "seabios_1.16.2.orig.tar.gz",
            "seabios_1.16.2-1.debian.tar.xz")) {
      Files.writeString(sources.resolve(name), "not it");
    }
    Result result =
        run(Map.of("BITTERLING_CACHE", cache.toString()), "flash-images/scripts/seabios.sh");
    assertEquals(1, result.exitCode(), result.output());
    assertTrue(result.output().contains("SHA-256"), result.output());
  }
}
