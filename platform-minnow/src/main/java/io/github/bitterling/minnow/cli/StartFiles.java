package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.storage.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the loader of a direct start reads its kernel from, made of the files the user named, in the
 * form of a disk. Its first sector is a directory ({@code loader/disk.c} has the layout); the files
 * follow, each at the start of a sector.
 */
public final class StartFiles {
  private static final byte[] MAGIC = "BTLSTART".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int ENTRY = 32;
  private static final int KERNEL = 1;
  private static final int INITRD = 2;
  private static final int COMMAND_LINE = 3;

  private record Content(int kind, byte[] bytes) {
    int sectors() {
      return (bytes.length + Disk.SECTOR - 1) / Disk.SECTOR;
    }
  }

  private StartFiles() {}

  /**
   * Reads the files.
   *
   * @param append the kernel's command line
   * @return whole sectors
   */
  public static byte[] of(Path kernel, Optional<Path> initrd, String append) {
    List<Content> contents = new ArrayList<>();
    contents.add(new Content(KERNEL, read(kernel, "--kernel")));
    initrd.ifPresent(file -> contents.add(new Content(INITRD, read(file, "--initrd"))));
    if (!append.isEmpty()) {
      contents.add(new Content(COMMAND_LINE, append.getBytes(StandardCharsets.UTF_8)));
    }
    return image(contents);
  }

  private static byte[] image(List<Content> contents) {
    long sectors = 1 + contents.stream().mapToLong(Content::sectors).sum();
    if (sectors * Disk.SECTOR > Integer.MAX_VALUE - Disk.SECTOR) {
      throw new UserError("--kernel and --initrd: together they must be smaller than 2 GiB");
    }
    ByteBuffer out =
        ByteBuffer.allocate((int) sectors * Disk.SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).putInt(VERSION).putInt(contents.size());
    int next = 1;
    for (int i = 0; i < contents.size(); i++) {
      Content each = contents.get(i);
      out.position(ENTRY * (i + 1));
      out.putInt(each.kind).putInt(0).putLong(next).putLong(each.bytes.length);
      out.put(next * Disk.SECTOR, each.bytes);
      next += each.sectors();
    }
    return out.array();
  }

  private static byte[] read(Path file, String option) {
    if (Files.isDirectory(file)) {
      throw new UserError(option + " " + file + ": it is a directory; expected a file");
    }
    if (!Files.exists(file)) {
      throw new UserError(option + " " + file + ": there is no such file");
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length == 0) {
        throw new UserError(option + " " + file + ": it is empty");
      }
      return bytes;
    } catch (IOException | OutOfMemoryError e) {
      throw new UserError(option + " " + file + ": it cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
