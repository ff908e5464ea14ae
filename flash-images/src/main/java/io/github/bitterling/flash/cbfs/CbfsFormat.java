package io.github.bitterling.flash.cbfs;

/** Numbers of the format; all integers in CBFS are big-endian. */
final class CbfsFormat {
  static final String FILE_MAGIC = "LARCHIVE";

  /** Magic, length, type, attributes offset, data offset. */
  static final int FILE_HEADER = 24;

  static final int ALIGNMENT = 64;
  static final int NAME_ALIGNMENT = 4;

  /** Longest name this library reads or writes, as in cbfstool. */
  static final int MAX_NAME = 120;

  static final int MAX_FILES = 4096;

  static final long TAG_COMPRESSION = 0x42435A4CL;
  static final long TAG_HASH = 0x68736148L;
  static final long TAG_STAGE = 0x53746748L;
  static final int ATTRIBUTE_HEADER = 8;
  static final int COMPRESSION_ATTRIBUTE = 16;
  static final int STAGE_ATTRIBUTE = 24;
  static final int HASH_ATTRIBUTE = 44;
  static final int HASH_SHA256 = 2;

  static final long MASTER_MAGIC = 0x4F524243L;
  static final long MASTER_VERSION = 0x31313132L;
  static final int MASTER_HEADER = 32;
  static final String MASTER_NAME = "cbfs master header";

  private CbfsFormat() {}

  static int alignUp(int value, int alignment) {
    return value + alignment - 1 & -alignment;
  }
}
