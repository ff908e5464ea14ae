package io.github.bitterling.vmx.cpu;

/**
 * VMX as the other units meet it (SDM volume 3, chapters 24 to 31 of the 2023 edition). The {@code
 * intercept} methods are called in VMX non-root operation only, after the checks that have priority
 * over the exit; they return true when they recorded a VM exit ({@link Cpu#vmExit}) and the caller
 * must return at once.
 */
public interface VmxUnit {
  /**
   * Instructions that exit by themselves or by one control, named by their basic exit reason:
   * CPUID, HLT, INVD, INVLPG, RDPMC, RDTSC, RDTSCP, MWAIT, MONITOR, PAUSE, WBINVD, XSETBV, RDRAND,
   * RDSEED, INVPCID, GETSEC, RSM, descriptor tables (46, 47), and all VMX instructions.
   */
  boolean interceptInstruction(Cpu cpu, int reason, long qualification);

  /**
   * XSAVES and XRSTORS, named by exit reason.
   *
   * @param components those asked for that IA32_XSS has
   */
  default boolean interceptStates(Cpu cpu, int reason, long components) {
    return false;
  }

  /**
   * Non-root operation only: false where the controls make an instruction (RDTSCP, INVPCID, XSAVES,
   * XRSTORS, named by exit reason) undefined, which has priority over everything else it checks
   * (26.3).
   */
  default boolean instructionExists(int reason) {
    return true;
  }

  /** Port access. bytes 1, 2 or 4; {@code linear} of the memory operand of INS/OUTS. */
  boolean interceptPort(
      Cpu cpu,
      int port,
      int bytes,
      boolean in,
      boolean string,
      boolean rep,
      boolean immediate,
      long linear);

  boolean interceptMsr(Cpu cpu, int msr, boolean write);

  /** MOV to CR0, CR3, CR4, CR8; gpr is the source register. */
  boolean interceptMovToCr(Cpu cpu, int cr, long value, int gpr);

  /** MOV from CR3, CR8. */
  boolean interceptMovFromCr(Cpu cpu, int cr, int gpr);

  boolean interceptClts(Cpu cpu);

  boolean interceptLmsw(Cpu cpu, long value, boolean memory, long linear);

  boolean interceptMovDr(Cpu cpu, int dr, boolean toDr, int gpr);

  /** source: 0 CALL, 1 IRET, 2 JMP, 3 task gate in IDT. */
  boolean interceptTaskSwitch(Cpu cpu, int selector, int source);

  /** CR0 or CR4 as the guest reads it: host-owned bits from the read shadow. */
  long readShadowed(Cpu cpu, int cr, long real);

  /**
   * Value for CR0 or CR4 after a guest write that did not exit: host-owned bits keep their state.
   */
  long mergeHostOwned(Cpu cpu, int cr, long real, long written);

  /**
   * Values CR0/CR4 must have in VMX operation (FIXED0/FIXED1, unrestricted guest considered): false
   * = #GP.
   */
  boolean validInVmx(Cpu cpu, int cr, long value);

  // Events, non-root only
  /**
   * An exception about to be delivered; error code valid when hasError. pageFaultLinear for vector
   * 14.
   */
  boolean interceptException(
      Cpu cpu, int vector, long error, boolean hasError, int type, long pageFaultLinear);

  /**
   * Remembers what was being delivered through the IDT (for IDT-vectoring information); 0 =
   * nothing.
   */
  void deliveringEvent(Cpu cpu, long interruptionInformation, long error);

  /**
   * True when the interrupt exits, then {@link Cpu#fault} says so, or when it was the notification
   * of posted interrupts and is dealt with.
   */
  boolean interceptExternalInterrupt(Cpu cpu);

  boolean interceptNmi(Cpu cpu);

  boolean interceptInit(Cpu cpu);

  boolean interceptSipi(Cpu cpu, int vector);

  boolean interceptTripleFault(Cpu cpu);

  /**
   * Where between two instructions a pending VM exit has its place; each before the event it is
   * named after.
   */
  enum Boundary {
    /** TPR below threshold (27.7.7). */
    INIT,
    /** Monitor trap flag (26.5.2). */
    DEBUG_TRAP,
    /** VMX-preemption timer (26.5.1), then NMI window (26.2). */
    NMI,
    /** Interrupt window (26.2). */
    INTERRUPT
  }

