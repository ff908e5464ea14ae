package io.github.bitterling.flash.cbfs;

import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One file of a CBFS.
 *
 * @param name its name, empty for free space
 * @param type type number, see {@link CbfsType}
 * @param offset offset of the file header in the CBFS region
 * @param headerSize bytes from the header's start to the data: header, name, attributes, padding
 * @param data the bytes as they are stored
 * @param compression how they are stored
 * @param size number of bytes after decompression
 * @param sha256 the stored hash of the stored bytes, if the file has one
 * @param stage load data, if the file is a stage
 */
public record CbfsFile(
    String name,
    long type,
    int offset,
    int headerSize,
    Slice data,
    Compression compression,
    long size,
    Optional<byte[]> sha256,
    Optional<StageInfo> stage) {

  /** Whether this is free space or a removed file. */
  public boolean isEmpty() {
    return type == CbfsType.NULL.id() || type == CbfsType.DELETED.id();
  }

  /** The type's name. */
  public String typeLabel() {
    return CbfsType.label(type);
  }

  /**
   * The file's bytes, decompressed. A stage comes out as the bytes to load, a payload as its SELF
   * form.
   *
   * @throws FlashImageException if the data are corrupt
   */
  public byte[] contents() {
    return compression.decompress(data, size);
  }

  /**
   * What a user wants to have of this file: stages and payloads as 32-bit ELF files, all others as
   * their bytes.
   *
   * @throws FlashImageException if the data are corrupt
   */
  public byte[] export() {
    if (type == CbfsType.PAYLOAD.id()) {
      return SelfPayload.read(Slice.of(contents(), data.origin(), name)).toElf().toBytes();
    }
    return stage.isPresent() ? stageElf(stage.get()).toBytes() : contents();
  }

  private ElfFile stageElf(StageInfo info) {
    byte[] bytes = contents();
    long address = info.loadAddress();
    ElfSegment segment = new ElfSegment(address, address, bytes, info.memorySize(), true);
    return new ElfFile(List.of(segment), address + info.entryOffset());
  }

  /**
   * Compares the stored hash with the data.
   *
   * @throws FlashImageException if they differ
   */
  public void checkHash() {
    if (sha256.isEmpty()) {
      return;
    }
    byte[] found = sha256(data.copy());
    if (!Arrays.equals(found, sha256.get())) {
      HexFormat hex = HexFormat.of();
      throw new FlashImageException(
          data.origin(),
          "SHA-256 of " + name,
          hex.formatHex(found),
          hex.formatHex(sha256.get()),
          "the file is damaged: rebuild the image");
    }
  }

  /**
   * Checks everything that can be checked without running the file: hash, compressed data,
   * segments, load addresses.
   *
   * @throws FlashImageException naming the first fault
   */
  public void check() {
    checkHash();
    byte[] bytes = contents();
    if (type == CbfsType.PAYLOAD.id()) {
      SelfPayload.read(Slice.of(bytes, data.origin(), name)).toElf();
    }
    stage.ifPresent(info -> checkStage(info, bytes.length));
  }

  private void checkStage(StageInfo info, int loaded) {
    boolean fits = info.memorySize() >= loaded && info.entryOffset() < info.memorySize();
    boolean addressable =
        info.loadAddress() >= 0 && info.loadAddress() + info.memorySize() <= 1L << 32;
    if (!fits || !addressable) {
      throw new FlashImageException(
          data.origin() - headerSize,
          "stage attribute of " + name,
          String.format(
              "load %X, entry +%X, memory %X for %X bytes",
              info.loadAddress(), info.entryOffset(), info.memorySize(), loaded),
          "the entry and all bytes within the stage's memory, below 4 GiB",
          "rebuild the image");
    }
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
