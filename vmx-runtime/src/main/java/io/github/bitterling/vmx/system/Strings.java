package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Seg;
import io.github.bitterling.frontend.StringOp;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * String instructions (SDM volume 1, 7.3.9). Repeated moves and stores go page by page through host
 * memory where both sides allow it. RSI, RDI and RCX are exact after every element, so a fault
 * restarts where it hit; one call does at most {@link #BYTES_PER_CALL}, then leaves the instruction
 * to be run again.
 *
 * <p>Time: each call charges one cycle per 16 bytes on top of the instruction itself.
 */
final class Strings {
  static final int BYTES_PER_CALL = 65536;

  private static final int PORT_ELEMENTS_PER_CALL = 1024;
  private static final int CHARGE_SHIFT = 4;
  private static final int RCX = 1;
  private static final int RSI = 6;
  private static final int RDI = 7;

  private final Ports ports;

  Strings(Ports ports) {
    this.ports = ports;
  }

  /** The instruction being run, decoded from {@link StringOp}. */
  private static final class Op {
    final Cpu cpu;
    final int bytes;
    final int widthIndex;
    final int addressBits;
    final long addressMask;
    final int segment;
    final int repeat;
    final long step;

    /** No further element, whatever RCX says. */
    boolean finished;

    Op(Cpu cpu, long packed) {
      this.cpu = cpu;
      this.widthIndex = StringOp.width(packed);
      this.bytes = 1 << widthIndex;
      this.addressBits = 8 << StringOp.addressSizeLog2(packed);
      this.addressMask = addressBits == 64 ? -1L : (1L << addressBits) - 1;
      this.segment = StringOp.segment(packed);
      this.repeat = StringOp.repeat(packed);
      this.step = cpu.flag(Cpu.DF) ? -bytes : bytes;
    }

    boolean repeats() {
      return repeat != 0;
    }

    long count() {
      return repeats() ? cpu.r[RCX] & addressMask : 1;
    }

    long offset(int register) {
      return cpu.r[register] & addressMask;
    }

    void advance(int register, long elements) {
      set(register, cpu.r[register] + elements * step);
    }

    void consume(long elements) {
      if (repeats()) {
        set(RCX, cpu.r[RCX] - elements);
      } else {
        finished = true;
      }
    }

    private void set(int register, long value) {
      cpu.r[register] =
          addressBits == 16 ? cpu.r[register] & ~0xFFFFL | value & 0xFFFF : value & addressMask;
    }

    long linear(int register, boolean write) {
      int seg = register == RSI ? segment : Seg.ES;
      return Mem.linear(cpu, seg, offset(register), bytes, write, addressBits);
    }

    /**
     * Elements from here to the end of the page and of the offset space, at least 0; upward only.
     */
    long room(int register, long linear) {
      long inPage = 4096 - (linear & 4095);
      long inSpace = addressBits == 64 ? inPage : addressMask - offset(register) + 1;
      return Math.min(inPage, inSpace) >> widthIndex;
    }

    /** True when {@code elements} at once pass the segment check, too. */
    boolean spanAllowed(int register, long elements, boolean write) {
      int seg = register == RSI ? segment : Seg.ES;
      cpu.memory.linear(cpu, seg, offset(register), (int) elements * bytes, write, addressBits);
      boolean allowed = cpu.fault == Cpu.FAULT_NONE;
      cpu.fault = Cpu.FAULT_NONE;
      return allowed;
    }

    void again() {
      cpu.nextRip = cpu.rip;
      cpu.repeating = true;
      cpu.attention = true;
    }
  }

  /**
   * Elements done before tier 0 took the instruction over from a compiled region: they count
   * towards the limit and the charge as if one engine had done all, so both engines agree on time.
   */
  private long carried;

  /** One step of a repetition: elements done, at least 1. */
  private interface Step {
    long run(Op op, long limit);
  }

  private void repeat(Cpu cpu, long packed, Step step) {
    Op op = new Op(cpu, packed);
    long limit = ports.stepped(cpu) ? 1 : BYTES_PER_CALL >> op.widthIndex;
    long done = carried;
    carried = 0;
    try {
      while (done < limit && op.count() != 0 && !ports.breakpointMet()) {
        done += step.run(op, limit - done);
        if (op.finished) {
          break;
        }
      }
    } catch (GuestFault fault) {
      carried = cpu.fault == Cpu.FAULT_RETRY ? done : 0;
      throw fault;
    }
    cpu.charged += done * op.bytes >> CHARGE_SHIFT;
    if (!op.finished && op.count() != 0) {
      op.again();
    }
  }

  void movs(Cpu cpu, long packed) {
    repeat(cpu, packed, Strings::move);
  }

  private static long move(Op op, long limit) {
    long n = op.repeats() && op.step > 0 ? moveBulk(op, limit) : 0;
    return n != 0 ? n : moveOne(op);
  }

  private static long moveOne(Op op) {
    long value = Mem.load(op.cpu, op.linear(RSI, false), op.bytes);
    Mem.store(op.cpu, op.linear(RDI, true), op.bytes, value);
    moved(op, 1);
    return 1;
  }

  private static void moved(Op op, long n) {
    op.advance(RSI, n);
    op.advance(RDI, n);
    op.consume(n);
  }

  private static long moveBulk(Op op, long limit) {
    long from = op.linear(RSI, false);
    long source = host(op.cpu, from, false);
    if (source == 0 || op.room(RSI, from) == 0) {
      return 0; // all of the element is read before its target is checked
    }
    long to = op.linear(RDI, true);
    long n = Math.min(Math.min(op.count(), limit), Math.min(op.room(RSI, from), op.room(RDI, to)));
    if (n < 2 || !op.spanAllowed(RSI, n, false) || !op.spanAllowed(RDI, n, true)) {
      return 0;
    }
    long target = host(op.cpu, to, true);
    if (target == 0) {
      return 0;
    }
    copy(source, target, n * op.bytes, op.bytes);
    moved(op, n);
    return n;
  }

  /** Upward copy, element by element in effect: an overlap repeats the pattern between the two. */
  private static void copy(long source, long target, long bytes, int element) {
    long distance = target - source;
    if (distance <= 0 || distance >= bytes) {
      GuestMemory.copy(source, target, bytes);
    } else if (distance % element == 0) {
      for (long at = 0; at < bytes; at += distance) {
        GuestMemory.copy(source + at, target + at, Math.min(distance, bytes - at));
      }
    } else {
      for (long at = 0; at < bytes; at += element) {
        GuestMemory.put(target + at, element, GuestMemory.get(source + at, element));
      }
    }
  }

  private static long host(Cpu cpu, long linear, boolean write) {
    long host = cpu.memory.host(linear, write);
    GuestFault.check(cpu);
    return host;
  }

  void stos(Cpu cpu, long packed) {
    repeat(cpu, packed, Strings::store);
  }

  private static long store(Op op, long limit) {
    long n = op.repeats() && op.step > 0 ? storeBulk(op, limit) : 0;
    if (n != 0) {
      return n;
    }
    Mem.store(op.cpu, op.linear(RDI, true), op.bytes, op.cpu.r[0]);
    op.advance(RDI, 1);
    op.consume(1);
    return 1;
  }

  private static long storeBulk(Op op, long limit) {
    long to = op.linear(RDI, true);
    long n = Math.min(Math.min(op.count(), limit), op.room(RDI, to));
    if (n < 2 || !op.spanAllowed(RDI, n, true)) {
      return 0;
    }
    long target = host(op.cpu, to, true);
    if (target == 0) {
      return 0;
    }
    fill(target, n, op.bytes, op.cpu.r[0]);
    op.advance(RDI, n);
    op.consume(n);
    return n;
  }

  private static void fill(long target, long n, int element, long value) {
    long v = value & Mem.mask(element);
    if (v == (v & 0xFF) * (Mem.mask(element) / 0xFF)) {
      GuestMemory.fill(target, n * element, (byte) v);
      return;
    }
    for (long i = 0; i < n; i++) {
      GuestMemory.put(target + i * element, element, v);
    }
  }

  void lods(Cpu cpu, long packed) {
    repeat(cpu, packed, Strings::loadOne);
  }

  private static long loadOne(Op op, long limit) {
    Cpu cpu = op.cpu;
    long value = Mem.load(cpu, op.linear(RSI, false), op.bytes);
    cpu.r[0] = op.bytes >= 4 ? value : cpu.r[0] & ~Mem.mask(op.bytes) | value;
    op.advance(RSI, 1);
    op.consume(1);
    return 1;
  }

  void cmps(Cpu cpu, long packed) {
    repeat(cpu, packed, Strings::compareOne);
  }

  private static long compareOne(Op op, long limit) {
    long a = Mem.load(op.cpu, op.linear(RSI, false), op.bytes);
    long b = Mem.load(op.cpu, op.linear(RDI, false), op.bytes);
    op.advance(RSI, 1);
    compared(op, a, b);
    return 1;
  }

  void scas(Cpu cpu, long packed) {
    repeat(cpu, packed, Strings::scanOne);
  }

  private static long scanOne(Op op, long limit) {
    long b = Mem.load(op.cpu, op.linear(RDI, false), op.bytes);
    compared(op, op.cpu.r[0] & Mem.mask(op.bytes), b);
    return 1;
  }

  /** Sets flags, advances RDI and RCX; ends the repetition when the comparison says so. */
  private static void compared(Op op, long a, long b) {
    op.advance(RDI, 1);
    op.consume(1);
    Cpu cpu = op.cpu;
    cpu.flagState = LazyFlags.state(FlagKind.SUB.ordinal(), op.widthIndex);
    cpu.flagA = a;
    cpu.flagB = b;
    cpu.flagR = a - b & Mem.mask(op.bytes);
    op.finished |= (a == b) != (op.repeat == StringOp.REP);
  }

  // Ports

  void ins(Cpu cpu, long packed) {
    transfer(cpu, packed, RDI, true);
  }

  void outs(Cpu cpu, long packed) {
    transfer(cpu, packed, RSI, false);
  }

  private void transfer(Cpu cpu, long packed, int register, boolean in) {
    Op op = new Op(cpu, packed);
    int port = (int) cpu.r[2] & 0xFFFF;
    ports.check(cpu, port, op.bytes);
    if (op.count() == 0) {
      return;
    }
    intercept(op, port, register, in);
    int type = (in ? LastPortAccess.IN : 0) | (op.repeats() ? LastPortAccess.REPEATED : 0);
    long done = carried;
    carried = 0;
    try {
      boolean more = true;
      for (; more && done < PORT_ELEMENTS_PER_CALL; done++) {
        ports.beginString(cpu);
        long linear = in ? input(op, port) : output(op, port);
        op.advance(register, 1);
        op.consume(1);
        ports.endString(cpu, port, op.bytes, type, linear);
        more = op.count() != 0 && !op.finished && !ports.interrupted(cpu);
      }
    } catch (GuestFault fault) {
      carried = cpu.fault == Cpu.FAULT_RETRY ? done : 0;
      throw fault;
    }
    if (!op.finished && op.count() != 0) {
      op.again();
    }
  }

  /** The port is read only when the store cannot fail any more. */
  private long input(Op op, int port) {
    Cpu cpu = op.cpu;
    long to = op.linear(RDI, true);
    if (cpu.inRegion && host(cpu, to, true) == 0) {
      cpu.fault = Cpu.FAULT_RETRY;
      throw GuestFault.RECORDED;
    }
    Mem.loadForWrite(cpu, to, op.bytes);
    Mem.store(cpu, to, op.bytes, ports.read(cpu, port, op.bytes));
    return to;
  }

  private long output(Op op, int port) {
    long from = op.linear(RSI, false);
    ports.write(op.cpu, port, op.bytes, Mem.load(op.cpu, from, op.bytes));
    return from;
  }

  private static void intercept(Op op, int port, int register, boolean in) {
    Cpu cpu = op.cpu;
    if (!cpu.nonRoot) {
      return;
    }
    int seg = register == RSI ? op.segment : Seg.ES;
    boolean code64 = Modes.code64(cpu);
    long base = code64 && seg < Seg.FS ? 0 : cpu.segments[seg].base;
    long linear = base + op.offset(register);
    GuestFault.exit(
        cpu.vmx.interceptPort(
            cpu,
            port,
            op.bytes,
            in,
            true,
            op.repeats(),
            false,
            code64 ? linear : linear & 0xFFFFFFFFL));
  }
}
