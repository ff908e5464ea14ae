package io.github.bitterling.vmx.cpu;

import io.github.bitterling.vmx.mem.Tlb;

/**
 * Architectural state of one logical processor, plus what the engines and the dispatch loop
 * exchange. Fields are public because compiled regions and the interpreter live on them; everybody
 * else goes through the units. Behaviour lives elsewhere: paging, segmentation, exceptions, VMX.
 */
public final class Cpu {
  // What ended a run early, see fault
  public static final int FAULT_NONE = 0;

  /** Exception {@link #faultVector} with {@link #faultError}; not yet delivered. */
  public static final int FAULT_EXCEPTION = 1;

  /** Run the instruction at rip in tier 0: it meets a device or translated code. */
  public static final int FAULT_RETRY = 2;

  /**
   * VM exit {@link #exitReason} with {@link #exitQualification}; state is before the instruction.
   */
  public static final int FAULT_VMEXIT = 3;

  /** Instruction known to the table but not implemented: the machine stops and says so. */
  public static final int FAULT_UNIMPLEMENTED = 4;

  /**
   * FERR# is asserted: the instruction is tried again after whatever event comes at this boundary.
   */
  public static final int FAULT_WAIT = 5;

  // Bits of rflags beyond the status flags
  public static final int TF = 1 << 8;
  public static final int IF = 1 << 9;
  public static final int DF = 1 << 10;
  public static final int IOPL = 3 << 12;
  public static final int NT = 1 << 14;
  public static final int RF = 1 << 16;
  public static final int VM = 1 << 17;
  public static final int AC = 1 << 18;
  public static final int VIF = 1 << 19;
  public static final int VIP = 1 << 20;
  public static final int ID = 1 << 21;

  /** Order of start: 0 is the bootstrap processor. */
  public final int index;

  /** General registers. */
  public static final int REGISTERS = 16;

  /**
   * RAX RCX RDX RBX RSP RBP RSI RDI R8-R15; above them temporary values of tier 0, without meaning
   * between instructions.
   */
  public final long[] r = new long[4096];

  /** Instruction pointer (offset in CS) of the next, or of the current instruction in a helper. */
  public long rip;

  /** Where an ENDS helper continues; set by the engine to the following instruction. */
  public long nextRip;

  // Status flags, see LazyFlags
  public int flagState;
  public long flagA;
  public long flagB;
  public long flagR;

  /** EFLAGS without the six status flags; bit 1 is always set. */
  public long rflags = 2;

  /** XMM registers, low and high half of each. */
  public final long[] xmm = new long[32];

  /** Upper 128 bits of the YMM registers, low and high half of each. */
  public final long[] ymm = new long[32];

  public int mxcsr = 0x1F80;

  /** BND0 to BND3: lower bound, and complement of the upper; 0 allows everything. */
  public final long[] bnd = new long[8];

  /** User configuration of bounds: directory, BNDPRESERVE 2, enable 1. */
  public long bndcfgu;

  /** The supervisor's, IA32_BNDCFGS. */
  public long bndcfgs;

  /** Why the last #BR: 1 a bound, 2 an invalid entry of the directory, whose address it is. */
  public long bndstatus;

  /** Exceptions of an unfinished SSE instruction's elements while some exceptions are unmasked. */
  public int floatFlags;

  /** Arithmetic that a compiled region may do in line, see {@code SseInline}. */
  public int floatSpan;

  /** A denormal was met since the region was entered. */
  public boolean floatDenormal;

  public final FpuState fpu = new FpuState();

  /** FERR# is asserted. */
  public boolean ferr;

  public final Segment es = new Segment();
  public final Segment cs = new Segment();
  public final Segment ss = new Segment();
  public final Segment ds = new Segment();
  public final Segment fs = new Segment();
  public final Segment gs = new Segment();
  public final Segment ldtr = new Segment();
  public final Segment tr = new Segment();

