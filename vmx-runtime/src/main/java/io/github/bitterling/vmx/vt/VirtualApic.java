package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * APIC virtualization and virtual interrupts (SDM volume 3, chapter 30): the virtual-APIC page, the
 * APIC-access page, x2APIC MSRs, virtual-interrupt delivery and posted interrupts.
 */
final class VirtualApic {
  private static final int TPR = 0x80;
  private static final int PPR = 0xA0;
  private static final int EOI = 0xB0;
  private static final int ISR = 0x100;
  private static final int IRR = 0x200;
  private static final int ICR_LOW = 0x300;
  private static final int ICR_HIGH = 0x310;
  private static final int SELF_IPI = 0x3F0;

  // Access types of APIC-access exits, table 28-6
  private static final int READ = 0;
  private static final int WRITE = 1;
  private static final int FETCH = 2;
  private static final int LINEAR_DELIVERY = 3;
  private static final int PHYSICAL_DELIVERY = 10;
  private static final int PHYSICAL = 15;

  /** Reserved and status bits of ICR low that must be 0 for a self-IPI, level, mode. */
  private static final int ICR_NOT_PLAIN = 0xFFF0_0000 | 0x3 << 16 | 0xF << 12 & ~(1 << 14) | 0x700;

  private static final int ICR_SHORTHAND = 3 << 18;
  private static final int ICR_SELF = 1 << 18;

  /** Outstanding notification, bit 256 of the posted-interrupt descriptor. */
  private static final int OUTSTANDING = 32;

  private static final int X2APIC_TPR = 0x808;
  private static final int X2APIC_EOI = 0x80B;
  private static final int X2APIC_SELF_IPI = 0x83F;

  private final VmxState state;

  VirtualApic(VmxState state) {
    this.state = state;
  }

  private boolean delivers() {
    return state.controls.secondary(Bits.VIRTUAL_INTERRUPTS);
  }

  private boolean virtualizesRegisters() {
    return state.controls.secondary(Bits.APIC_REGISTERS);
  }

  // VM entry and exit

  void entered(Cpu cpu) {
    cpu.apicAccessPage = state.controls.apicAccess;
    state.virtualPending = false;
    state.eoiExit = VmxState.NONE;
    state.apicWrite = VmxState.NONE;
    if (delivers()) {
      int status = state.vmcs.get32(Field.GUEST_INTERRUPT_STATUS);
      state.requesting = status & 0xFF;
      state.servicing = status >> 8 & 0xFF;
      updatePpr();
      evaluate(cpu);
    } else if (state.controls.primary(Bits.TPR_SHADOW)
        && state.controls.secondary(Bits.VIRTUALIZE_APIC)) {
      state.tprExitPending = get(TPR) >> 4 < state.controls.tprThreshold; // 27.7.7
    }
  }

  void save() {
    if (delivers()) {
      state.vmcs.set(Field.GUEST_INTERRUPT_STATUS, state.requesting | state.servicing << 8);
    }
  }

  static void left(VmxState state, Cpu cpu) {
    cpu.apicAccessPage = -1;
    state.virtualPending = false;
    state.eoiExit = VmxState.NONE;
    state.apicWrite = VmxState.NONE;
  }

  // The virtual-APIC page

  private int get(int register) {
    return (int) state.memory.readPhysical(state.controls.virtualApic + register, 4);
  }

  private void set(int register, int value) {
    state.memory.writePhysical(state.controls.virtualApic + register, 4, value);
  }

  private void setBit(int set, int vector, boolean on) {
    int register = set + (vector >> 5 << 4);
    int bit = 1 << (vector & 31);
    set(register, on ? get(register) | bit : get(register) & ~bit);
  }

  /** Highest vector of VISR or VIRR, 0 when there is none. */
  private int highest(int set) {
    for (int i = 7; i >= 0; i--) {
      int word = get(set + (i << 4));
      if (word != 0) {
        return i << 5 | 31 - Integer.numberOfLeadingZeros(word);
      }
    }
    return 0;
  }

  // 30.1 and 30.2

