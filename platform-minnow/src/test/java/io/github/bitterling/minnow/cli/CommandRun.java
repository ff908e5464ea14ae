package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.machine.MachineFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import picocli.CommandLine;

/**
 * The real command in this JVM, with the real machine.
 *
 * @param out standard output, without the serial port
 * @param err standard error
 */
public record CommandRun(int exitCode, String out, String err) {
  /** Runs {@code bitterling} with these arguments. */
  public static CommandRun of(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine(MachineFactory::installed);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code =
        Main.run(line, Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new CommandRun(code, out.toString(), err.toString());
  }
}
