package io.github.bitterling.vmx.apic;

/**
 * The registers of x2APIC mode: MSR 800h + n stands for the register at offset 10h * n (SDM volume
 * 3, 11.12). What has no register here, or the wrong direction, or a reserved bit, is #GP.
 */
final class X2Registers {
  private static final int FIRST = 0x800;
  private static final int ID = 0x802;
  private static final int VERSION = 0x803;
  private static final int TPR = 0x808;
  private static final int PPR = 0x80A;
  private static final int EOI = 0x80B;
  private static final int LDR = 0x80D;
  private static final int SPURIOUS = 0x80F;
  private static final int ISR = 0x810;
  private static final int IRR_LAST = 0x827;
  private static final int ERROR_STATUS = 0x828;
  private static final int ICR = 0x830;
  private static final int LVT = 0x832;
  private static final int LVT_LAST = 0x837;
  private static final int INITIAL_COUNT = 0x838;
  private static final int CURRENT_COUNT = 0x839;
  private static final int DIVIDE = 0x83E;
  private static final int SELF_IPI = 0x83F;

  /** Delivery status and remote IRR of an LVT entry are the APIC's: written back, they stay. */
  private static final long LVT_STATUS = 1 << 12 | 1 << 14;

  private static final long LOW = 0xFFFFFFFFL;

  private final LocalApic apic;

  X2Registers(LocalApic apic) {
    this.apic = apic;
  }

  /** Value, or null for #GP. */
  Long read(int msr) {
    return switch (msr) {
      case ID -> apic.id() & LOW;
      case LDR -> apic.x2Logical() & LOW;
      case ICR -> apic.x2Command();
      case VERSION, TPR, PPR, SPURIOUS, ERROR_STATUS, INITIAL_COUNT, CURRENT_COUNT, DIVIDE ->
          register(msr);
      default ->
          msr >= ISR && msr <= IRR_LAST || msr >= LVT && msr <= LVT_LAST ? register(msr) : null;
    };
  }

  private static int offset(int msr) {
    return msr - FIRST << 4;
  }

  private Long register(int msr) {
    return apic.read(offset(msr), 4);
  }

  /** False for #GP. */
  boolean write(int msr, long value) {
    if (!exists(msr) || (value & ~writable(msr)) != 0) {
      return false;
    }
    switch (msr) {
      case ICR -> apic.x2Send(value);
      case SELF_IPI -> apic.selfInterrupt((int) value);
      default -> apic.write(offset(msr), 4, value);
    }
    return true;
  }

  private static boolean exists(int msr) {
    return switch (msr) {
      case TPR, EOI, SPURIOUS, ERROR_STATUS, ICR, INITIAL_COUNT, DIVIDE, SELF_IPI -> true;
      default -> msr >= LVT && msr <= LVT_LAST;
    };
  }

  /** Bits that may be 1 in a register that can be written. */
  private static long writable(int msr) {
    return switch (msr) {
      case TPR, SELF_IPI -> 0xFF;
      case EOI, ERROR_STATUS -> 0;
      case SPURIOUS -> 0x3FF;
      case ICR -> LOW << 32 | LocalApic.COMMAND_BITS;
      case INITIAL_COUNT -> LOW;
      case DIVIDE -> 0xB;
      default -> LocalApic.lvtBits(msr - LVT) | LVT_STATUS;
    };
  }
}