  private void updatePpr() {
    int tpr = get(TPR) & 0xFF;
    boolean task = tpr >> 4 >= state.servicing >> 4;
    set(PPR, task ? tpr : state.servicing & 0xF0);
  }

  private void evaluate(Cpu cpu) {
    state.virtualPending =
        !state.controls.primary(Bits.INTERRUPT_WINDOW)
            && state.requesting >> 4 > (get(PPR) & 0xFF) >> 4;
    cpu.attention |= state.virtualPending;
  }

  /** TPR virtualization after VTPR has changed (30.1.2). */
  private void tprChanged(Cpu cpu) {
    if (delivers()) {
      updatePpr();
      evaluate(cpu);
    } else if ((get(TPR) & 0xFF) >> 4 < state.controls.tprThreshold) {
      state.tprExitPending = true;
      cpu.attention = true;
    }
  }

  private void endOfInterrupt(Cpu cpu) {
    int vector = state.servicing;
    setBit(ISR, vector, false);
    state.servicing = highest(ISR);
    updatePpr();
    if ((state.controls.eoiExit[vector >> 6] >>> (vector & 63) & 1) != 0) {
      state.eoiExit = vector;
      cpu.attention = true;
    } else {
      evaluate(cpu);
    }
  }

  private void request(Cpu cpu, int vector) {
    setBit(IRR, vector, true);
    state.requesting = Math.max(state.requesting, vector);
    evaluate(cpu);
  }

  /** MOV to CR8 with the TPR shadow (30.3). */
  void writeCr8(Cpu cpu, long value) {
    set(TPR, (int) value << 4);
    tprChanged(cpu);
  }

  long readCr8() {
    return (get(TPR) & 0xFF) >> 4;
  }

  /**
   * 30.2.2: takes the virtual interrupt that is due.
   *
   * @return its vector, or -1
   */
  int acknowledge() {
    if (!state.virtualPending) {
      return -1;
    }
    int vector = state.requesting;
    setBit(ISR, vector, true);
    state.servicing = vector;
    set(PPR, vector & 0xF0);
    setBit(IRR, vector, false);
    state.requesting = highest(IRR);
    state.virtualPending = false;
    return vector;
  }

  /** 30.6: the notification arrived and was acknowledged; moves posted requests to VIRR. */
  void post(Cpu cpu) {
    cpu.apic.write(EOI, 4, 0);
    long descriptor = state.controls.postedDescriptor;
    long notification = state.memory.readPhysical(descriptor + OUTSTANDING, 1);
    state.memory.writePhysical(descriptor + OUTSTANDING, 1, notification & ~1L);
    for (int i = 0; i < 8; i++) {
      int posted = (int) state.memory.readPhysical(descriptor + 4 * i, 4);
      if (posted != 0) {
        state.memory.writePhysical(descriptor + 4 * i, 4, 0);
        set(IRR + (i << 4), get(IRR + (i << 4)) | posted);
        int top = i << 5 | 31 - Integer.numberOfLeadingZeros(posted);
        state.requesting = Math.max(state.requesting, top);
      }
    }
    evaluate(cpu);
  }

  // The APIC-access page, 30.4

  /** Linear read; 0 with the exit recorded when it is not virtualized. */
  long read(Cpu cpu, int offset, int bytes) {
    if (contained(offset, bytes) && readable(offset & 0xFF0)) {
      return state.memory.readPhysical(state.controls.virtualApic + offset, bytes);
    }
    accessExit(cpu, offset, READ);
    return 0;
  }

  /** Linear write, and what it means to the virtual APIC. */
  void write(Cpu cpu, int offset, int bytes, long value) {
    if (!contained(offset, bytes) || !writable(offset & 0xFF0)) {
      accessExit(cpu, offset, WRITE);
      return;
    }
    state.memory.writePhysical(state.controls.virtualApic + offset, bytes, value);
    written(cpu, offset & 0xFF0);
  }

  void fetchExit(Cpu cpu, long linear) {
    cpu.vmExit(ExitReason.APIC_ACCESS.number(), linear & 0xFFF | (long) FETCH << 12);
  }

