package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.machine.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * The serial port on standard input and output. When standard input is a terminal it is put into
 * raw mode until {@link #close}, also when the process is ended by a signal, and Ctrl-A is the
 * escape key: x quits, a second Ctrl-A is sent.
 */
final class Terminal implements Console, AutoCloseable {
  private static final int ESCAPE = 1;

  private final OutputStream out;
  private final ConcurrentLinkedQueue<Integer> typed = new ConcurrentLinkedQueue<>();
  private final String savedMode;
  private final Thread restoreAtExit;
  private boolean escaped;
  private volatile boolean quit;

  private Terminal(OutputStream out, String savedMode) {
    this.out = out;
    this.savedMode = savedMode;
    this.restoreAtExit = new Thread(this::restoreMode, "terminal restore");
  }

  /** Opens the terminal; without one on standard input nobody types and nothing is changed. */
  static Terminal open(OutputStream out) {
    String mode = stty("-g");
    Terminal terminal = new Terminal(out, mode);
    if (mode != null) {
      Runtime.getRuntime().addShutdownHook(terminal.restoreAtExit);
      stty("raw", "-echo", "opost", "onlcr");
      terminal.startReader(System.in);
    }
    return terminal;
  }

  /** A terminal that reads from {@code in} without touching any mode, for tests. */
  static Terminal reading(InputStream in, OutputStream out) {
    Terminal terminal = new Terminal(out, null);
    terminal.readAll(in);
    return terminal;
  }

  /**
   * Runs stty on our standard input; its answer, or null where that is no terminal or no stty
   * exists.
   */
  private static String stty(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      Process p =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer =
          new String(p.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      return p.waitFor(5, TimeUnit.SECONDS) && p.exitValue() == 0 ? answer : null;
    } catch (IOException noStty) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private void startReader(InputStream in) {
    Thread reader = new Thread(() -> readAll(in), "terminal input");
    reader.setDaemon(true);
    reader.start();
  }

  private void readAll(InputStream in) {
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        key(b);
      }
    } catch (IOException closed) {
      quit = true;
    }
  }

  private void key(int b) {
    if (escaped) {
      escaped = false;
      if (b == 'x' || b == 'X') {
        quit = true;
      } else if (b == ESCAPE) {
        typed.add(b);
      }
    } else if (b == ESCAPE) {
      escaped = true;
    } else {
      typed.add(b);
    }
  }

  @Override
  public void output(int b) {
    try {
      out.write(b);
      if (b == '\n' || savedMode != null) {
        out.flush();
      }
    } catch (IOException readerIsGone) {
      quit = true; // as after "| head": nobody looks any more
    }
  }

  @Override
  public int input() {
    Integer b = typed.poll();
    return b == null ? -1 : b;
  }

  @Override
  public boolean interactive() {
    return savedMode != null || !typed.isEmpty();
  }

  @Override
  public boolean quitRequested() {
    return quit;
  }

  private void restoreMode() {
    stty(savedMode);
  }

  @Override
  public void close() {
    try {
      out.flush();
    } catch (IOException readerIsGone) {
      quit = true;
    } finally {
      if (savedMode != null) {
        restoreMode();
        removeHook();
      }
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(restoreAtExit);
    } catch (IllegalStateException alreadyShuttingDown) {
      // The hook runs by itself then.
    }
  }
}
