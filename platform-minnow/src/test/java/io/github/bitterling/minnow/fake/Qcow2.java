package io.github.bitterling.minnow.fake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Makes qcow2 images of version 3 with one level 2 table. Clusters of zeros are in turn marked so
 * and never allocated, the others in turn compressed and plain, with gaps between.
 */
public final class Qcow2 {
  /** Bytes of a cluster. */
  public static final int CLUSTER = 4096;

  private static final int MAGIC = 0x5146_49FB;
  private static final int CLUSTER_BITS = 12;
  private static final int FIRST_DATA = 3 * CLUSTER;
  private static final long COPIED = 1L << 63;
  private static final long COMPRESSED = 1L << 62;
  private static final int SECTOR = 512;

  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final long[] l2 = new long[CLUSTER / 8];

  private Qcow2() {}

  /**
   * An image with these contents.
   *
   * @param content a whole number of clusters, 512 at most
   */
  public static byte[] of(byte[] content) throws IOException {
    Qcow2 maker = new Qcow2();
    for (int i = 0; i < content.length / CLUSTER; i++) {
      maker.add(i, Arrays.copyOfRange(content, i * CLUSTER, (i + 1) * CLUSTER));
    }
    return maker.image(content.length);
  }

  private void add(int number, byte[] cluster) throws IOException {
    boolean even = number % 2 == 0;
    if (Arrays.equals(cluster, new byte[CLUSTER])) {
      l2[number] = even ? 1 : 0;
      return;
    }
    byte[] packed = deflate(cluster);
    if (even || packed.length >= CLUSTER) {
      data.write(new byte[-data.size() & CLUSTER - 1]);
      l2[number] = at() | COPIED;
      data.write(cluster);
      return;
    }
    data.write(new byte[100]);
    long sectors = (at() % SECTOR + packed.length + SECTOR - 1) / SECTOR;
    l2[number] = COMPRESSED | sectors - 1 << 62 - (CLUSTER_BITS - 8) | at();
    data.write(packed);
  }

  private long at() {
    return FIRST_DATA + data.size();
  }

  private static byte[] deflate(byte[] cluster) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Deflater raw = new Deflater(9, true);
        DeflaterOutputStream deflater = new DeflaterOutputStream(out, raw)) {
      deflater.write(cluster);
    }
    return out.toByteArray();
  }

  /** Header, level 1 table and level 2 table in a cluster each, then the data. */
  private byte[] image(long size) {
    ByteBuffer image = ByteBuffer.allocate(FIRST_DATA + data.size());
    image.putInt(0, MAGIC).putInt(4, 3).putInt(20, CLUSTER_BITS).putLong(24, size);
    image.putInt(36, 1).putLong(40, CLUSTER);
    image.putLong(CLUSTER, 2L * CLUSTER | COPIED);
    for (int i = 0; i < l2.length; i++) {
      image.putLong(2 * CLUSTER + 8 * i, l2[i]);
    }
    image.put(FIRST_DATA, data.toByteArray());
    return image.array();
  }
}
