package io.github.bitterling.minnow.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A qcow2 image (version 2 or 3, "The QCOW2 file format" of the QEMU project), read-only: two-level
 * cluster tables, zero clusters and clusters compressed with deflate. Backing files, encryption,
 * external data files, extended L2 entries and other compressions are refused.
 */
final class Qcow2Image implements Backing {
  private static final int MAGIC = 0x5146_49FB;
  private static final int HEADER = 104;
  private static final long OFFSET = 0x00FF_FFFF_FFFF_FE00L;
  private static final long COMPRESSED = 1L << 62;
  private static final long ZERO = 1;

  /** Incompatible features that do not change how a cluster is read: dirty bit only. */
  private static final long HARMLESS = 1;

  private static final int LEAST_CLUSTER_BITS = 9;
  private static final int MOST_CLUSTER_BITS = 21;
  private static final int MOST_L1_ENTRIES = 1 << 22;

  private final FileChannel channel;
  private final Path file;
  private final int clusterBits;
  private final long size;
  private final long[] l1;
  private final int l2Bits;
  private long tableAt = -1;
  private long[] table;
  private long unpackedFrom = -1;
  private byte[] unpacked;

  /** Whether a file begins as a qcow2 image does. */
  static boolean recognises(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer magic = ByteBuffer.allocate(4);
      return channel.read(magic, 0) == 4 && magic.getInt(0) == MAGIC;
    }
  }

  static Qcow2Image open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new Qcow2Image(file, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private Qcow2Image(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    ByteBuffer header = bytes(0, HEADER, 72);
    checkKind(header);
    clusterBits = header.getInt(20);
    check(
        clusterBits >= LEAST_CLUSTER_BITS && clusterBits <= MOST_CLUSTER_BITS,
        "clusters of 2^" + clusterBits + " bytes; expected 2^9 to 2^21");
    l2Bits = clusterBits - 3;
    size = header.getLong(24);
    int entries = header.getInt(36);
    int perEntry = clusterBits + l2Bits;
    long needed = (size >>> perEntry) + ((size & (1L << perEntry) - 1) == 0 ? 0 : 1);
    check(
        size >= 0 && entries >= 0 && entries <= MOST_L1_ENTRIES && needed <= entries,
        "a level 1 table of " + entries + " entries for " + size + " bytes");
    l1 = longs(header.getLong(40), entries);
  }

  private void checkKind(ByteBuffer header) throws IOException {
    int version = header.getInt(4);
    check(version == 2 || version == 3, "version " + version + "; expected 2 or 3");
    check(header.getLong(8) == 0, "a backing file; flatten it first (qemu-img convert)");
    check(header.getInt(32) == 0, "encryption");
    long features = version == 3 ? header.getLong(72) : 0;
    check((features & ~HARMLESS) == 0, "incompatible features " + Long.toHexString(features) + "h");
  }

  private void check(boolean right, String found) throws IOException {
    if (!right) {
      throw new IOException(
          "this qcow2 image has " + found + ", which cannot be read here: " + file);
    }
  }

  private ByteBuffer bytes(long position, int length, int least) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
      continue;
    }
    check(buffer.position() >= least, "an end before offset " + (position + least));
    return buffer.flip().limit(length);
  }

  private long[] longs(long position, int count) throws IOException {
    check(position >= 0, "a table at offset " + position);
    long[] values = new long[count];
    bytes(position, 8 * count, 8 * count).asLongBuffer().get(values);
    return values;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer to, long position) throws IOException {
    if (position >= size) {
      return -1;
    }
    int inside = (int) (position & (1 << clusterBits) - 1);
    int length =
        (int) Math.min(Math.min(to.remaining(), size - position), (1 << clusterBits) - inside);
    int limit = to.limit();
    to.limit(to.position() + length);
    readCluster(to, entry(position >>> clusterBits), inside);
    to.limit(limit);
    return length;
  }

  private long entry(long cluster) throws IOException {
    long at = l1[(int) (cluster >>> l2Bits)] & OFFSET;
    if (at == 0) {
      return 0;
    }
    if (at != tableAt) {
      table = longs(at, 1 << l2Bits);
      tableAt = at;
    }
    return table[(int) (cluster & (1L << l2Bits) - 1)];
  }

  private void readCluster(ByteBuffer to, long entry, int inside) throws IOException {
    if ((entry & COMPRESSED) != 0) {
      to.put(unpack(entry), inside, to.remaining());
    } else if ((entry & ZERO) != 0 || (entry & OFFSET) == 0) {
      to.put(new byte[to.remaining()]);
    } else {
      to.put(bytes((entry & OFFSET) + inside, to.remaining(), 0));
    }
  }

  /**
   * A compressed cluster's entry: host offset below bit x, number of further 512-byte sectors
   * above.
   */
  private byte[] unpack(long entry) throws IOException {
    if (entry == unpackedFrom) {
      return unpacked;
    }
    int split = 62 - (clusterBits - 8);
    long at = entry & (1L << split) - 1;
    int sectors = (int) ((entry & COMPRESSED - 1) >>> split) + 1;
    int length = sectors * Disk.SECTOR - (int) (at & Disk.SECTOR - 1);
    unpacked = inflate(bytes(at, length, 0).array());
    unpackedFrom = entry;
    return unpacked;
  }

  private byte[] inflate(byte[] packed) throws IOException {
    byte[] cluster = new byte[1 << clusterBits];
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(packed);
      int done = 0;
      int part = 1;
      while (done < cluster.length && part > 0) {
        part = inflater.inflate(cluster, done, cluster.length - done);
        done += part;
      }
      check(done == cluster.length, "a compressed cluster that ends early");
    } catch (DataFormatException e) {
      throw new IOException("this qcow2 image has a damaged compressed cluster: " + file, e);
    }
    return cluster;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Arrays.fill(l1, 0);
  }
}
