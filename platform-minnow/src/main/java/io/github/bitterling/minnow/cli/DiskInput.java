package io.github.bitterling.minnow.cli;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.minnow.ahci.RawDisk;
import io.github.bitterling.minnow.machine.DiskFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Gets the disks: the files of {@code --disk}, or the built-in one. */
final class DiskInput {
  private static final int MOST = 2;
  private static final String BUILT_IN = "bootdisk.img";

  private DiskInput() {}

  static List<DiskFactory> open(List<Path> files, PrintWriter warnings) {
    if (files.size() > MOST) {
      throw new UserError(
          "the board has " + MOST + " SATA ports, but --disk was given " + files.size() + " times");
    }
    return files.isEmpty() ? List.of(builtIn()) : files(files, warnings);
  }

  /** The named disks where one port is taken by the start disk of {@code --kernel}. */
  static List<DiskFactory> openBesideStartDisk(List<Path> files, PrintWriter warnings) {
    if (files.size() >= MOST) {
      throw new UserError(
          "with --kernel one of the board's " + MOST + " SATA ports is left for --disk");
    }
    return files(files, warnings);
  }

  private static List<DiskFactory> files(List<Path> files, PrintWriter warnings) {
    List<DiskFactory> disks = new ArrayList<>();
    for (Path file : files) {
      check(file, warnings);
      int number = disks.size();
      disks.add(() -> openFile(file, number));
    }
    return disks;
  }

  private static DiskFactory builtIn() {
    try {
      byte[] image = FlashImageBuilder.resource(BUILT_IN);
      return () -> RawDisk.of(image, 0);
    } catch (FlashImageException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static RawDisk openFile(Path file, int number) {
    try {
      return RawDisk.open(file, number);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Path file, PrintWriter warnings) {
    if (!Files.exists(file)) {
      throw new UserError("disk image " + file + ": there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new UserError("disk image " + file + ": it is a directory; expected a raw disk image");
    }
    try (RawDisk disk = RawDisk.open(file, 0)) {
      if (disk.sectors() == 0) {
        throw new UserError(
            "disk image " + file + ": it is empty; expected at least one sector of 512 bytes");
      }
      if (disk.padding() != 0) {
        warnings.printf(
            "bitterling: note: %s is no multiple of 512 bytes; its last sector is padded with %d zero bytes%n",
            file, disk.padding());
        warnings.flush();
      }
    } catch (IOException e) {
      throw new UserError("disk image " + file + ": it cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