  /** In ModRM.reg order: ES CS SS DS FS GS. */
  public final Segment[] segments = {es, cs, ss, ds, fs, gs};

  // MSRs that instructions, VM entries and exits use; all others live in the MsrUnit
  public long sysenterCs;
  public long sysenterEsp;
  public long sysenterEip;
  public long star;
  public long lstar;
  public long cstar;

  /** IA32_FMASK. */
  public long fmask;

  public long kernelGsBase;
  public long tscAux;

  /** IA32_PAT. */
  public long pat = 0x0007040600070406L;

  /** IA32_DEBUGCTL. */
  public long debugctl;

  public long gdtrBase;
  public int gdtrLimit;
  public long idtrBase;
  public int idtrLimit;

  public long cr0;
  public long cr2;
  public long cr3;
  public long cr4;

  /** PDPTE registers of PAE paging (SDM volume 3, 4.4.1); loaded by MOV CR and VM entry. */
  public final long[] pdpte = new long[4];

  public long efer;
  public long xcr0 = 1;

  /** IA32_XSS: components of the supervisor that XSAVES and XRSTORS manage. */
  public long xss;

  /** In {@link #pmCtl1}: hardware duty cycling may block this processor. */
  public static final long HDC_ALLOW_BLOCK = 1;

  /** IA32_PM_CTL1, a state component. */
  public long pmCtl1 = HDC_ALLOW_BLOCK;

  public final long[] dr = {0, 0, 0, 0, 0, 0, 0xFFFF0FF0L, 0x400};

  /** 0-3; kept with CS and SS loads (SS.DPL in VMX terms). */
  public int cpl;

  /** ModeKey of the current state; kept by whoever changes CS, SS, CR0, CR4, EFER or VM. */
  public int mode;

  // Events between instructions
  /**
   * The dispatch loop must look for interrupts, traps, INIT, SIPI... before the next instruction.
   */
  public boolean attention;

  /**
   * STI or MOV SS just retired: maskable interrupts (and for MOV SS debug traps) wait one
   * instruction.
   */
  public int interruptShadow;

  public static final int SHADOW_STI = 1;
  public static final int SHADOW_SS = 2;

  /**
   * In {@link #interruptShadow}: the instruction that just retired did not cause the shadow, it
   * brought one back. Tells it from one that this instruction itself stood in and has used up.
   */
  private static final int SHADOW_RESTORED = 4;

  /** NMIs wait for IRET (or the end of the blocking a hypervisor asked for). */
  public boolean nmiBlocked;

  /**
   * Debug traps waiting for the next boundary, as in the VMCS: B0-B3, enabled breakpoint 12, BS 14.
   */
  public long pendingDebug;

  /** A repeated string instruction has stopped between two iterations, at RIP. */
  public boolean repeating;

  /** PAUSE instructions run: a core that runs many of them waits for another one. */
  public int pauses;

  /** A task switch: TF of the old task traps no more, RF is the new task's. */
  public boolean taskSwitched;

  /** IRET has loaded RF: it stays for the next instruction (SDM volume 3, 18.3.1.1). */
  public boolean resumeLoaded;

  /** Latched LATCH_NMI, LATCH_INIT, LATCH_SIPI, LATCH_SMI; setters also set {@link #attention}. */
  public int latched;

  public static final int LATCH_NMI = 1;
  public static final int LATCH_INIT = 2;
  public static final int LATCH_SIPI = 4;
  public static final int LATCH_SMI = 8;

  /** Vector of the latched start-up IPI. */
  public int sipiVector;

  /** What the processor is doing. */
  public Activity activity = Activity.ACTIVE;

  public enum Activity {
    ACTIVE,
    HALTED,
    SHUTDOWN,
    WAIT_FOR_SIPI,
    /**
     * MWAIT: until an interrupt or a store to the line of {@link Monitor}. The VMCS knows it as
     * active.
     */
    MONITOR_WAIT
  }

  // System-management mode (SDM volume 3, chapter 32)
  /** In system-management mode: SMIs and INITs stay latched. */
  public boolean smm;

