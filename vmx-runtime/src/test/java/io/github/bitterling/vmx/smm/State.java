package io.github.bitterling.vmx.smm;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import java.util.Arrays;

/** The architectural state of a processor as text: everything an SMI must leave as it was. */
final class State {
  private State() {}

  static String of(Cpu c) {
    StringBuilder text = new StringBuilder();
    text.append(
        "rip %x flags %x cpl %d mode %x %s r %s%n"
            .formatted(
                c.rip,
                c.flags(),
                c.cpl,
                c.mode,
                c.activity,
                hex(Arrays.copyOf(c.r, Cpu.REGISTERS))));
    text.append(
        "cr0 %x cr2 %x cr3 %x cr4 %x efer %x dr %s pdpte %s%n"
            .formatted(c.cr0, c.cr2, c.cr3, c.cr4, c.efer, hex(c.dr), hex(c.pdpte)));
    text.append(
        "gdtr %x %x idtr %x %x%n".formatted(c.gdtrBase, c.gdtrLimit, c.idtrBase, c.idtrLimit));
    for (Segment s : c.segments) {
      append(text, s);
    }
    append(text, c.ldtr);
    append(text, c.tr);
    text.append(
        "shadow %d nmi blocked %b pending debug %x vmx %b non-root %b latched %d xmm %s"
            .formatted(
                c.interruptShadow & 3,
                c.nmiBlocked,
                c.pendingDebug,
                c.vmxOperation,
                c.nonRoot,
                c.latched,
                hex(c.xmm)));
    return text.toString();
  }

  private static void append(StringBuilder text, Segment s) {
    text.append("%x %x %x %x%n".formatted(s.selector, s.base, s.limit, s.attributes));
  }

  private static String hex(long[] values) {
    return Arrays.toString(Arrays.stream(values).mapToObj(Long::toHexString).toArray());
  }
}
