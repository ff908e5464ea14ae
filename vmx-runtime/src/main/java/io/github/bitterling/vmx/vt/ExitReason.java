package io.github.bitterling.vmx.vt;

/** Basic exit reasons (SDM volume 3, appendix C), one row each. */
public enum ExitReason {
  EXCEPTION_OR_NMI(0, "Exception or NMI", false),
  EXTERNAL_INTERRUPT(1, "External interrupt", false),
  TRIPLE_FAULT(2, "Triple fault", false),
  INIT(3, "INIT signal", false),
  SIPI(4, "Start-up IPI", false),
  IO_SMI(5, "I/O SMI", false),
  OTHER_SMI(6, "Other SMI", false),
  INTERRUPT_WINDOW(7, "Interrupt window", false),
  NMI_WINDOW(8, "NMI window", false),
  TASK_SWITCH(9, "Task switch", true),
  CPUID(10, "CPUID", true),
  GETSEC(11, "GETSEC", true),
  HLT(12, "HLT", true),
  INVD(13, "INVD", true),
  INVLPG(14, "INVLPG", true),
  RDPMC(15, "RDPMC", true),
  RDTSC(16, "RDTSC", true),
  RSM(17, "RSM", true),
  VMCALL(18, "VMCALL", true),
  VMCLEAR(19, "VMCLEAR", true),
  VMLAUNCH(20, "VMLAUNCH", true),
  VMPTRLD(21, "VMPTRLD", true),
  VMPTRST(22, "VMPTRST", true),
  VMREAD(23, "VMREAD", true),
  VMRESUME(24, "VMRESUME", true),
  VMWRITE(25, "VMWRITE", true),
  VMXOFF(26, "VMXOFF", true),
  VMXON(27, "VMXON", true),
  CR_ACCESS(28, "Control-register access", true),
  MOV_DR(29, "MOV DR", true),
  IO_INSTRUCTION(30, "I/O instruction", true),
  RDMSR(31, "RDMSR", true),
  WRMSR(32, "WRMSR", true),
  INVALID_GUEST_STATE(33, "VM-entry failure: guest state", false),
  MSR_LOADING(34, "VM-entry failure: MSR loading", false),
  MWAIT(36, "MWAIT", true),
  MONITOR_TRAP_FLAG(37, "Monitor trap flag", false),
  MONITOR(39, "MONITOR", true),
  PAUSE(40, "PAUSE", true),
  MACHINE_CHECK(41, "VM-entry failure: machine check", false),
  TPR_BELOW_THRESHOLD(43, "TPR below threshold", false),
  APIC_ACCESS(44, "APIC access", false),
  VIRTUALIZED_EOI(45, "Virtualized EOI", false),
  GDTR_IDTR(46, "Access to GDTR or IDTR", true),
  LDTR_TR(47, "Access to LDTR or TR", true),
  EPT_VIOLATION(48, "EPT violation", false),
  EPT_MISCONFIGURATION(49, "EPT misconfiguration", false),
  INVEPT(50, "INVEPT", true),
  RDTSCP(51, "RDTSCP", true),
  PREEMPTION_TIMER(52, "VMX-preemption timer expired", false),
  INVVPID(53, "INVVPID", true),
  WBINVD(54, "WBINVD", true),
  XSETBV(55, "XSETBV", true),
  APIC_WRITE(56, "APIC write", false),
  RDRAND(57, "RDRAND", true),
  INVPCID(58, "INVPCID", true),
  VMFUNC(59, "VMFUNC", true),
  RDSEED(61, "RDSEED", true),
  PAGE_MODIFICATION_LOG_FULL(62, "Page-modification log full", false),
  XSAVES(63, "XSAVES", true),
  XRSTORS(64, "XRSTORS", true);

  /** A power of two above the highest number. */
  public static final int COUNT = 128;

  private static final ExitReason[] BY_NUMBER = new ExitReason[COUNT];

  static {
    for (ExitReason reason : values()) {
      BY_NUMBER[reason.number] = reason;
    }
  }

  private final int number;
  private final String title;
  private final boolean instruction;

  ExitReason(int number, String title, boolean instruction) {
    this.number = number;
    this.title = title;
    this.instruction = instruction;
  }

  /** Bits 15:0 of the exit-reason field. */
  public int number() {
    return number;
  }

  /** Name in reports. */
  public String title() {
    return title;
  }

  /** Caused by executing an instruction: the VM-exit instruction length is meaningful (28.2.5). */
  public boolean instruction() {
    return instruction;
  }

  /** The row of an exit-reason field (the failure bit and others above 15 are ignored), or null. */
  public static ExitReason of(int reason) {
    int number = reason & 0xFFFF;
    return number < COUNT ? BY_NUMBER[number] : null;
  }

  /** Title of any number. */
  public static String title(int reason) {
    ExitReason row = of(reason);
    return row == null ? "reason " + (reason & 0xFFFF) : row.title;
  }
}
