package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.cli.flash.FlashCommand;
import io.github.bitterling.minnow.machine.MachineFactory;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code bitterling}. */
@Command(
    name = "bitterling",
    description = "Boots a MinnowBoard Turbot without the board.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ReportCommand.class,
      VmcsCommand.class,
      FlashCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Main {
  static final int USAGE = 2;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the trace of an internal error instead of writing it to a file.")
  private boolean verbose;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(commandLine(MachineFactory::installed), arguments));
  }

  /** Runs a command; errors of the JVM (memory, stack) end like every internal error. */
  static int run(CommandLine line, String... arguments) {
    try {
      return line.execute(arguments);
    } catch (Error e) {
      return Failures.execution(e, line, ((Main) line.getCommand()).verbose);
    }
  }

  /** The command with all its handlers; tests give their own machine. */
  static CommandLine commandLine(Supplier<MachineFactory> factory) {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    line.addSubcommand(new BootCommand(factory));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(Failures::usage);
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> Failures.execution(e, command, main.verbose));
    line.setExecutionStrategy(new CommandLine.RunLast());
    return line;
  }
}
