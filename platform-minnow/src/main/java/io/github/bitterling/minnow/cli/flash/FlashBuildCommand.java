package io.github.bitterling.minnow.cli.flash;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.hypervisor.HypervisorConfig;
import io.github.bitterling.flash.hypervisor.VmConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitterling flash build}. */
@Command(
    name = "build",
    description = "Builds an image; parts that are not given are the built-in ones.",
    mixinStandardHelpOptions = true)
final class FlashBuildCommand extends FlashAction {
  private static final String ON = "on";
  private static final String OFF = "off";
  private static final String RTOS = "rtos";

  @Parameters(index = "0", paramLabel = "IMAGE", description = "File to write.")
  private Path target;

  @Option(
      names = "--bootblock",
      paramLabel = "FILE",
      description = "Code that ends with the reset vector.")
  private Path bootblock;

  @Option(
      names = "--ramstage",
      paramLabel = "FILE",
      description = "ELF file of the firmware's main stage.")
  private Path ramstage;

  @Option(
      names = "--payload",
      paramLabel = "seabios|grub|FILE",
      defaultValue = "seabios",
      description =
          "What is started: SeaBIOS, GRUB, or an ELF file of your own. Default: ${DEFAULT-VALUE}.")
  private String payload;

  @Option(
      names = "--hypervisor",
      paramLabel = "on|off|FILE",
      defaultValue = ON,
      description = {
        "Whether the payload runs in the hypervisor's virtual machine or on the bare board;",
        "or an ELF file in the hypervisor's place. Default: ${DEFAULT-VALUE}."
      })
  private String hypervisor;

  @Option(names = "--seabios", paramLabel = "FILE", description = "ELF file to use as SeaBIOS.")
  private Path seabios;

  @Option(names = "--no-seabios", description = "Leaves the payload out.")
  private boolean withoutSeabios;

  @Option(
      names = "--bios-console",
      description = "SeaBIOS shows on the serial port what is printed through INT 10h.")
  private boolean biosConsole;

  @Option(
      names = "--hypervisor-config",
      paramLabel = "FILE",
      description =
          "The hypervisor's configuration: its virtual machines. Default: one, with SeaBIOS.")
  private Path hypervisorConfig;

  @Option(
      names = "--vm-payload",
      paramLabel = "NAME=FILE|rtos",
      description = {
        "Adds the program of a virtual machine of that configuration: an ELF file, or the built-in RTOS.",
        "May be given more than once."
      })
  private Map<String, String> vmPayloads = new LinkedHashMap<>();

  @Option(
      names = "--file",
      paramLabel = "NAME=FILE[,lzma|,lz4]",
      description = "Adds a file to the CBFS, or replaces one. May be given more than once.")
  private Map<String, String> files = new LinkedHashMap<>();

  @Override
  int run() {
    FlashImageBuilder builder =
        withoutSeabios
            ? FlashImageBuilder.withDefaults()
            : DefaultFlash.builder(DefaultFlash.payload(payload, Optional.ofNullable(seabios)));
    if (bootblock != null) {
      builder.bootblock(DefaultFlash.readInput(bootblock, "--bootblock"));
    }
    if (ramstage != null) {
      builder.ramstage(DefaultFlash.readInput(ramstage, "--ramstage"));
    }
    if (hypervisor.equals(OFF)) {
      builder.withoutHypervisor();
    } else if (!hypervisor.equals(ON)) {
      builder.payload(DefaultFlash.readInput(Path.of(hypervisor), "--hypervisor"));
    }
    if (biosConsole) {
      builder.biosConsole();
    }
    addVirtualMachines(builder);
    files.forEach((name, source) -> addFile(builder, name, source));
    FlashImage image = builder.build();
    requirePrograms(image);
    image.write(target);
    out().printf("%s: %d bytes, SHA-256 %s%n", target, image.bytes().length, image.sha256());
    return OK;
  }

  private void addVirtualMachines(FlashImageBuilder builder) {
    if (hypervisorConfig != null) {
      if (hypervisor.equals(OFF)) {
        throw new FlashImageException(
            FlashImageException.NO_OFFSET,
            "--hypervisor-config",
            "--hypervisor off",
            "an image with the hypervisor",
            "leave one of them out");
      }
      builder.hypervisorConfig(configuration(), hypervisorConfig.toString());
    }
    vmPayloads.forEach(
        (name, source) ->
            builder.cellPayload(
                name,
                source.equals(RTOS)
                    ? FlashImageBuilder.resource("rtos.elf")
                    : DefaultFlash.readInput(Path.of(source), "--vm-payload " + name)));
  }

  private String configuration() {
    byte[] text = DefaultFlash.readInput(hypervisorConfig, "--hypervisor-config");
    return new String(text, StandardCharsets.UTF_8);
  }

  /** Each virtual machine of a configuration that was given has its program in the image. */
  private void requirePrograms(FlashImage image) {
    if (hypervisorConfig == null) {
      return;
    }
    for (VmConfig vm : HypervisorConfig.parse(configuration(), hypervisorConfig.toString()).vms()) {
      if (image.cbfs().find(vm.payload()).isEmpty()) {
        throw new FlashImageException(
            FlashImageException.NO_OFFSET,
            hypervisorConfig + " line " + vm.line() + ", VM " + vm.name(),
            "payload=" + vm.payload() + ", without such a file",
            "a program in the image",
            "give it with --vm-payload " + vm.payload() + "=FILE");
      }
    }
  }

  private static void addFile(FlashImageBuilder builder, String name, String source) {
    int comma = source.lastIndexOf(',');
    Compression compression =
        comma < 0 ? Compression.NONE : compression(source.substring(comma + 1));
    Path file = Path.of(comma < 0 ? source : source.substring(0, comma));
    builder.file(name, DefaultFlash.readInput(file, "--file " + name), compression);
  }

  private static Compression compression(String name) {
    return switch (name) {
      case "none" -> Compression.NONE;
      case "lzma" -> Compression.LZMA;
      case "lz4" -> Compression.LZ4;
      default ->
          throw new FlashImageException(
              FlashImageException.NO_OFFSET,
              "compression of --file",
              name,
              "none, lzma or lz4",
              "choose one");
    };
  }
}
