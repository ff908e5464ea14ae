package io.github.bitterling.flash;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.bitterling.flash.cbfs.Cbfs;
import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.cbfs.MasterHeader;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import io.github.bitterling.flash.descriptor.FlashDescriptor;
import io.github.bitterling.flash.fmap.Fmap;
import io.github.bitterling.flash.fmap.FmapArea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The contents of a flash part. Any 8 MiB are an image; what is in them is read, and checked, when
 * asked for, since a board starts whatever its flash holds.
 */
public final class FlashImage {
  private static final int POINTER_FROM_END = 4;

  private final byte[] bytes;
  private final Slice flash;

  private FlashImage(byte[] bytes) {
    this.bytes = bytes;
    this.flash = Slice.of(bytes, "the flash");
  }

  /**
   * Reads a file.
   *
   * @throws FlashImageException if it cannot be read or has another size than the flash part
   */
  public static FlashImage read(Path file) {
    if (Files.isDirectory(file)) {
      throw unreadable(file, "a directory", null);
    }
    try {
      long size = Files.size(file);
      if (size != FlashLayout.FLASH_SIZE) {
        throw wrongSize(size, file.toString());
      }
      return of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw unreadable(file, Files.exists(file) ? "a file that cannot be read" : "no such file", e);
    }
  }

  /**
   * Wraps a copy of bytes.
   *
   * @throws FlashImageException if they have another size than the flash part
   */
  public static FlashImage of(byte[] bytes) {
    if (bytes.length != FlashLayout.FLASH_SIZE) {
      throw wrongSize(bytes.length, "the image");
    }
    return new FlashImage(bytes.clone());
  }

  private static FlashImageException wrongSize(long size, String name) {
    long expected = FlashLayout.FLASH_SIZE;
    String kind = size < expected ? "too short" : "too long";
    return new FlashImageException(
        Math.min(size, expected),
        "size of " + name,
        size + " bytes, " + kind,
        expected + " bytes (8 MiB)",
        "give a whole image of the board's flash, or build one with: bitterling flash build");
  }

  private static FlashImageException unreadable(Path file, String found, Throwable cause) {
    return new FlashImageException(
        FlashImageException.NO_OFFSET,
        "flash image " + file,
        found,
        "a readable file of 8 MiB",
        "check the path",
        cause);
  }

  /** A copy of all bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** SHA-256 of all bytes, hexadecimal. */
  public String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** The flash descriptor; throws {@link FlashImageException} if it is not well formed. */
  public FlashDescriptor descriptor() {
    return FlashDescriptor.read(flash);
  }

  /**
   * The flash map; throws {@link FlashImageException} if there is none or it is not well formed.
   */
  public Fmap fmap() {
    return Fmap.read(flash);
  }

  /**
   * The file system: the flash map's area COREBOOT or, where the flash has no map at all, what the
   * master header says.
   *
   * @throws FlashImageException if neither is there or an entry is not well formed
   */
  public Cbfs cbfs() {
    if (Fmap.locate(flash).isEmpty()) {
      MasterHeader header = masterHeader();
      // A bootblock of 4 bytes is the header pointer alone; the code is then a file, which the
      // pointer ends.
      long reserved = header.bootblockSize() <= POINTER_FROM_END ? 0 : header.bootblockSize();
      long size = flash.length() - header.regionOffset() - reserved;
      return Cbfs.read(flash.part(header.regionOffset(), size, "the CBFS"));
    }
    FmapArea area = fmap().find(FlashLayout.CBFS_AREA).orElseThrow(this::noCbfs);
    return Cbfs.read(flash.part(area.offset(), area.size(), "the CBFS"));
  }

  private FlashImageException noCbfs() {
    return new FlashImageException(
        fmap().offset(),
        "FMAP areas",
        "no area " + FlashLayout.CBFS_AREA,
        "one that holds the CBFS",
        "build an image with: bitterling flash build");
  }

  /**
   * The master header that the last four bytes point to; throws {@link FlashImageException} if
   * there is none.
   */
  public MasterHeader masterHeader() {
    int at = flash.length() - POINTER_FROM_END;
    long pointer = flash.u32(at, LITTLE_ENDIAN, "master header pointer");
    if (pointer < FlashLayout.MEMORY_BASE) {
      throw new FlashImageException(
          at,
          "master header pointer",
          String.format("%08X", pointer),
          String.format("an address in the flash, %08X-FFFFFFFF", FlashLayout.MEMORY_BASE),
          "rebuild the image");
    }
    return MasterHeader.read(flash, pointer - FlashLayout.MEMORY_BASE);
  }

  /**
   * One file of the CBFS.
   *
   * @throws FlashImageException if there is none of this name
   */
  public CbfsFile file(String name) {
    Cbfs cbfs = cbfs();
    Optional<CbfsFile> found = cbfs.find(name);
    return found.orElseThrow(
        () ->
            new FlashImageException(
                FlashImageException.NO_OFFSET,
                "CBFS file " + name,
                "no such file",
                "one of " + names(cbfs),
                "check the name"));
  }

  private static String names(Cbfs cbfs) {
    return String.join(
        ", ", cbfs.files().stream().filter(f -> !f.isEmpty()).map(CbfsFile::name).toList());
  }

  /**
   * Writes a file of the CBFS: a stage or payload as ELF, any other decompressed.
   *
   * @throws FlashImageException if the file is missing or corrupt, or the target cannot be written
   */
  public void extract(String name, Path target) {
    write(target, file(name).export());
  }

  /** As {@link #extract}, but writes the bytes as they are stored. */
  public void extractStored(String name, Path target) {
    write(target, file(name).data().copy());
  }

  /** Writes the whole image; throws {@link FlashImageException} if that fails. */
  public void write(Path target) {
    write(target, bytes);
  }

  private static void write(Path target, byte[] content) {
    try {
      Files.write(target, content);
    } catch (IOException e) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          "file " + target,
          "a place that cannot be written (" + e.getClass().getSimpleName() + ")",
          "a writable file",
          "check the path",
          e);
    }
  }

  /**
   * Everything that is wrong with the image, as far as each fault lets the search go on. Never
   * throws.
   */
  public List<Finding> verify() {
    return new FlashVerifier(this, flash).findings();
  }

  /** What the image holds, for people; parts that are not well formed say so. */
  public String info() {
    return new FlashInfo(this).text();
  }

  /** The same as JSON. */
  public String infoJson() {
    return new FlashInfo(this).json();
  }
}
