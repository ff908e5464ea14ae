package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.dram.BoardSkew;
import io.github.bitterling.minnow.dram.SkewReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The board that {@code --ddr-skew} names: a number is a random one's, all else a file. */
final class SkewInput {
  private static final String OPTION = "--ddr-skew ";

  private SkewInput() {}

  static BoardSkew of(String named) {
    if (named.matches("\\d{1,18}")) {
      return BoardSkew.random(Long.parseLong(named));
    }
    Path file = Path.of(named);
    if (!Files.isRegularFile(file)) {
      throw new UserError(OPTION + named + ": there is no such file; expected a file or a number");
    }
    try {
      return SkewReader.read(named, Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new UserError(OPTION + e.getMessage(), e);
    } catch (IOException e) {
      throw new UserError(OPTION + named + ": it cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
