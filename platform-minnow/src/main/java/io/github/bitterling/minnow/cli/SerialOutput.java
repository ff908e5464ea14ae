package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.machine.Console;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The serial port into a file; nobody types. */
final class SerialOutput implements Console, AutoCloseable {
  private final OutputStream out;

  private SerialOutput(OutputStream out) {
    this.out = out;
  }

  static SerialOutput toFile(Path file) {
    try {
      return new SerialOutput(new BufferedOutputStream(Files.newOutputStream(file)));
    } catch (IOException e) {
      throw new UserError(
          "--serial " + file + ": the file cannot be written (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public void output(int b) {
    try {
      out.write(b);
    } catch (IOException e) {
      throw new UncheckedIOException("serial output file", e);
    }
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

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("serial output file", e);
    }
  }
}
