package io.github.bitterling.minnow.cli;

import io.github.bitterling.vmx.vt.VmcsDump;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bitterling vmcs}: decodes a VMCS region. */
@Command(
    name = "vmcs",
    description = "Decodes a VMCS region: names and values of its fields.",
    mixinStandardHelpOptions = true)
public final class VmcsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "VMCS region in this processor's layout, as written by: bitterling boot --dump-vmcs")
  private Path file;

  @Override
  public Integer call() {
    try {
      spec.commandLine().getOut().print(VmcsDump.decode(Files.readAllBytes(file)));
      spec.commandLine().getOut().flush();
      return 0;
    } catch (IOException e) {
      throw new UserError(file + " cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new UserError(file + " is no VMCS: " + e.getMessage(), e);
    }
  }
}
