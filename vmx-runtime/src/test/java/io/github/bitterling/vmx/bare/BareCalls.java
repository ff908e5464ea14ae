package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DIRECTORY;
import static io.github.bitterling.vmx.bare.BareLayout.GDT;
import static io.github.bitterling.vmx.bare.BareLayout.LDT;
import static io.github.bitterling.vmx.bare.BareLayout.TABLE;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.rig.Rig;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What Bochs pushes for CALL: before it looks at the limit of CS, and with the rights of the DPL of
 * the segment that is called, which a conforming one does not lend (SDM volume 2, CALL; volume 3,
 * 5.8.1.2).
 */
final class BareCalls {
  private static final int DIRECT = 0x9A;
  private static final int LARGE = 0x80;
  private static final int PAE = 0x20;
  private static final int WRITABLE = 2;
  private static final int USER = 4;
  private static final long CONFORMING_TYPE = 0x1C;
  private static final int WRITE_PROTECT = 1 << 16;
  private static final int RPL = 3;
  private static final int LOCAL = 4;

  private BareCalls() {}

  /** Pushes; the instruction goes on when nothing faults. */
  static BareOurs.Visit pushes(BareCase c, BareInstruction i) {
    if (i.isNearCall(c)) {
      int size = c.name.startsWith("LONG") ? 8 : i.operandSize(c);
      return r -> {
        List<BareAccess> target = List.of(BareAccess.operand(r.cpu, c, i, 0, size));
        return BareAccess.read(r, target)
            || BareAccess.stack(r.cpu, -size, size).write(r, returnTo(r.cpu, i))
            || true;
      };
    }
    return i.isFarCall(c) ? r -> pushesFar(r, c, i) : null;
  }

  private static long returnTo(Cpu cpu, BareInstruction i) {
    boolean wide = ModeKey.codeSize(cpu.mode) == ModeKey.CODE64;
    return i.end() - (wide ? 0 : cpu.cs.base);
  }

  private static boolean pushesFar(Rig rig, BareCase c, BareInstruction i) {
    int size = i.operandSize(c);
    if (i.opcode(c) != DIRECT) {
      List<BareAccess> target =
          List.of(
              BareAccess.operand(rig.cpu, c, i, 0, size),
              BareAccess.operand(rig.cpu, c, i, size, 2));
      if (BareAccess.read(rig, target)) {
        return true;
      }
    }
    int dpl = dpl(rig, selector(rig, c, i));
    int rights = dpl == 3 ? 0 : MemoryUnit.SYSTEM;
    BareAccess first = BareAccess.stack(rig.cpu, -size, size).with(rights);
    BareAccess second = BareAccess.stack(rig.cpu, -2L * size, size).with(rights);
    if (!first.write(rig, rig.cpu.cs.selector)) {
      second.write(rig, returnTo(rig.cpu, i));
    }
    return true;
  }

  private static int selector(Rig rig, BareCase c, BareInstruction i) {
    int size = i.operandSize(c);
    if (i.opcode(c) == DIRECT) {
      return (int) rig.get16(i.end() - 2);
    }
    long linear = BareAccess.operand(rig.cpu, c, i, size, 2).linear(rig.cpu, false);
    rig.cpu.fault = Cpu.FAULT_NONE;
    return linear >= 0 && linear < BareCase.ARENA ? (int) rig.get16(linear) : 0;
  }

  private static int dpl(Rig rig, int selector) {
    long table = (selector & LOCAL) != 0 ? rig.cpu.ldtr.base : rig.cpu.gdtrBase;
    long at = table + (selector & ~(RPL | LOCAL));
    return at >= 0 && at < BareCase.ARENA ? (int) (rig.get64(at) >>> 45) & 3 : 0;
  }

  /** As if the page that a far CALL pushes to had for the user the rights of a supervisor. */
  static BareOutcome toUserPage(BareOurs engine, BareCase c, BareInstruction i) {
    AtomicLong top = new AtomicLong(-1);
    BareOurs.Visit look =
        r -> {
          top.set(BareAccess.stack(r.cpu, -2, 2).linear(r.cpu, true));
          return false;
        };
    engine.visited(c, i.at(), look);
    long page = top.get() >> 12;
    if (!i.isFarCall(c) || page < 0 || page >= BareCase.ARENA >> 12) {
      return null;
    }
    return withSupervisor(engine, c, (int) page);
  }

  /** The same of an interrupt whose handler is in a conforming segment. */
  static BareOutcome interruptToUserPage(BareOurs engine, BareCase c) {
    BareOutcome ours = engine.followed(c);
    long page = ours.state.cr2 >> 12;
    if (ours.state.cr2 == c.state.cr2 || page < 0 || page >= BareCase.ARENA >> 12) {
      return null;
    }
    BareOutcome o = withSupervisor(engine, c, (int) page);
    boolean conforming =
        o.steps.stream()
            .anyMatch(s -> !s.images().isEmpty() && conforming(c, s.after().selector()));
    return conforming ? o : null;
  }

  private static boolean conforming(BareCase c, int selector) {
    int at = ((selector & LOCAL) != 0 ? LDT : GDT) + (selector & ~(RPL | LOCAL));
    long type = c.word(at) >>> 40 & CONFORMING_TYPE;
    return at < BareCase.ARENA && type == CONFORMING_TYPE;
  }

  private static BareOutcome withSupervisor(BareOurs engine, BareCase c, int page) {
    int entry = entry(c, page);
    long rights = USER | ((c.state.cr0 & WRITE_PROTECT) != 0 ? 0 : WRITABLE);
    BareCase user = c.copy();
    user.put(entry, before(c, entry) | rights, 1);
    BareOutcome o = engine.followed(user);
    o.put(c, entry, o.get(user, entry, 1) & ~rights | before(c, entry) & rights, 1);
    return o;
  }

  private static long before(BareCase c, int at) {
    return c.word(at & ~7) >>> 8 * (at & 7);
  }

  /** The entry that maps a page. */
  static int entry(BareCase c, int page) {
    boolean large = (c.word(DIRECTORY) & LARGE) != 0;
    return large ? DIRECTORY : TABLE + page * ((c.state.cr4 & PAE) != 0 ? 8 : 4);
  }
}
