package io.github.bitterling.minnow.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns every failure into an exit code and a sentence; a stack trace is never the user's reading.
 */
final class Failures {
  static final int INTERNAL_ERROR = 70;

  private static final String TRACKER = "the project's issue tracker";

  private Failures() {}

  /** Wrong options: what is wrong, what was perhaps meant, where to read on. */
  static int usage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("bitterling: " + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return Main.USAGE;
  }

  /** Input the user can put right, or an error of ours. */
  static int execution(Throwable e, CommandLine command, boolean verbose) {
    PrintWriter err = command.getErr();
    if (e instanceof UserError) {
      err.println("bitterling: " + e.getMessage());
      err.flush();
      return Main.USAGE;
    }
    err.println("bitterling: internal error: " + e);
    if (verbose) {
      e.printStackTrace(err);
    } else {
      err.println("The trace is in " + save(e) + "; --verbose prints it here.");
    }
    err.println(
        "This is a defect of Bitterling. Please report it, with the trace, to " + TRACKER + ".");
    err.flush();
    return INTERNAL_ERROR;
  }

  private static String save(Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    try {
      Path file = Files.createTempFile("bitterling-error-", ".txt");
      Files.writeString(file, trace.toString());
      return file.toString();
    } catch (IOException noFile) {
      return "no file (" + noFile.getMessage() + ")";
    }
  }
}
