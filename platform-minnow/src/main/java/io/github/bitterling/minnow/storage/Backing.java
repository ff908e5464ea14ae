package io.github.bitterling.minnow.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the original contents of a disk come from; never written. */
interface Backing extends AutoCloseable {
  /** Bytes of the disk. */
  long size();

  /**
   * Reads at a byte position at least one byte of what fits into the buffer; returns 0 or less at
   * the end.
   */
  int read(ByteBuffer to, long position) throws IOException;

  @Override
  void close() throws IOException;
}
