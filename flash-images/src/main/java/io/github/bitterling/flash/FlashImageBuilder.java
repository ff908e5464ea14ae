package io.github.bitterling.flash;

import io.github.bitterling.flash.cbfs.CbfsBuilder;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.descriptor.FlashDescriptor;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.fmap.Fmap;
import io.github.bitterling.flash.fmap.FmapArea;
import io.github.bitterling.flash.hypervisor.HypervisorConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds an image of the board's flash. Programs that are not given are left out, so that images
 * with a missing part can be made; only the bootblock has to be there. The same input gives the
 * same bytes.
 */
public final class FlashImageBuilder {
  /** Firmware behind the bootblock. */
  public static final String RAMSTAGE = "fallback/ramstage";

  /** The payload the firmware starts: the hypervisor, or what runs without one. */
  public static final String PAYLOAD = "fallback/payload";

  /** The payload the hypervisor starts in its virtual machine. */
  public static final String REAL_PAYLOAD = "fallback/realpayload";

  /** Everything that can be there: SATA ports, then memory sticks. */
  private static final String DEFAULT_BOOT_ORDER =
      """
      /pci@i0cf8/*@13/drive@0/disk@0
      /pci@i0cf8/*@13/drive@1/disk@0
      /pci@i0cf8/usb@14/storage@1/channel@0/disk@0,0
      /pci@i0cf8/usb@14/storage@2/channel@0/disk@0,0
      /pci@i0cf8/usb@14/storage@3/channel@0/disk@0,0
      /pci@i0cf8/usb@14/storage@4/channel@0/disk@0,0
      """;

  private static final int COM1 = 0x3F8;
  private static final String DEFAULT_HYPERVISOR_CONFIG = "payload=fallback/realpayload\n";
  private static final int READ_ONLY = 4;

  private static final String BOARD_CONFIG =
      String.format(
          """
          board = MinnowBoard Turbot
          processor = Atom E3845
          flash_size = %X
          flash_base = %X
          bios_base = %X
          cbfs_base = %X
          serial = 3F8, 115200 baud, 8N1
          """,
          FlashLayout.FLASH_SIZE,
          FlashLayout.MEMORY_BASE,
          FlashLayout.BIOS_BASE,
          FlashLayout.CBFS_BASE);
  private static final String HYPERVISOR_CONFIG =
      "hypervisor = on\npayload = " + PAYLOAD + "\nguest_payload = " + REAL_PAYLOAD + "\n";

  private final Map<String, byte[]> rawFiles = new LinkedHashMap<>();
  private final Map<String, Compression> rawCompression = new LinkedHashMap<>();
  private final Map<String, ElfFile> cellPayloads = new LinkedHashMap<>();
  private byte[] bootblock;
  private ElfFile ramstage;
  private ElfFile payload;
  private ElfFile realPayload;

  /** An image with the text files every image of this board has, and no program yet. */
  public FlashImageBuilder() {
    text("config", BOARD_CONFIG + HYPERVISOR_CONFIG, Compression.LZ4);
    text("revision", "bitterling\n", Compression.NONE);
    text(
        "build_info",
        "format: coreboot 4.15 CBFS\nboard: MinnowBoard Turbot (E3845)\n",
        Compression.NONE);
    text("bootorder", DEFAULT_BOOT_ORDER, Compression.NONE);
    text(HypervisorConfig.FILE, DEFAULT_HYPERVISOR_CONFIG, Compression.NONE);
  }

  /**
   * The project's own firmware and hypervisor from the class path; the payload of the virtual
   * machine has still to be given.
   *
   * @throws FlashImageException if they have not been built
   */
  public static FlashImageBuilder withDefaults() {
    return new FlashImageBuilder()
        .bootblock(resource("bootblock.bin"))
        .ramstage(resource("ramstage.elf"))
        .payload(resource("hypervisor.elf"));
  }

