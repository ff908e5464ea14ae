package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.storage.Place;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code --boot}: from letters to SeaBIOS' {@code bootorder} file, one device path a line. */
final class BootOrder {
  private static final String SATA = "/pci@i0cf8/*@13/drive@%d/disk@0\n";
  private static final String USB = "/pci@i0cf8/usb@14/storage@%d/channel@0/disk@0,0\n";

  private BootOrder() {}

  /**
   * The media of the named kinds in the named order, then the others.
   *
   * @param letters c (disks), d (CD-ROMs), u (memory sticks), separated by commas
   */
  static String of(String letters, List<MediumSource> media) {
    Set<Place> order = new LinkedHashSet<>();
    for (String letter : letters.split(",", -1)) {
      Place place = place(letter, letters);
      if (media.stream().noneMatch(m -> m.place() == place)) {
        throw new UserError("--boot " + letters + ": there is no medium of kind " + letter);
      }
      if (!order.add(place)) {
        throw new UserError("--boot " + letters + ": " + letter + " is there twice");
      }
    }
    order.addAll(List.of(Place.SATA_DISK, Place.CDROM, Place.USB_DISK));
    return order.stream().map(place -> lines(place, media)).collect(Collectors.joining());
  }

  private static Place place(String letter, String letters) {
    return switch (letter) {
      case "c" -> Place.SATA_DISK;
      case "d" -> Place.CDROM;
      case "u" -> Place.USB_DISK;
      default ->
          throw new UserError(
              "--boot "
                  + letters
                  + ": expected c (disk), d (CD-ROM) and u (memory stick), separated by commas");
    };
  }

  /** Disks have the first SATA ports, CD-ROM drives the next; sticks are counted from 1. */
  private static String lines(Place place, List<MediumSource> media) {
    List<Place> places = new ArrayList<>(media.stream().map(MediumSource::place).toList());
    int count = count(places, place);
    int first =
        switch (place) {
          case SATA_DISK -> 0;
          case CDROM -> count(places, Place.SATA_DISK);
          case USB_DISK -> 1;
        };
    String form = place == Place.USB_DISK ? USB : SATA;
    return IntStream.range(first, first + count)
        .mapToObj(number -> String.format(form, number))
        .collect(Collectors.joining());
  }

  private static int count(List<Place> places, Place place) {
    return (int) places.stream().filter(p -> p == place).count();
  }
}