  /**
   * VM exits that no instruction causes and that come right before the event: true when one was
   * recorded.
   */
  boolean interceptPending(Cpu cpu, Boundary before);

  /**
   * The monitor trap flag is on: the guest runs one instruction at a time ({@link Cpu#stepping}).
   */
  default boolean monitorTrap(Cpu cpu) {
    return false;
  }

  /**
   * IRET begins: it ends blocking by NMI, or virtual-NMI blocking, even when it faults (26.3). A VM
   * exit before {@link #iretCompleted} says that NMIs were unblocked.
   */
  void iretExecuted(Cpu cpu);

  /** IRET went through without a fault. */
  default void iretCompleted(Cpu cpu) {}

  /** Carries out the VM exit recorded in the processor: saves the guest, loads the host. */
  void performExit(Cpu cpu);

  // Memory
  /** True when guest-physical addresses go through EPT now. */
  boolean eptActive(Cpu cpu);

  /**
   * Guest-physical to physical through EPT.
   *
   * @param access bit 0 read, bit 1 write, bit 2 fetch, bit 3: paging makes the linear address a
   *     user-mode address
   * @param linear guest-linear address, for the exit information
   * @param finalAccess the translated operand itself; false for a paging-structure access
   * @return physical address, or -1 with an EPT violation or misconfiguration recorded
   */
  long translate(
      Cpu cpu,
      long guestPhysical,
      int access,
      long linear,
      boolean linearValid,
      boolean finalAccess);

  /** Permission bits (read 1, write 2, execute 4) of the last successful translate, for the TLB. */
  int lastPermissions();

  /** Number of the address space for the TLB: 0 outside VMX non-root and without VPID. */
  int vpid(Cpu cpu);

  /**
   * The time-stamp counter as the guest sees it: scaled and offset (26.3); root sees it as it is.
   */
  default long guestTsc(Cpu cpu, long tsc) {
    return tsc;
  }

  // APIC virtualization, non-root only

  /** Read of the page {@link Cpu#apicAccessPage}; an APIC-access exit may be recorded. */
  default long readApicPage(Cpu cpu, int offset, int bytes) {
    return 0;
  }

  /** Write to that page; an APIC-access exit may be recorded. */
  default void writeApicPage(Cpu cpu, int offset, int bytes, long value) {}

  /** A fetch from that page always exits. */
  default void fetchFromApicPage(Cpu cpu, long linear) {}

  /** Value of an MSR of the virtual x2APIC, null where RDMSR works as usual. */
  default Long readVirtualMsr(Cpu cpu, int msr) {
    return null;
  }

  /** Null where WRMSR works as usual; else false = #GP. */
  default Boolean writeVirtualMsr(Cpu cpu, int msr, long value) {
    return null;
  }

  /** Takes the virtual interrupt that is due: its vector, or -1. */
  default int acknowledgeVirtual(Cpu cpu) {
    return -1;
  }

  /** A virtual interrupt waits for RFLAGS.IF and the end of blocking. */
  default boolean virtualInterruptPending(Cpu cpu) {
    return false;
  }

  // MSRs 3Ah and 480h-491h
  /** IA32_FEATURE_CONTROL and the capability MSRs; null when the MSR does not exist. */
  Long readMsr(Cpu cpu, int msr);

  /** False = #GP. */
  boolean writeMsr(Cpu cpu, int msr, long value);

  /** Instructions VMXON..INVVPID by helper number; VMfail and faults as the SDM says. */
  void instruction(Cpu cpu, int helper, long a, long b, long c);

  /**
   * SMI delivery (SDM volume 3, 32.14.1, default treatment): leaves VMX operation and keeps inside
   * what RSM needs to return to it; clears CR4.VMXE.
   */
  default void enterSmm(Cpu cpu) {}

  /**
   * RSM (32.14.2), after the state in SMRAM was loaded: CR4.VMXE, and VMX operation with the bits
   * it fixes, as they were.
   */
  default void leaveSmm(Cpu cpu) {}

  /** EPT pointer in use, 0 without EPT. */
  default long eptPointer(Cpu cpu) {
    return 0;
  }

  /** Board or processor reset: leaves VMX operation. */
  void reset(Cpu cpu, boolean powerOn);
}
