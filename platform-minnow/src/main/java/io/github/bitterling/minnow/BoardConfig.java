package io.github.bitterling.minnow;

import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Medium;
import io.github.bitterling.minnow.storage.Place;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * What the board is built from.
 *
 * @param memoryBytes DRAM; a multiple of 1 MiB, at least 16 MiB
 * @param dram skews of the memory's lanes, and whether it needs to be trained
 * @param flash 8 MiB image of the SPI part
 * @param media SATA disks and CD-ROMs, at most two, in the order of their ports; memory sticks
 * @param startFiles what the loader of a direct start reads
 * @param serialSink gets every byte that COM1 sends
 * @param serialInput gives the next byte typed on COM1, or -1
 * @param debugSink gets bytes written to port E9h
 * @param postListener hears POST codes (port 80h)
 */
public record BoardConfig(
    long memoryBytes,
    DramSetup dram,
    byte[] flash,
    List<Medium> media,
    Optional<byte[]> startFiles,
    IntConsumer serialSink,
    IntSupplier serialInput,
    IntConsumer debugSink,
    IntConsumer postListener) {

  /** 2 GiB, as on the Turbot. */
  public static final long DEFAULT_MEMORY = 2L << 30;

  private static final long LEAST_MEMORY = 16L << 20;
  private static final long MOST_MEMORY = 32L << 30;

  public BoardConfig {
    checkMemory(memoryBytes);
    media = List.copyOf(media);
  }

  /**
   * Checks a DRAM size.
   *
   * @throws IllegalArgumentException with what is allowed and what was found
   */
  public static void checkMemory(long memoryBytes) {
    if (memoryBytes < LEAST_MEMORY || memoryBytes > MOST_MEMORY || memoryBytes % (1 << 20) != 0) {
      throw new IllegalArgumentException(
          "memory must be a multiple of 1 MiB from 16 MiB to 32 GiB, found "
              + memoryBytes
              + " bytes");
    }
  }

  /** A board with the given flash, 2 GiB, no media and nobody on the serial port. */
  public static BoardConfig of(byte[] flash) {
    return new BoardConfig(
        DEFAULT_MEMORY,
        DramSetup.DEFAULT,
        flash,
        List.of(),
        Optional.empty(),
        b -> {},
        () -> -1,
        b -> {},
        c -> {});
  }

  /** The media on SATA ports: disks first, then CD-ROMs. */
  List<Medium> sata() {
    return Stream.of(Place.SATA_DISK, Place.CDROM).flatMap(this::on).toList();
  }

  /** The memory sticks. */
  List<Disk> usb() {
    return on(Place.USB_DISK).map(Medium::disk).toList();
  }

  private Stream<Medium> on(Place place) {
    return media.stream().filter(medium -> medium.place() == place);
  }
}
