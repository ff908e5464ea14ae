package io.github.bitterling.minnow.cli.flash;

import io.github.bitterling.flash.data.FlashImageException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * What the four commands share: their output, and exit code 2 with one sentence for unusable input.
 */
abstract class FlashAction implements Callable<Integer> {
  static final int OK = CommandLine.ExitCode.OK;
  static final int FAULTS_FOUND = 1;
  static final int BAD_INPUT = 2;

  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    try {
      return run();
    } catch (FlashImageException e) {
      err().println("bitterling: " + e.getMessage());
      err().flush();
      return BAD_INPUT;
    } finally {
      out().flush();
    }
  }

  /** The command's work; returns the exit code. */
  abstract int run();

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
