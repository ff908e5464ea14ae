package io.github.bitterling.minnow.cli.flash;

import picocli.CommandLine.Command;

/** The command group {@code bitterling flash}. */
@Command(
    name = "flash",
    description = "Builds, describes, takes apart and checks 8 MiB flash images.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      FlashBuildCommand.class,
      FlashInfoCommand.class,
      FlashExtractCommand.class,
      FlashVerifyCommand.class
    })
public final class FlashCommand {}