  /** Access to a paging structure of the guest in the page: no offset. */
  void physicalExit(Cpu cpu) {
    long type = state.delivering != 0 ? PHYSICAL_DELIVERY : PHYSICAL;
    cpu.vmExit(ExitReason.APIC_ACCESS.number(), type << 12);
  }

  private void accessExit(Cpu cpu, int offset, int type) {
    long seen = state.delivering != 0 ? LINEAR_DELIVERY : type;
    cpu.vmExit(ExitReason.APIC_ACCESS.number(), offset | seen << 12);
  }

  /** In the low four bytes of a register's 16. */
  private boolean contained(int offset, int bytes) {
    return state.controls.primary(Bits.TPR_SHADOW) && (offset & 15) + bytes <= 4;
  }

  private boolean readable(int register) {
    if (!virtualizesRegisters()) {
      return register == TPR;
    }
    return switch (register) {
      case 0x20, 0x30, TPR, EOI, 0xD0, 0xE0, 0xF0, 0x280, ICR_LOW, ICR_HIGH, 0x380, 0x3E0 -> true;
      default -> register >= ISR && register < 0x280 || register >= 0x320 && register <= 0x370;
    };
  }

  private boolean writable(int register) {
    if (!virtualizesRegisters()) {
      return register == TPR || delivers() && (register == EOI || register == ICR_LOW);
    }
    return switch (register) {
      case 0x20, TPR, EOI, 0xD0, 0xE0, 0xF0, 0x280, ICR_LOW, ICR_HIGH, 0x380, 0x3E0 -> true;
      default -> register >= 0x320 && register <= 0x370;
    };
  }

  /** APIC-write emulation, 30.4.3.2. */
  private void written(Cpu cpu, int register) {
    switch (register) {
      case TPR -> {
        set(TPR, get(TPR) & 0xFF);
        tprChanged(cpu);
      }
      case ICR_HIGH -> set(ICR_HIGH, get(ICR_HIGH) & 0xFF00_0000);
      case EOI -> {
        if (delivers()) {
          set(EOI, 0);
          endOfInterrupt(cpu);
        } else {
          writeExit(cpu, register);
        }
      }
      case ICR_LOW -> {
        int command = get(ICR_LOW);
        if (delivers() && selfIpi(command)) {
          request(cpu, command & 0xFF);
        } else {
          writeExit(cpu, register);
        }
      }
      default -> writeExit(cpu, register);
    }
  }

  private static boolean selfIpi(int command) {
    return (command & ICR_NOT_PLAIN) == 0
        && (command & ICR_SHORTHAND) == ICR_SELF
        && (command & 0xF0) != 0;
  }

  /** The instruction completes, then comes the exit. */
  private void writeExit(Cpu cpu, int register) {
    state.apicWrite = register;
    cpu.attention = true;
  }

  // x2APIC MSRs, 30.5

  /** Value, or null where the MSR is not virtualized. */
  Long readMsr(int msr) {
    boolean all = virtualizesRegisters() && msr >>> 8 == 8;
    if (!state.controls.secondary(Bits.VIRTUALIZE_X2APIC) || !all && msr != X2APIC_TPR) {
      return null;
    }
    return state.memory.readPhysical(state.controls.virtualApic + ((msr & 0xFF) << 4), 8);
  }

  /** Null where the MSR is not virtualized, else whether the value is allowed. */
  Boolean writeMsr(Cpu cpu, int msr, long value) {
    boolean ours = msr == X2APIC_TPR || delivers() && (msr == X2APIC_EOI || msr == X2APIC_SELF_IPI);
    if (!state.controls.secondary(Bits.VIRTUALIZE_X2APIC) || !ours) {
      return null;
    }
    if (value >>> 8 != 0 || msr == X2APIC_EOI && value != 0) {
      return false;
    }
    state.memory.writePhysical(state.controls.virtualApic + ((msr & 0xFF) << 4), 8, value);
    switch (msr) {
      case X2APIC_TPR -> tprChanged(cpu);
      case X2APIC_EOI -> endOfInterrupt(cpu);
      default -> {
        if (value < 16) {
          writeExit(cpu, SELF_IPI);
        } else {
          request(cpu, (int) value);
        }
      }
    }
    return true;
  }
}
