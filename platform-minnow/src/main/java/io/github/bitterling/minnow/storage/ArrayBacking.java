package io.github.bitterling.minnow.storage;

import java.nio.ByteBuffer;

/** Contents in memory. */
record ArrayBacking(byte[] image) implements Backing {
  @Override
  public long size() {
    return image.length;
  }

  @Override
  public int read(ByteBuffer to, long position) {
    int part = (int) Math.min(to.remaining(), image.length - position);
    if (part > 0) {
      to.put(image, (int) position, part);
    }
    return part;
  }

  @Override
  public void close() {}
}
