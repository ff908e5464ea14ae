package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;

/**
 * What a program left here and on Bochs, but for {@link BochsDifference}s; {@code -Dbochs.show}
 * prints what those are.
 */
final class BochsComparison {
  private static final int NMI = 2;
  private static final int LENGTH_BITS = 15;
  private static final int SHUTDOWN = 2;

  private BochsComparison() {}

  /**
   * @param named the difference the program is known for, or null
   */
  static void check(List<Lab.Exit> ours, List<Lab.Exit> theirs, BochsDifference named) {
    List<String> found = differences(ours, theirs);
    if (named != null && Boolean.getBoolean("bochs.show")) {
      System.out.println(named.name() + ": " + found);
    }
    if (named == null && !found.isEmpty()) {
      throw new AssertionError("Bochs differs: " + found);
    }
    if (named != null && named.always() && found.isEmpty()) {
      throw new AssertionError("Bochs agrees, there is no difference any more: " + named);
    }
  }

  private static List<String> differences(List<Lab.Exit> ours, List<Lab.Exit> theirs) {
    List<String> found = new ArrayList<>();
    if (ours.size() != theirs.size()) {
      found.add(ours.size() + " exits, Bochs has " + theirs.size());
    }
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      compare(i, ours.get(i), theirs.get(i), found);
    }
    return found;
  }

  private static void compare(int number, Lab.Exit ours, Lab.Exit theirs, List<String> found) {
    for (Field f : ours.fields().keySet()) {
      if (ours.get(f) != theirs.get(f) && known(f, ours, theirs) == null) {
        found.add(text(number + " " + f, ours.get(f), theirs.get(f)));
      }
    }
    if (ours.dr6() != theirs.dr6()) {
      found.add(text(number + " DR6", ours.dr6(), theirs.dr6()));
    }
    if (ours.rax() != theirs.rax()) {
      found.add(text(number + " RAX", ours.rax(), theirs.rax()));
    }
  }

  private static String text(String what, long ours, long theirs) {
    return "%s: %x, Bochs %x".formatted(what, ours, theirs);
  }

  /** Differences that any program may show. */
  private static BochsDifference known(Field f, Lab.Exit ours, Lab.Exit theirs) {
    if (ours.failed() || theirs.failed()) {
      return null;
    }
    ExitReason reason = ours.reason();
    boolean same = ours.get(Field.EXIT_REASON) == theirs.get(Field.EXIT_REASON);
    return switch (f) {
      case EXIT_INSTRUCTION_LENGTH -> length(same, ours, theirs);
      case EXIT_INSTRUCTION_INFORMATION ->
          same && undefinedInformation(ours.get(f) ^ theirs.get(f), reason)
              ? BochsDifference.INFORMATION
              : null;
      case GUEST_LINEAR_ADDRESS ->
          reason == ExitReason.EPT_MISCONFIGURATION ? BochsDifference.LINEAR : null;
      case GUEST_RFLAGS -> flags(same, ours, theirs);
      case GUEST_RIP -> same && behindNmi(ours, theirs) ? BochsDifference.NMI_HANDLER : null;
      case GUEST_ACTIVITY_STATE ->
          same && signal(reason) && theirs.get(f) == 0 ? BochsDifference.INACTIVE : null;
      case GUEST_INTERRUPTIBILITY -> same ? blocking(ours, theirs) : null;
      default -> null;
    };
  }

  /** An exit by VMCALL defines none of it, and Bochs leaves what the exit before has put there. */
  private static boolean undefinedInformation(long bits, ExitReason reason) {
    return reason == ExitReason.VMCALL || bits >>> 12 == 0 && registerForm(reason);
  }

  private static BochsDifference length(boolean same, Lab.Exit ours, Lab.Exit theirs) {
    if (same && behindNmi(ours, theirs)) {
      return BochsDifference.NMI_HANDLER;
    }
    boolean undefined = !ours.reason().instruction() && ours.length() == 0;
    return same && undefined ? BochsDifference.LENGTH : null;
  }

  /**
   * VMCALL as the first instruction of an NMI's handler: Bochs still has the RIP before the NMI.
   */
  private static boolean behindNmi(Lab.Exit ours, Lab.Exit theirs) {
    long end = ours.rip() + ours.length();
    return ours.vector() == NMI && theirs.length() == (end - theirs.rip() & LENGTH_BITS);
  }

  private static BochsDifference flags(boolean same, Lab.Exit ours, Lab.Exit theirs) {
    long other = ours.get(Field.GUEST_RFLAGS) ^ theirs.get(Field.GUEST_RFLAGS);
    if (same && other == Cpu.IF && ours.get(Field.GUEST_ACTIVITY_STATE) >= SHUTDOWN) {
      return BochsDifference.INACTIVE;
    }
    return same && other == Cpu.RF ? BochsDifference.RESUME_FLAG : null;
  }

  private static BochsDifference blocking(Lab.Exit ours, Lab.Exit theirs) {
    long more = theirs.get(Field.GUEST_INTERRUPTIBILITY) - ours.get(Field.GUEST_INTERRUPTIBILITY);
    if (ours.reason() == ExitReason.SIPI && more == (Bits.BLOCKED_SMI | Bits.BLOCKED_NMI)) {
      return BochsDifference.INACTIVE;
    }
    boolean nmi = (ours.get(Field.EXIT_INTERRUPTION_INFORMATION) & 0x8000_0700L) == 0x8000_0200L;
    return nmi && more == Bits.BLOCKED_NMI ? BochsDifference.NMI_BLOCKING : null;
  }

  /** Exits by what other processors send. */
  private static boolean signal(ExitReason reason) {
    return switch (reason) {
      case EXCEPTION_OR_NMI, EXTERNAL_INTERRUPT, INIT, SIPI -> true;
      default -> false;
    };
  }

  /**
   * Address size with a register operand, operand size from 64-bit mode (tables 28-10 to 28-14).
   */
  private static boolean registerForm(ExitReason reason) {
    return switch (reason) {
      case VMREAD, VMWRITE, RDRAND, RDSEED, GDTR_IDTR, LDTR_TR -> true;
      default -> false;
    };
  }
}
