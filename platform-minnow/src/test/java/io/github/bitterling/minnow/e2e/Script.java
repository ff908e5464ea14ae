package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The project's scripts that fetch packages and make media. */
enum Script {
  SEABIOS("../flash-images/scripts/seabios.sh"),
  GRUB("../flash-images/scripts/grub.sh"),
  LINUX("scripts/linux.sh"),
  SYSTEMS("scripts/systems.sh"),
  DEBIAN("scripts/debian.sh");

  private final Path path;

  Script(String path) {
    this.path = Path.of(path);
  }

  /** The path that the script prints last; where it fails, the test is aborted with the reason. */
  Path run(String... options) {
    List<String> command = new ArrayList<>(List.of(path.toString()));
    command.addAll(List.of(options));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int code = process.waitFor();
      return code == 0 ? Path.of(said.lines().toList().getLast()) : abort(path + ": " + said);
    } catch (IOException e) {
      return abort(path + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return abort("interrupted in " + path);
    }
  }
}
