package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.EventUnit;
import io.github.bitterling.vmx.cpu.VmxUnit.Boundary;

/**
 * Events of one processor: what is taken between instructions and in which order (SDM volume 3,
 * table 6-2), how exceptions combine to double and triple faults (table 6-5), and where each
 * becomes a VM exit.
 */
public final class Events implements EventUnit {
  // Interruption types of VMX, also used to name where an event came from (SDM volume 3, table
  // 25-14)
  private static final int EXTERNAL = 0;
  private static final int TYPE_NMI = 2;
  private static final int DR7_ENABLES = 0xFF;
  private static final int HARDWARE = 3;
  private static final int SOFTWARE_INTERRUPT = 4;
  private static final int PRIVILEGED = 5;
  private static final int SOFTWARE_EXCEPTION = 6;

  private static final long BREAKPOINTS = 0xF;

  /** With the pending debug exceptions of an SMI: it came between iterations. */
  static final long REPEATING = 1 << 16;

  private static final int DR6_BD = 1 << 13;
  private static final int DR6_BS = 1 << 14;

  /** Faults on the way to handlers after which no end is expected. */
  private static final int ENDLESS = 100;

  private final MachineControl machine;
  private final ProcessorReset reset;
  private final SystemManagement smm;

  /** TF as it was before the instruction now running. */
  private boolean trapArmed;

  /** Faults on the way to a handler since one was reached. */
  private int chain;

  /** RF as it was before the instruction now running. */
  private boolean resumed;

  /**
   * Data and I/O breakpoints the instruction now running has met, as {@link Breakpoints} has it.
   */
  private long watchHits;

  /**
   * The instruction at RIP is a repeated string instruction that has iterations behind it and ahead
   * of it: events push RF as 1, and it meets no instruction breakpoint again (SDM volume 3,
   * 18.3.1.1).
   */
  private boolean repeating;

  private int shadowSeen;
  private long shadowSince;

  Events(MachineControl machine, ProcessorReset reset, SystemManagement smm) {
    this.machine = machine;
    this.reset = reset;
    this.smm = smm;
  }

  // Faults

  @Override
  public void deliverFault(Cpu cpu) {
    if (cpu.fault == Cpu.FAULT_VMEXIT) {
      exit(cpu);
      return;
    }
    if (cpu.fault == Cpu.FAULT_WAIT) {
      cpu.fault = Cpu.FAULT_NONE;
      cpu.interruptShadow = 0;
      cpu.attention = true;
      return;
    }
    watchHits = 0;
    if (cpu.faultVector == Vector.DB) {
      cpu.faultLinear = DR6_BD; // the only #DB an instruction raises by itself
    }
    exception(cpu, cpu.faultVector, cpu.faultHasError, cpu.faultError, HARDWARE, cpu.rip, true);
  }

  /**
   * An exception and whatever comes of trying to deliver it; for #DB faultLinear holds the DR6
   * bits.
   */
  private void exception(
      Cpu cpu, int vector, boolean hasError, long error, int type, long returnTo, boolean resume) {
    cpu.fault = Cpu.FAULT_NONE;
    if (cpu.nonRoot
        && cpu.vmx.interceptException(cpu, vector, error, hasError, type, cpu.faultLinear)) {
      exit(cpu);
      return;
    }
    if (vector == Vector.PF) {
      cpu.cr2 = cpu.faultLinear;
    }
    if (vector == Vector.DB) {
      // B0-B3 are of this exception, the others stay until software clears them (17.2.3)
      cpu.dr[6] = cpu.dr[6] & ~BREAKPOINTS | cpu.faultLinear;
      cpu.dr[7] &= ~0x2000L;
    }
    attempt(cpu, vector, type, hasError, error, returnTo, resume);
  }

  private void attempt(
      Cpu cpu, int vector, int type, boolean hasError, long error, long returnTo, boolean resume) {
    cpu.fault = Cpu.FAULT_NONE;
    boolean software = type == SOFTWARE_INTERRUPT || type == SOFTWARE_EXCEPTION;
    if (cpu.nonRoot) {
      int information = vector | type << 8 | (hasError ? 1 << 11 : 0) | 1 << 31;
      cpu.vmx.deliveringEvent(cpu, information & 0xFFFFFFFFL, error);
    }
    try {
      Delivery.run(cpu, vector, software, hasError, error, returnTo, resume);
      chain = 0;
      delivered(cpu);
      takeHits(cpu); // of the stack it was pushed on: before the handler's first instruction
    } catch (GuestFault nested) {
      nested(cpu, vector, type);
    }
  }

