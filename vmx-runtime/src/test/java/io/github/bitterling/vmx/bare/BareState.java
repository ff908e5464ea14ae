package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Segment;
import java.nio.ByteBuffer;

/** State of a processor before or after a case; the layout of struct state in bare.c. */
final class BareState {
  static final int BYTES = 65 * 8;
  static final int MSRS = 8;
  private static final int CODE = 8;
  private static final int BUSY_TSS16 = 3;
  static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};

  final long[] reg = new long[16];
  long rip;
  long flags;
  final Segment[] segment = new Segment[8];
  long gdtr;
  long gdtrLimit;
  long idtr;
  long idtrLimit;
  long cr0;
  long cr2;
  long cr3;
  long cr4;
  long efer;

  /** DR0 to DR3. */
  final long[] dr = new long[4];

  long dr6 = 0xFFFF0FF0L;
  long dr7 = 0x400;

  /** STAR, LSTAR, CSTAR, FMASK, KERNEL_GS_BASE, SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP. */
  final long[] msr = new long[MSRS];

  BareState() {
    for (int i = 0; i < segment.length; i++) {
      segment[i] = new Segment();
    }
  }

  void write(ByteBuffer to) {
    for (long r : reg) {
      to.putLong(r);
    }
    to.putLong(rip).putLong(flags);
    for (Segment s : segment) {
      to.putLong(s.base).putInt((int) s.limit).putInt(s.selector).putInt(s.attributes).putInt(0);
    }
    for (long v : new long[] {gdtr, gdtrLimit, idtr, idtrLimit, cr0, cr2, cr3, cr4, efer}) {
      to.putLong(v);
    }
    for (long d : dr) {
      to.putLong(d);
    }
    to.putLong(dr6).putLong(dr7);
    for (long m : msr) {
      to.putLong(m);
    }
  }

  BareState copy() {
    ByteBuffer b = ByteBuffer.allocate(BYTES);
    write(b);
    return read(b.flip());
  }

  static BareState read(ByteBuffer from) {
    BareState s = new BareState();
    for (int i = 0; i < 16; i++) {
      s.reg[i] = from.getLong();
    }
    s.rip = from.getLong();
    s.flags = from.getLong();
    for (Segment g : s.segment) {
      long base = from.getLong();
      long limit = from.getInt() & 0xFFFFFFFFL;
      int selector = from.getInt();
      g.set(selector, base, limit, from.getInt());
      from.getInt();
    }
    s.gdtr = from.getLong();
    s.gdtrLimit = from.getLong();
    s.idtr = from.getLong();
    s.idtrLimit = from.getLong();
    s.cr0 = from.getLong();
    s.cr2 = from.getLong();
    s.cr3 = from.getLong();
    s.cr4 = from.getLong();
    s.efer = from.getLong();
    for (int i = 0; i < 4; i++) {
      s.dr[i] = from.getLong();
    }
    s.dr6 = from.getLong();
    s.dr7 = from.getLong();
    for (int i = 0; i < MSRS; i++) {
      s.msr[i] = from.getLong();
    }
    return s;
  }

  /** What differs, one word each. */
  void difference(BareState ours, StringBuilder out) {
    // The upper halves are nobody's when a 16-bit task is entered (SDM volume 3, 8.6)
    long mask = segment[7].type() == BUSY_TSS16 ? 0xFFFF : -1L;
    for (int i = 0; i < 16; i++) {
      compare(out, "r" + i, reg[i] & mask, ours.reg[i] & mask);
    }
    compare(out, "rip", rip, ours.rip);
    compare(out, "flags", flags, ours.flags);
    for (int i = 0; i < 8; i++) {
      // In real mode, and until CS is loaded after it, Bochs has a data segment there
      boolean typed = i != 1 || (segment[1].attributes & CODE) != 0;
      segment(out, SEGMENTS[i], segment[i], ours.segment[i], typed ? 0xFFFF : 0xFFF0);
    }
    compare(out, "gdtr", gdtr, ours.gdtr);
    compare(out, "gdtrLimit", gdtrLimit, ours.gdtrLimit);
    compare(out, "idtr", idtr, ours.idtr);
    compare(out, "idtrLimit", idtrLimit, ours.idtrLimit);
    compare(out, "cr0", cr0, ours.cr0);
    compare(out, "cr2", cr2, ours.cr2);
    compare(out, "cr3", cr3, ours.cr3);
    compare(out, "cr4", cr4, ours.cr4);
    compare(out, "efer", efer, ours.efer);
    for (int i = 0; i < 4; i++) {
      compare(out, "dr" + i, dr[i], ours.dr[i]);
    }
    compare(out, "dr6", dr6, ours.dr6);
    compare(out, "dr7", dr7, ours.dr7);
    for (int i = 0; i < MSRS; i++) {
      compare(out, "msr" + i, msr[i], ours.msr[i]);
    }
  }

  /** Of an unusable segment only the selector counts; granularity follows from the limit. */
  private static void segment(
      StringBuilder out, String name, Segment host, Segment ours, int comparable) {
    compare(out, name, host.selector, ours.selector);
    boolean unusable = unusable(host);
    compare(out, name + ".unusable", unusable ? 1 : 0, unusable(ours) ? 1 : 0);
    if (unusable || unusable(ours)) {
      return;
    }
    compare(out, name + ".base", host.base, ours.base);
    compare(out, name + ".limit", host.limit, ours.limit);
    int mask = ~(Segment.G | Segment.UNUSABLE) & comparable;
    compare(out, name + ".attributes", host.attributes & mask, ours.attributes & mask);
  }

  private static boolean unusable(Segment s) {
    return s.is(Segment.UNUSABLE) || !s.is(Segment.P);
  }

  static void compare(StringBuilder out, String name, long host, long ours) {
    if (host != ours) {
      out.append(String.format(" %s host=%x ours=%x", name, host, ours));
    }
  }
}
