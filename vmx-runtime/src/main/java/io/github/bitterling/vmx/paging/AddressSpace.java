package io.github.bitterling.vmx.paging;

import io.github.bitterling.vmx.mem.Tlb;
import java.util.Arrays;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongHashSet;

/**
 * Cached translations of one address space: a bank for supervisor and one for user accesses, and
 * one for supervisor accesses that must not reach user pages (SMAP).
 */
final class AddressSpace {
  final Bank supervisor = new Bank();
  final Bank user = new Bank();
  final int vpid;

  /** Made when first needed; its fetches and its code tag are the supervisor bank's. */
  private Bank guarded;

  /** Large pages were cached in 4 KiB pieces: INVLPG of one address must forget all of them. */
  private final LongHashSet large = new LongHashSet();

  private final LongHashSet gigabyte = new LongHashSet();

  AddressSpace(int vpid) {
    this.vpid = vpid;
  }

  Bank guarded() {
    if (guarded == null) {
      guarded = new Bank();
    }
    return guarded;
  }

  void flush(long supervisorTag, long userTag) {
    supervisor.flush(supervisorTag);
    user.flush(userTag);
    if (guarded != null) {
      guarded.flush(0);
    }
    if (!large.isEmpty()) {
      large.clear();
    }
    if (!gigabyte.isEmpty()) {
      gigabyte.clear();
    }
  }

  /** A walk ended at a page of 2 MiB, 4 MiB or 1 GiB. */
  void enterLarge(long linear, long bytes) {
    if (bytes > 1 << 22) {
      gigabyte.add(linear >>> 30);
      return;
    }
    large.add(linear >>> 21);
    if (bytes > 1 << 21) {
      large.add(linear >>> 21 ^ 1);
    }
  }

  /** The address lies in a large page that is cached in pieces. */
  boolean holdsLarge(long linear) {
    return large.contains(linear >>> 21) || gigabyte.contains(linear >>> 30);
  }

  /** Some bank has the page of an address. */
  boolean holds(long linear) {
    return supervisor.holds(linear)
        || user.holds(linear)
        || guarded != null && guarded.holds(linear);
  }

  void flushPage(long linear, long supervisorTag, long userTag) {
    supervisor.flushPage(linear, supervisorTag);
    user.flushPage(linear, userTag);
    if (guarded != null) {
      guarded.flushPage(linear, 0);
    }
  }

  void dropWrites(long hostPage) {
    supervisor.tlb.dropWrites(hostPage);
    user.tlb.dropWrites(hostPage);
    if (guarded != null) {
      guarded.tlb.dropWrites(hostPage);
    }
  }

  /**
   * Translations for one privilege: the host TLB of the engines, and behind it page numbers with
   * permissions for what has no host page (devices, code pages), and apart from both the pages of
   * code.
   */
  static final class Bank {
    static final int SIZE = 512;

    final Tlb tlb = new Tlb();
    final long[] tag = new long[SIZE];
    final long[] page = new long[SIZE];
    final byte[] permissions = new byte[SIZE];

    /**
     * Physical pages of the linear pages fetched from since the last flush. Never evicts: whether a
     * fetch walks the page tables (and sets accessed flags) must depend on the guest's path alone,
     * not on which engine looked a block up how often.
     */
    final Long2LongHashMap fetched = new Long2LongHashMap(-1);

    long codeTag;

    /** Physical page when the linear page is cached with all of {@code access}, or -1. */
    long find(long linear, int access) {
      int i = index(linear);
      if (tag[i] == (linear & -4096L | tlb.generation) && (permissions[i] & access) == access) {
        return page[i];
      }
      return -1;
    }

    boolean holds(long linear) {
      int i = index(linear);
      return tag[i] == (linear & -4096L | tlb.generation)
          || fetched.containsKey(linear & -4096L)
          || tlb.holds(linear);
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
      fetched.clear();
      codeTag = newCodeTag;
      if (tlb.generation == 1) {
        Arrays.fill(tag, 0);
      }
    }

    void flushPage(long linear, long newCodeTag) {
      tlb.flushPage(linear);
      tag[index(linear)] = 0;
      fetched.remove(linear & -4096L);
      codeTag = newCodeTag;
    }

    private static int index(long linear) {
      return (int) (linear >>> 12) & SIZE - 1;
    }
  }
}