  private static void delivered(Cpu cpu) {
    if (cpu.nonRoot) {
      cpu.vmx.deliveringEvent(cpu, 0, 0);
    }
  }

  /** A fault during delivery: serial handling, double fault, or shutdown. */
  private void nested(Cpu cpu, int first, int firstType) {
    if (cpu.fault != Cpu.FAULT_EXCEPTION) {
      if (cpu.fault == Cpu.FAULT_VMEXIT) {
        exit(cpu);
      }
      return;
    }
    int second = cpu.faultVector;
    external(cpu, firstType);
    if (second == Vector.PF) {
      cpu.cr2 = cpu.faultLinear; // whatever becomes of it (SDM volume 3, 6.15, #PF, footnote)
    }
    boolean exceptionFirst = firstType == HARDWARE;
    if (++chain > ENDLESS) {
      hang(cpu);
    } else if (exceptionFirst && first == Vector.DF) {
      tripleFault(cpu);
    } else if (exceptionFirst && doubles(first, second)) {
      exception(cpu, Vector.DF, true, 0, HARDWARE, cpu.rip, false);
    } else {
      exception(cpu, second, cpu.faultHasError, cpu.faultError, HARDWARE, cpu.rip, true);
    }
  }

  /**
   * EXT in the error code of a fault on the way to the handler of anything but INT n, INT3 and INTO
   * (SDM volume 3, 6.13).
   */
  private static void external(Cpu cpu, int type) {
    boolean software = type == SOFTWARE_INTERRUPT || type == SOFTWARE_EXCEPTION;
    int vector = cpu.faultVector;
    if (!software && (vector >= Vector.TS && vector <= Vector.GP || vector == Vector.AC)) {
      cpu.faultError |= 1;
    }
  }

  private static boolean doubles(int first, int second) {
    if (first == Vector.PF || first == Vector.VE) {
      return second == Vector.PF || second == Vector.VE || contributory(second);
    }
    return contributory(first) && contributory(second);
  }

  private static boolean contributory(int vector) {
    return vector == Vector.DE || vector >= Vector.TS && vector <= Vector.GP;
  }

  /**
   * Faults that are handled one after the other (SDM volume 3, table 6-5) without end, such as #AC
   * of the stack that #AC is pushed on: the processor is at it until INIT or reset.
   */
  private void hang(Cpu cpu) {
    forget();
    cpu.fault = Cpu.FAULT_NONE;
    cpu.activity = Cpu.Activity.SHUTDOWN;
    cpu.attention = true;
  }

  private void tripleFault(Cpu cpu) {
    forget();
    cpu.fault = Cpu.FAULT_NONE;
    if (cpu.nonRoot && cpu.vmx.interceptTripleFault(cpu)) {
      exit(cpu);
      return;
    }
    cpu.activity = Cpu.Activity.SHUTDOWN;
    cpu.attention = true;
    machine.reset("triple fault", false);
  }

  private void exit(Cpu cpu) {
    forget();
    cpu.vmx.performExit(cpu);
    cpu.fault = Cpu.FAULT_NONE;
    cpu.attention = true;
  }

  /** What an instruction or delivery that did not come to its end has met is not met later. */
  private void forget() {
    chain = 0;
    watchHits = 0;
  }

  // Software interrupts, from helpers

  /** INT n; faults of the delivery are the instruction's own. */
  void softwareInterrupt(Cpu cpu, int vector) {
    if (Modes.v86(cpu) && v86Interrupt(cpu, vector)) {
      trapArmed = false; // TF was cleared before the instruction ended
      return;
    }
    trap(cpu, vector, SOFTWARE_INTERRUPT);
  }

  /** INT3 and INTO. */
  void softwareException(Cpu cpu, int vector) {
    intercepted(cpu, vector, SOFTWARE_EXCEPTION);
    trap(cpu, vector, SOFTWARE_EXCEPTION);
  }

