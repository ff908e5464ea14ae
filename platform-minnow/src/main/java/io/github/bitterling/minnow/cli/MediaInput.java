package io.github.bitterling.minnow.cli;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.minnow.ahci.AhciController;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Place;
import io.github.bitterling.minnow.storage.SnapshotDisk;
import io.github.bitterling.minnow.storage.WrittenDisk;
import io.github.bitterling.minnow.usb.Xhci;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that name media, and the media they name; the built-in disk where none does. */
final class MediaInput {
  private static final String BUILT_IN = "bootdisk.img";

  @Option(
      names = "--disk",
      paramLabel = "FILE",
      description = {
        "Disk on a SATA port: raw or qcow2 image; may be given more than once.",
        "Default without any medium: the built-in one."
      })
  private List<Path> disks = new ArrayList<>();

  @Option(
      names = "--cdrom",
      paramLabel = "FILE",
      description =
          "CD-ROM drive on a SATA port, with this ISO image. There are two SATA ports in all.")
  private List<Path> cdroms = new ArrayList<>();

  @Option(
      names = "--usb-disk",
      paramLabel = "FILE",
      description = "Memory stick on a USB port: raw or qcow2 image; up to four.")
  private List<Path> sticks = new ArrayList<>();

  @Option(
      names = "--write",
      description = "Keep what the guest writes in the images. Default: it is dropped at the end.")
  private boolean write;

  /** One file and where it goes. */
  private record Named(Place place, String option, Path file) {}

  /** Whether the user named a medium. */
  boolean named() {
    return !namedMedia().isEmpty();
  }

  /** Whether images are written; two machines in lockstep cannot. */
  boolean writes() {
    return write;
  }

  /**
   * Opens what was named once, to find faults early.
   *
   * @param direct a kernel is started directly, which needs no disk
   */
  List<MediumSource> open(boolean direct, PrintWriter warnings) {
    List<Named> named = namedMedia();
    checkPorts();
    checkDifferent(named);
    List<MediumSource> sources = new ArrayList<>();
    for (Named each : named) {
      boolean written = write && each.place != Place.CDROM;
      check(each, written, warnings);
      int number = sources.size();
      sources.add(new MediumSource(each.place, () -> openFile(each.file, number, written)));
    }
    if (!named.isEmpty() || direct) {
      return sources;
    }
    if (write) {
      throw new UserError("--write needs an image to write to; give one with --disk FILE");
    }
    return List.of(builtIn());
  }

  private List<Named> namedMedia() {
    List<Named> named = new ArrayList<>();
    disks.forEach(file -> named.add(new Named(Place.SATA_DISK, "--disk", file)));
    cdroms.forEach(file -> named.add(new Named(Place.CDROM, "--cdrom", file)));
    sticks.forEach(file -> named.add(new Named(Place.USB_DISK, "--usb-disk", file)));
    return named;
  }

  private void checkPorts() {
    int drives = disks.size() + cdroms.size();
    if (drives > AhciController.PORTS) {
      throw new UserError(
          "the board has "
              + AhciController.PORTS
              + " SATA ports, but --disk and --cdrom were given "
              + drives
              + " times");
    }
    if (sticks.size() > Xhci.MOST_STICKS) {
      throw new UserError(
          "the board has "
              + Xhci.MOST_STICKS
              + " USB ports for memory sticks, but --usb-disk was given "
              + sticks.size()
              + " times");
    }
  }

  private static void checkDifferent(List<Named> named) {
    for (int i = 0; i < named.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (isSame(named.get(i).file, named.get(j).file)) {
          throw new UserError(
              named.get(i).option
                  + " "
                  + named.get(i).file
                  + ": the same file is given by "
                  + named.get(j).option
                  + " "
                  + named.get(j).file
                  + "; make a copy");
        }
      }
    }
  }

  private static boolean isSame(Path a, Path b) {
    try {
      return Files.exists(a) && Files.exists(b) && Files.isSameFile(a, b);
    } catch (IOException e) {
      return a.equals(b);
    }
  }

  private static MediumSource builtIn() {
    try {
      byte[] image = FlashImageBuilder.resource(BUILT_IN);
      return MediumSource.disk(() -> SnapshotDisk.of(image, 0));
    } catch (FlashImageException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static Disk openFile(Path file, int number, boolean written) {
    try {
      return written ? WrittenDisk.open(file, number) : SnapshotDisk.open(file, number);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Named each, boolean written, PrintWriter warnings) {
    String what = each.option + " " + each.file;
    if (!Files.exists(each.file)) {
      throw new UserError(what + ": there is no such file");
    }
    if (Files.isDirectory(each.file)) {
      throw new UserError(what + ": it is a directory; expected an image");
    }
    if (written && !Files.isWritable(each.file)) {
      throw new UserError(
          what + ": it cannot be written, as --write asks; make it writable, or leave --write out");
    }
    try (SnapshotDisk disk = SnapshotDisk.open(each.file, 0)) {
      checkContent(what, disk, warnings);
    } catch (IOException e) {
      throw new UserError(what + ": it cannot be read (" + e.getMessage() + ")", e);
    }
    if (written) {
      checkWritable(what, each.file);
    }
  }

  private static void checkContent(String what, SnapshotDisk disk, PrintWriter warnings) {
    if (disk.sectors() == 0) {
      throw new UserError(what + ": it is empty; expected at least one sector of 512 bytes");
    }
    if (disk.padding() != 0) {
      warnings.printf(
          "bitterling: note: %s is no multiple of 512 bytes; its last sector is padded with %d zero bytes%n",
          what, disk.padding());
      warnings.flush();
    }
  }

  private static void checkWritable(String what, Path file) {
    try {
      WrittenDisk.open(file, 0).close();
    } catch (IOException e) {
      throw new UserError(what + ": it cannot be written (" + e.getMessage() + ")", e);
    }
  }
}
