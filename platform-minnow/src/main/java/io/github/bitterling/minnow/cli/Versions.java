package io.github.bitterling.minnow.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.IVersionProvider;

/** What runs: for {@code --version} and the report. */
final class Versions implements IVersionProvider {
  /** Name to version, in printing order. */
  static Map<String, String> all() {
    Map<String, String> versions = new LinkedHashMap<>();
    String own = Versions.class.getPackage().getImplementationVersion();
    versions.put("bitterling", own == null ? "development build" : own);
    versions.put("java", Runtime.version() + " (" + System.getProperty("java.vm.name") + ")");
    versions.put(
        "host",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    return versions;
  }

  @Override
  public String[] getVersion() {
    return all().entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .toArray(String[]::new);
  }
}
