package io.github.bitterling.minnow.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of a file as they are, opened read-only. */
final class RawFile implements Backing {
  private final FileChannel channel;
  private final long size;

  RawFile(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.READ);
    size = channel.size();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer to, long position) throws IOException {
    return channel.read(to, position);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