  /** SMBASE, 32 bits zero-extended: start of this processor's SMRAM. */
  public long smbase = 0x30000;

  /** SMIs taken since power-on (MSR_SMI_COUNT). */
  public int smiCount;

  /** What MONITOR watches. */
  public final Monitor monitor = new Monitor();

  // VMX
  /** In VMX operation (VMXON done). */
  public boolean vmxOperation;

  /** In VMX non-root operation: guest of a hypervisor. */
  public boolean nonRoot;

  /** Physical page whose linear accesses the VMX unit virtualizes, or -1. */
  public long apicAccessPage = -1;

  public int exitReason;
  public long exitQualification;

  // Recorded fault
  public int fault;
  public int faultVector;
  public long faultError;
  public boolean faultHasError;

  /** Linear address for CR2, or guest-linear address of an EPT violation. */
  public long faultLinear;

  /** Guest-physical address of an EPT violation or misconfiguration. */
  public long faultPhysical;

  // Engine
  /** A compiled region is running: see MemoryUnit. */
  public boolean inRegion;

  /**
   * Instructions retired since power-on. Exact in ENDS helpers and device accesses: includes the
   * current one.
   */
  public long retired;

  /** retired + budget when a compiled region was entered: retired = retiredEnd - budget left. */
  public long retiredEnd;

  /** Cycles charged beyond one per instruction (device accesses, halts). */
  public long charged;

  /** TLB of the current address space and privilege. */
  public Tlb tlb = new Tlb();

  /**
   * Changes whenever linear-to-physical mappings of code may have: validates jump-cache entries.
   */
  public long codeTag;

  /**
   * Instructions are run one at a time with {@link EventUnit#afterInstruction}: TF, MTF,
   * breakpoints.
   */
  public boolean stepping;

  public MemoryUnit memory;
  public HelperUnit helpers;
  public EventUnit events;
  public ApicUnit apic;
  public VmxUnit vmx;
  public CoprocessorPins coprocessor = CoprocessorPins.UNWIRED;
  public MsrUnit msrs;

  public Cpu(int index) {
    this.index = index;
  }

  /** Local time: cycles since power-on. */
  public long cycles() {
    return retired + charged;
  }

  /** All of RFLAGS. */
  public long flags() {
    return rflags | LazyFlags.status(flagState, flagA, flagB, flagR);
  }

  /** Sets all of RFLAGS, no checks. */
  public void setFlags(long value) {
    setStatus(value);
    rflags = value & ~(long) LazyFlags.STATUS | 2;
  }

  /** Sets the six status flags from their EFLAGS places. */
  public void setStatus(long value) {
    flagState = LazyFlags.EXPLICIT;
    flagA = 0;
    flagB = 0;
    flagR = value & LazyFlags.STATUS;
  }

  public boolean flag(int bit) {
    return (rflags & bit) != 0;
  }

  /** VM entry and RSM: the next instruction stands in {@code shadow}, STI and MOV SS bits. */
  public void restoreShadow(int shadow) {
    int bits = shadow & (SHADOW_STI | SHADOW_SS);
    interruptShadow = bits == 0 ? 0 : bits | SHADOW_RESTORED;
  }

  /** Latches an event and has the dispatch loop look. */
  public void latch(int event) {
    latched |= event;
    attention = true;
  }

  /** Records an exception without error code. */
  public void raise(int vector) {
    fault = FAULT_EXCEPTION;
    faultVector = vector;
    faultError = 0;
    faultHasError = false;
  }

  /** Records an exception with error code. */
  public void raise(int vector, long error) {
    fault = FAULT_EXCEPTION;
    faultVector = vector;
    faultError = error;
    faultHasError = true;
  }

  /** Records a VM exit caused by the current instruction. */
  public void vmExit(int reason, long qualification) {
    fault = FAULT_VMEXIT;
    exitReason = reason;
    exitQualification = qualification;
  }
}