  /** INT1. */
  void int1(Cpu cpu) {
    intercepted(cpu, Vector.DB, PRIVILEGED);
    trap(cpu, Vector.DB, PRIVILEGED);
  }

  private static void intercepted(Cpu cpu, int vector, int type) {
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptException(cpu, vector, 0, false, type, 0));
    }
  }

  private void trap(Cpu cpu, int vector, int type) {
    if (cpu.nonRoot) {
      cpu.vmx.deliveringEvent(cpu, (vector | type << 8 | 1 << 31) & 0xFFFFFFFFL, 0);
    }
    long at = cpu.rip;
    try {
      Delivery.run(cpu, vector, type != PRIVILEGED, false, 0, cpu.nextRip, false);
    } catch (GuestFault fault) {
      if (cpu.fault == Cpu.FAULT_EXCEPTION) {
        delivered(cpu);
        external(cpu, type);
      }
      throw fault;
    }
    delivered(cpu);
    trapArmed = false; // TF was cleared before the instruction ended
    cpu.nextRip = cpu.rip;
    cpu.rip = at;
  }

  /**
   * Virtual-8086 INT n with VME redirection or too low an IOPL; true when it was carried out here.
   */
  private static boolean v86Interrupt(Cpu cpu, int vector) {
    boolean vme = (cpu.cr4 & Bits.CR4_VME) != 0;
    if (vme && !redirected(cpu, vector)) {
      toVirtualTable(cpu, vector);
      return true;
    }
    if (Modes.iopl(cpu) < 3) {
      throw GuestFault.gp(cpu);
    }
    return false;
  }

  /**
   * Bit of the interrupt redirection bitmap below the I/O bitmap of the TSS (SDM volume 3, 20.3.3).
   */
  private static boolean redirected(Cpu cpu, int vector) {
    long map = Descriptors.system(cpu, cpu.tr.base + 0x66, 2) - 32 + (vector >> 3);
    return map > cpu.tr.limit
        || (Descriptors.system(cpu, cpu.tr.base + map, 1) >> (vector & 7) & 1) != 0;
  }

  private static void toVirtualTable(Cpu cpu, int vector) {
    long entry = Mem.load(cpu, vector * 4L, 4);
    Stack stack = Stack.current(cpu);
    long image = cpu.flags() & 0xFFFF;
    boolean full = Modes.iopl(cpu) == 3;
    if (!full) {
      image = image & ~(long) Cpu.IF | Cpu.IOPL | (cpu.flag(Cpu.VIF) ? Cpu.IF : 0);
    }
    stack.push(image, 2);
    stack.push(cpu.cs.selector, 2);
    stack.push(cpu.nextRip, 2);
    cpu.rflags &= ~(long) (Cpu.TF | (full ? Cpu.IF : Cpu.VIF)); // table 20-2, methods 5 and 6
    stack.commit();
    SegmentLoads.loadReal(cpu, cpu.cs, (int) (entry >>> 16) & 0xFFFF);
    cpu.nextRip = entry & 0xFFFF;
    Modes.update(cpu);
  }

  // VM entry

  @Override
  public void inject(Cpu cpu, int information, long error, int instructionLength) {
    int vector = information & 0xFF;
    int type = information >> 8 & 7;
    boolean advances = type >= SOFTWARE_INTERRUPT;
    long returnTo = advances ? cpu.rip + instructionLength : cpu.rip;
    if (type == TYPE_NMI) {
      cpu.nmiBlocked = true;
    }
    if (type == SOFTWARE_INTERRUPT && Modes.v86(cpu) && (cpu.cr4 & Bits.CR4_VME) != 0) {
      injectVirtual8086(cpu, vector, returnTo);
    } else {
      attempt(
          cpu,
          vector,
          type,
          (information & 1 << 11) != 0,
          error,
          returnTo,
          cpu.flag(Cpu.RF)); // 27.6.1.1: RF as loaded
    }
    trapArmed = false;
    cpu.activity = Cpu.Activity.ACTIVE;
  }

  /**
   * 27.6.1.1: a software interrupt for virtual-8086 mode follows the redirection bitmap when
   * CR4.VME is set. Without VME a low IOPL does not matter.
   */
  private void injectVirtual8086(Cpu cpu, int vector, long returnTo) {
    cpu.fault = Cpu.FAULT_NONE;
    long at = cpu.rip;
    cpu.vmx.deliveringEvent(cpu, (vector | SOFTWARE_INTERRUPT << 8 | 1 << 31) & 0xFFFFFFFFL, 0);
    try {
      if (redirected(cpu, vector)) {
        if (Modes.iopl(cpu) < 3) {
          throw GuestFault.gp(cpu);
        }
        Delivery.run(cpu, vector, true, false, 0, returnTo, cpu.flag(Cpu.RF));
      } else {
        cpu.nextRip = returnTo;
        toVirtualTable(cpu, vector);
        cpu.rip = cpu.nextRip;
      }
      delivered(cpu);
    } catch (GuestFault nested) {
      cpu.rip = at;
      nested(cpu, vector, SOFTWARE_INTERRUPT);
    }
  }

  // Between instructions

  @Override
  public boolean service(Cpu cpu) {
    expireShadow(cpu);
    cpu.taskSwitched = false;
    cpu.resumeLoaded = false;
    repeating = cpu.repeating || (cpu.pendingDebug & REPEATING) != 0;
    cpu.repeating = false;
    cpu.pendingDebug &= ~REPEATING;
    if (cpu.activity == Cpu.Activity.WAIT_FOR_SIPI) {
      return waitForSipi(cpu);
    }
    if (pendingExit(cpu, Boundary.INIT) || smi(cpu) || init(cpu)) {
      return runnable(cpu);
    }
    cpu.latched &= ~Cpu.LATCH_SIPI;
    if (cpu.activity == Cpu.Activity.SHUTDOWN && !cpu.nonRoot) {
      cpu.attention = false;
      return false;
    }
    if (cpu.activity == Cpu.Activity.MONITOR_WAIT && monitorEnds(cpu)) {
      wake(cpu);
    }
    if (taken(cpu)) {
      // The same boundary again: other events may be due before the next instruction
      trapArmed = cpu.flag(Cpu.TF);
      cpu.stepping = false;
      cpu.attention = true;
      return runnable(cpu);
    }
    trapArmed = cpu.flag(Cpu.TF);
    resumed = cpu.flag(Cpu.RF);
    cpu.stepping =
        trapArmed
            || resumed
            || (cpu.dr[7] & DR7_ENABLES) != 0
            || cpu.nonRoot && cpu.vmx.monitorTrap(cpu);
    cpu.attention = cpu.interruptShadow != 0 || cpu.stepping;
    return runnable(cpu);
  }

  private static boolean monitorEnds(Cpu cpu) {
    return cpu.monitor.triggered() || cpu.monitor.maskedInterrupts && cpu.apic.interruptPending();
  }

  /**
   * One event in the order of SDM volume 3, table 6-2, with the VM exits of 26.2, 26.5 and 27.7 in
   * their places.
   */
  private boolean taken(Cpu cpu) {
    return pendingExit(cpu, Boundary.DEBUG_TRAP)
        || debugTrap(cpu)
        || pendingExit(cpu, Boundary.NMI)
        || nmi(cpu)
        || pendingExit(cpu, Boundary.INTERRUPT)
        || interrupt(cpu)
        || codeBreakpoint(cpu)
        || bothVirtual(cpu);
  }

  /**
   * VIF and VIP both set at the beginning of an instruction, which POPF, IRET and task switches
   * leave behind (SDM volume 3, 20.3.2 and 20.4).
   */
  private boolean bothVirtual(Cpu cpu) {
    if (!cpu.flag(Cpu.VIP) || !cpu.flag(Cpu.VIF) || cpu.cpl != 3 || Modes.code64(cpu)) {
      return false;
    }
    long enable = Modes.v86(cpu) ? Bits.CR4_VME : Bits.CR4_PVI;
    if ((cpu.cr4 & enable) == 0 || cpu.activity != Cpu.Activity.ACTIVE) {
      return false;
    }
    exception(cpu, Vector.GP, true, 0, HARDWARE, cpu.rip, true);
    return true;
  }

  private static boolean runnable(Cpu cpu) {
    boolean runs = cpu.activity == Cpu.Activity.ACTIVE;
    if (!runs && cpu.activity != Cpu.Activity.WAIT_FOR_SIPI) {
      cpu.attention = false;
    }
    return runs;
  }

  /** A shadow lasts until one more instruction has retired. */
  private void expireShadow(Cpu cpu) {
    if (cpu.interruptShadow != shadowSeen) {
      shadowSeen = cpu.interruptShadow;
      shadowSince = cpu.retired;
    } else if (shadowSeen != 0 && cpu.retired != shadowSince) {
      shadowSeen = 0;
      cpu.interruptShadow = 0;
    }
  }

  private boolean waitForSipi(Cpu cpu) {
    cpu.attention = false;
    cpu.latched &= ~(cpu.nonRoot ? 0 : Cpu.LATCH_INIT);
    if (cpu.nonRoot && init(cpu)) {
      cpu.attention = true;
      return runnable(cpu);
    }
    if ((cpu.latched & Cpu.LATCH_SIPI) == 0) {
      return false;
    }
    cpu.latched &= ~Cpu.LATCH_SIPI;
    cpu.attention = true;
    if (cpu.nonRoot) {
      if (cpu.vmx.interceptSipi(cpu, cpu.sipiVector)) {
        exit(cpu);
      }
      return runnable(cpu);
    }
    reset.startUp(cpu, cpu.sipiVector);
    return true;
  }

  /** SMI: from every state but wait-for-SIPI; in SMM one stays latched (SDM volume 3, 32.3.1). */
  private boolean smi(Cpu cpu) {
    if ((cpu.latched & Cpu.LATCH_SMI) == 0 || cpu.smm) {
      return false;
    }
    cpu.latched &= ~Cpu.LATCH_SMI;
    trapArmed = false;
    resumed = false;
    watchHits = 0;
    cpu.stepping = false;
    cpu.pendingDebug |= repeating ? REPEATING : 0; // comes back with RSM
    smm.enter(cpu);
    shadowSeen = 0;
    return true;
  }

  /** INIT: blocked in VMX root operation and in SMM, an exit in non-root operation. */
  private boolean init(Cpu cpu) {
    boolean blocked = cpu.smm || cpu.vmxOperation && !cpu.nonRoot;
    if ((cpu.latched & Cpu.LATCH_INIT) == 0 || blocked) {
      return false;
    }
    cpu.latched &= ~Cpu.LATCH_INIT;
    cpu.attention = true;
    if (cpu.nonRoot) {
      if (cpu.vmx.interceptInit(cpu)) {
        exit(cpu);
      }
      return true;
    }
    trapArmed = false;
    reset.init(cpu);
    return true;
  }

  /**
   * Traps wait for the end of blocking by MOV SS; conditions without an enabled breakpoint are
   * forgotten.
   */
  private boolean debugTrap(Cpu cpu) {
    boolean held =
        (cpu.interruptShadow & Cpu.SHADOW_SS) != 0 || cpu.activity == Cpu.Activity.SHUTDOWN;
    if (cpu.pendingDebug == 0 || held) {
      return false;
    }
    long pending = cpu.pendingDebug;
    cpu.pendingDebug = 0;
    if ((pending & (Breakpoints.ENABLED | DR6_BS | Bits.DR6_BT)) == 0) {
      return false;
    }
    cpu.faultLinear = pending & ~Breakpoints.ENABLED;
    wake(cpu);
    exception(cpu, Vector.DB, false, 0, HARDWARE, cpu.rip, repeating);
    return true;
  }

  /** Instruction breakpoints are faults: before the instruction, once (SDM volume 3, 17.3.1.1). */
  private boolean codeBreakpoint(Cpu cpu) {
    boolean afterSs = (cpu.interruptShadow & Cpu.SHADOW_SS) != 0; // 6.8.3
    boolean suppressed = cpu.flag(Cpu.RF) || repeating || afterSs;
    if ((cpu.dr[7] & DR7_ENABLES) == 0 || suppressed || cpu.activity != Cpu.Activity.ACTIVE) {
      return false;
    }
    long linear = cpu.rip + (ModeKey.codeSize(cpu.mode) == ModeKey.CODE64 ? 0 : cpu.cs.base);
    long hit = Breakpoints.code(cpu, linear);
    if ((hit & Breakpoints.ENABLED) == 0) {
      return false;
    }
    cpu.faultLinear = hit & ~Breakpoints.ENABLED;
    exception(
        cpu, Vector.DB, false, 0, HARDWARE, cpu.rip, false); // 17.3.1.1: RF is the handler's affair
    return true;
  }

  private boolean pendingExit(Cpu cpu, Boundary before) {
    if (cpu.nonRoot && cpu.vmx.interceptPending(cpu, before)) {
      exit(cpu);
      return true;
    }
    return false;
  }

  private boolean nmi(Cpu cpu) {
    if ((cpu.latched & Cpu.LATCH_NMI) == 0 || cpu.interruptShadow != 0) {
      return false;
    }
    if (cpu.nonRoot && cpu.vmx.interceptNmi(cpu)) {
      cpu.latched &= ~Cpu.LATCH_NMI;
      exit(cpu);
      return true;
    }
    if (cpu.nmiBlocked) {
      return false;
    }
    cpu.latched &= ~Cpu.LATCH_NMI;
    cpu.nmiBlocked = true;
    wake(cpu);
    attempt(cpu, Vector.NMI, TYPE_NMI, false, 0, cpu.rip, repeating);
    return true;
  }

  private boolean interrupt(Cpu cpu) {
    if (cpu.activity == Cpu.Activity.SHUTDOWN) {
      return false;
    }
    while (cpu.nonRoot && cpu.apic.interruptPending() && cpu.vmx.interceptExternalInterrupt(cpu)) {
      if (cpu.fault == Cpu.FAULT_VMEXIT) {
        exit(cpu);
        return true;
      }
    }
    if (!cpu.flag(Cpu.IF) || cpu.interruptShadow != 0) {
      return false;
    }
    return cpu.apic.interruptPending() ? external(cpu) : virtualInterrupt(cpu);
  }

  private boolean external(Cpu cpu) {
    wake(cpu);
    int vector = cpu.apic.acknowledge();
    if (vector >= 0) {
      attempt(cpu, vector, EXTERNAL, false, 0, cpu.rip, repeating);
    }
    return true;
  }

  /** Virtual-interrupt delivery (30.2.2). */
  private boolean virtualInterrupt(Cpu cpu) {
    if (!cpu.nonRoot || !cpu.vmx.virtualInterruptPending(cpu)) {
      return false;
    }
    wake(cpu);
    attempt(cpu, cpu.vmx.acknowledgeVirtual(cpu), EXTERNAL, false, 0, cpu.rip, repeating);
    return true;
  }

  private static void wake(Cpu cpu) {
    if (cpu.activity != Cpu.Activity.ACTIVE) {
      cpu.activity = Cpu.Activity.ACTIVE;
      cpu.monitor.disarm();
    }
  }

  // Data and I/O breakpoints are traps (17.3.1.2): collected by the access, delivered after the
  // instruction

  @Override
  public void accessed(Cpu cpu, long linear, int bytes, boolean write) {
    watchHits |= Breakpoints.data(cpu, linear, bytes, write);
  }

  /** IN, OUT, INS, OUTS with CR4.DE. */
  void portAccessed(Cpu cpu, int port, int bytes) {
    watchHits |= Breakpoints.port(cpu, port, bytes);
  }

  /** The instruction now running has met an enabled data or I/O breakpoint. */
  boolean breakpointMet() {
    return (watchHits & Breakpoints.ENABLED) != 0;
  }

  @Override
  public void afterInstruction(Cpu cpu) {
    if (resumed && !cpu.taskSwitched && !cpu.resumeLoaded) {
      cpu.rflags &= ~(long) Cpu.RF;
    }
    takeHits(cpu);
    if (trapArmed && !cpu.taskSwitched) {
      cpu.pendingDebug |= DR6_BS;
      cpu.attention = true;
    }
    cpu.taskSwitched = false;
    cpu.resumeLoaded = false;
    trapArmed = cpu.flag(Cpu.TF);
    cpu.attention |= cpu.stepping;
  }

  private void takeHits(Cpu cpu) {
    if (watchHits != 0) {
      cpu.pendingDebug |= watchHits;
      watchHits = 0;
      cpu.attention = true;
    }
  }
}
