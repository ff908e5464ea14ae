package io.github.bitterling.vmx.paging;

import io.github.bitterling.vmx.mem.Tlb;
import java.util.Arrays;

/** Cached translations of one address space: a bank for supervisor and one for user accesses. */
final class AddressSpace {
  final Bank supervisor = new Bank();
  final Bank user = new Bank();
  final int vpid;

  /** Large pages were cached in 4 KiB pieces: INVLPG of one address must forget all of them. */
  boolean holdsLargePages;

  AddressSpace(int vpid) {
    this.vpid = vpid;
  }

  void flush(long supervisorTag, long userTag) {
    supervisor.flush(supervisorTag);
    user.flush(userTag);
    holdsLargePages = false;
  }

  /**
   * Translations for one privilege: the host TLB of the engines, and behind it page numbers with
   * permissions for what has no host page (devices, code pages, instruction fetch).
   */
  static final class Bank {
    static final int SIZE = 512;

    final Tlb tlb = new Tlb();
    final long[] tag = new long[SIZE];
    final long[] page = new long[SIZE];
    final byte[] permissions = new byte[SIZE];
    long codeTag;

    /** Physical page when the linear page is cached with all of {@code access}, or -1. */
    long find(long linear, int access) {
      int i = index(linear);
      if (tag[i] == (linear & -4096L | tlb.generation) && (permissions[i] & access) == access) {
        return page[i];
      }
      return -1;
    }

    void enter(long linear, long physicalPage, int granted) {
      int i = index(linear);
      tag[i] = linear & -4096L | tlb.generation;
      page[i] = physicalPage;
      permissions[i] = (byte) granted;
    }

    int permissionsOf(long linear) {
      return permissions[index(linear)];
    }

    void flush(long newCodeTag) {
      tlb.flush();
      codeTag = newCodeTag;
      if (tlb.generation == 1) {
        Arrays.fill(tag, 0);
      }
    }

    void flushPage(long linear, long newCodeTag) {
      tlb.flushPage(linear);
      tag[index(linear)] = 0;
      codeTag = newCodeTag;
    }

    private static int index(long linear) {
      return (int) (linear >>> 12) & SIZE - 1;
    }
  }
}
