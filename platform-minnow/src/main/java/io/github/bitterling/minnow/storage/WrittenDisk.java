package io.github.bitterling.minnow.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A raw image that keeps what the guest writes. Each write goes into the file at once, at its place
 * and within its size, so a program that ends at any moment leaves what a real disk has after a
 * loss of power; a flush reaches the host's medium. The file is locked, never truncated and never
 * resized.
 */
public final class WrittenDisk implements Disk {
  private final FileChannel channel;
  private final long bytes;
  private final String serial;

  /**
   * @param number 0 for the first disk; part of the serial number
   * @throws IOException if the file cannot be opened for writing, is in use by another program, or
   *     has no whole number of sectors
   */
  public static WrittenDisk open(Path image, int number) throws IOException {
    if (Qcow2Image.recognises(image)) {
      throw new IOException("qcow2 images are read-only here; convert it to raw first");
    }
    FileChannel channel =
        FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(channel);
      if (channel.size() % SECTOR != 0) {
        throw new IOException(
            "its " + channel.size() + " bytes are no multiple of 512, and it is never resized");
      }
      return new WrittenDisk(channel, number);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static void lock(FileChannel channel) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      throw new IOException("it is already open for writing", e);
    }
    if (lock == null) {
      throw new IOException("another program has it open for writing");
    }
  }

  private WrittenDisk(FileChannel channel, int number) throws IOException {
    this.channel = channel;
    this.bytes = channel.size();
    this.serial = SnapshotDisk.serial(number);
  }

  @Override
  public long sectors() {
    return bytes / SECTOR;
  }

  @Override
  public void read(long lba, int count, byte[] to, int at) {
    ByteBuffer buffer = ByteBuffer.wrap(to, at, count * SECTOR);
    long start = lba * SECTOR;
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, start + buffer.position() - at) <= 0) {
          throw new EOFException("the image became shorter while it was in use");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void write(long lba, int count, byte[] from, int at) {
    if (lba < 0 || lba + count > sectors()) {
      throw new IndexOutOfBoundsException("sectors " + lba + " + " + count);
    }
    ByteBuffer buffer = ByteBuffer.wrap(from, at, count * SECTOR);
    long start = lba * SECTOR;
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer, start + buffer.position() - at);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void flush() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String serialNumber() {
    return serial;
  }

  @Override
  public void close() {
    try {
      channel.force(true);
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