  /**
   * A file of the class path folder {@code /guest}, which the build fills: {@code bootblock.bin},
   * {@code ramstage.elf}, {@code hypervisor.elf}, {@code bootdisk.img}, {@code loader.elf}, {@code
   * rtos.elf}.
   *
   * @throws FlashImageException if it is not there
   */
  public static byte[] resource(String name) {
    try (InputStream in = FlashImageBuilder.class.getResourceAsStream("/guest/" + name)) {
      if (in == null) {
        throw new FlashImageException(
            FlashImageException.NO_OFFSET,
            "built-in guest program " + name,
            "no such file on the class path",
            "the result of the Maven build",
            "run: mvn package (it needs gcc, binutils and make)");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("class path resource " + name, e);
    }
  }

  /** Code at the top of flash; it ends with the reset vector and its size is a multiple of 64. */
  public FlashImageBuilder bootblock(byte[] code) {
    bootblock = code.clone();
    return this;
  }

  /** ELF file of the firmware's main stage. */
  public FlashImageBuilder ramstage(byte[] elf) {
    ramstage = ElfFile.read(elf, "the ramstage");
    return this;
  }

  /** ELF file of the hypervisor. */
  public FlashImageBuilder payload(byte[] elf) {
    payload = ElfFile.read(elf, "the hypervisor");
    return this;
  }

  /** ELF file of what runs in the virtual machine: SeaBIOS. */
  public FlashImageBuilder realPayload(byte[] elf) {
    realPayload = ElfFile.read(elf, "the guest payload");
    return this;
  }

  /** Adds the program of another virtual machine, an ELF file, as a payload of this name. */
  public FlashImageBuilder cellPayload(String name, byte[] elf) {
    cellPayloads.put(name, ElfFile.read(elf, "the payload " + name));
    return this;
  }

  /**
   * The hypervisor's configuration file.
   *
   * @param source how messages call it
   * @throws FlashImageException with the line, if it is not right
   */
  public FlashImageBuilder hypervisorConfig(String text, String source) {
    HypervisorConfig.parse(text, source);
    return text(HypervisorConfig.FILE, text, Compression.NONE);
  }

  /**
   * Configuration {@code hypervisor = off}: what was to run in the virtual machine is started by
   * the firmware itself, on the bare board, and the image has no hypervisor.
   *
   * @throws FlashImageException if that program has not been given
   */
  public FlashImageBuilder withoutHypervisor() {
    if (realPayload == null) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          "payload of an image without hypervisor",
          "none",
          "an ELF file that the firmware starts",
          "give SeaBIOS or another program");
    }
    payload = realPayload;
    realPayload = null;
    rawFiles.remove(HypervisorConfig.FILE);
    rawCompression.remove(HypervisorConfig.FILE);
    return text(
        "config", BOARD_CONFIG + "hypervisor = off\npayload = " + PAYLOAD + "\n", Compression.LZ4);
  }

  /**
   * SeaBIOS shows on COM1 what programs print through INT 10h, and takes what is typed there for
   * keys: {@code etc/sercon-port}.
   */
  public FlashImageBuilder biosConsole() {
    return file(
        "etc/sercon-port",
        new byte[] {(byte) COM1, COM1 >>> 8, 0, 0, 0, 0, 0, 0},
        Compression.NONE);
  }

  /** SeaBIOS' boot order, one device path a line: {@code bootorder}. */
  public FlashImageBuilder bootOrder(String lines) {
    return text("bootorder", lines, Compression.NONE);
  }

  /** Adds or replaces a text file. */
  public FlashImageBuilder text(String name, String content, Compression compression) {
    return file(name, content.getBytes(StandardCharsets.UTF_8), compression);
  }

  /** Adds or replaces a file. */
  public FlashImageBuilder file(String name, byte[] content, Compression compression) {
    rawFiles.put(name, content.clone());
    rawCompression.put(name, compression);
    return this;
  }

  /**
   * Builds the image.
   *
   * @throws FlashImageException if the bootblock is missing or the files do not fit
   */
  public FlashImage build() {
    if (bootblock == null) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          "bootblock",
          "none",
          "code that ends with the reset vector",
          "give one, or take the built-in one");
    }
    byte[] flash = new byte[FlashLayout.FLASH_SIZE];
    Arrays.fill(flash, (byte) 0xFF);
    FlashDescriptor descriptor =
        FlashDescriptor.forBoard(FlashLayout.FLASH_SIZE, FlashLayout.BIOS_BASE);
    put(flash, 0, descriptor.toBytes());
    put(flash, FlashLayout.FMAP_BASE, fmap().toBytes());
    put(flash, FlashLayout.CBFS_BASE, cbfs());
    return FlashImage.of(flash);
  }

  private static void put(byte[] flash, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, flash, at, bytes.length);
  }

  private static Fmap fmap() {
    int end = FlashLayout.FLASH_SIZE;
    List<FmapArea> areas =
        List.of(
            new FmapArea("SI_DESC", 0, FlashDescriptor.SIZE, READ_ONLY),
            new FmapArea(
                "SI_ME",
                FlashDescriptor.SIZE,
                FlashLayout.BIOS_BASE - FlashDescriptor.SIZE,
                READ_ONLY),
            new FmapArea("SI_BIOS", FlashLayout.BIOS_BASE, end - FlashLayout.BIOS_BASE, 0),
            new FmapArea("FMAP", FlashLayout.FMAP_BASE, FlashLayout.FMAP_SIZE, READ_ONLY),
            new FmapArea("RW_MRC_CACHE", FlashLayout.MRC_CACHE_BASE, FlashLayout.MRC_CACHE_SIZE, 0),
            new FmapArea(
                FlashLayout.CBFS_AREA, FlashLayout.CBFS_BASE, end - FlashLayout.CBFS_BASE, 0));
    return new Fmap(FlashLayout.FMAP_BASE, FlashLayout.MEMORY_BASE, end, "FLASH", areas);
  }

  private byte[] cbfs() {
    CbfsBuilder cbfs = new CbfsBuilder(FlashLayout.CBFS_BASE, FlashLayout.FLASH_SIZE);
    if (ramstage != null) {
      cbfs.addStage(RAMSTAGE, ramstage, Compression.LZMA);
    }
    if (payload != null) {
      cbfs.addPayload(PAYLOAD, payload, Compression.LZMA);
    }
    if (realPayload != null) {
      cbfs.addPayload(REAL_PAYLOAD, realPayload, Compression.LZMA);
    }
    cellPayloads.forEach((name, elf) -> cbfs.addPayload(name, elf, Compression.LZMA));
    rawFiles.forEach((name, content) -> cbfs.addRaw(name, content, rawCompression.get(name)));
    return cbfs.build(bootblock);
  }
}
