package io.github.bitterling.minnow.cli;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Gets the flash image: the file the user names, or the default one. */
final class FlashInput {
  private static final int RESET_VECTOR_FROM_END = 16;

  private FlashInput() {}

  /**
   * The file of {@code --flash}; whatever has the size of the part is run, with a warning where
   * nothing in it looks like firmware.
   */
  static FlashImage read(Path file, PrintWriter warnings) {
    FlashImage image = checked(() -> FlashImage.read(file));
    if (!looksLikeFirmware(image)) {
      warnings.println(
          "bitterling: warning: "
              + file
              + " has no flash descriptor, no flash map and no CBFS; it is run as it is, as the board would");
      warnings.flush();
    }
    return image;
  }

  /** The built-in firmware with a payload, in the hypervisor's virtual machine or on the board. */
  static FlashImage builtIn(Supplier<DefaultFlash.Contents> contents) {
    return checked(() -> DefaultFlash.build(contents.get()));
  }

  /** The built-in firmware with the loader of direct starts. */
  static FlashImage loader(boolean hypervisor) {
    return checked(() -> DefaultFlash.loader(hypervisor));
  }

  private static FlashImage checked(Supplier<FlashImage> source) {
    try {
      return source.get();
    } catch (FlashImageException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static boolean looksLikeFirmware(FlashImage image) {
    byte[] bytes = image.bytes();
    boolean descriptor =
        bytes[16] == 0x5A
            && bytes[17] == (byte) 0xA5
            && bytes[18] == (byte) 0xF0
            && bytes[19] == 0x0F;
    return (descriptor || contains(bytes, "__FMAP__") || contains(bytes, "LARCHIVE"))
        && !blankVector(bytes);
  }

  private static boolean blankVector(byte[] bytes) {
    byte first = bytes[bytes.length - RESET_VECTOR_FROM_END];
    return first == 0 || first == (byte) 0xFF;
  }

  private static boolean contains(byte[] bytes, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at <= bytes.length - wanted.length; at++) {
      int i = 0;
      while (i < wanted.length && bytes[at + i] == wanted[i]) {
        i++;
      }
      if (i == wanted.length) {
        return true;
      }
    }
    return false;
  }
}
