package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * For every basic exit reason a program of one instruction or event, or why there is none, with
 * what the exit leaves: qualification (SDM volume 3, 28.2.1), instruction length and information
 * (28.2.5), interruption information (28.2.2). {@link ExitCaseTests} runs them.
 */
final class ExitCases {
  /** A memory operand [disp32] in 64-bit mode without base and index, segment DS (table 28-13). */
  private static final long ABSOLUTE = 0x0841_8100L;

  /** RCX as the other operand. */
  private static final long WITH_RCX = ABSOLUTE | 1L << 28;

  /** mov ecx, 174h. */
  private static final String SYSENTER_CS = "b974010000";

  static final Map<ExitReason, ExitCase> CASES = new EnumMap<>(ExitReason.class);

  /** Reasons that no program can bring about, and why. */
  static final Map<ExitReason, String> NEVER = new EnumMap<>(ExitReason.class);

  static {
    never();
    events();
    instructions();
    vmxInstructions();
    privileged();
    memory();
    apic();
    fullModel();
  }

  /**
   * A program and its exit.
   *
   * @param full whether it needs the model with all features
   * @param bytes of guest code before the instruction at which the exit has its RIP
   * @param length VM-exit instruction length; 0 where the manual does not define it
   * @param failed whether it is a VM entry that fails
   * @param other what the guest of another core does meanwhile, or null
   */
  record ExitCase(
      boolean full,
      Consumer<Lab> setup,
      int bytes,
      int length,
      long qualification,
      long information,
      long interruption,
      boolean failed,
      String other) {

    private ExitCase(
        Consumer<Lab> setup, int bytes, int length, long qualification, boolean failed) {
      this(false, setup, bytes, length, qualification, 0, 0, failed, null);
    }

    private ExitCase onFull() {
      return new ExitCase(
          true, setup, bytes, length, qualification, information, interruption, failed, other);
    }

    private ExitCase information(long value) {
      return new ExitCase(
          full, setup, bytes, length, qualification, value, interruption, failed, other);
    }

    private ExitCase interruption(long value) {
      return new ExitCase(
          full, setup, bytes, length, qualification, information, value, failed, other);
    }

    private ExitCase failing() {
      return new ExitCase(setup, bytes, length, qualification, true);
    }

    private ExitCase beside(String guest) {
      return new ExitCase(
          full, setup, bytes, length, qualification, information, interruption, failed, guest);
    }
  }

  private ExitCases() {}

  private static int bytes(String hex) {
    return hex.replace(" ", "").length() / 2;
  }

  private static void put(ExitReason reason, ExitCase row) {
    if (CASES.put(reason, row) != null) {
      throw new IllegalStateException("two programs for " + reason);
    }
  }

  /** An instruction that exits, after others. */
  private static ExitCase instruction(
      String before, String code, long qualification, Consumer<Lab> setup) {
    Consumer<Lab> all = lab -> setup.accept(lab.code(before + code));
    return new ExitCase(all, bytes(before), bytes(code), qualification, false);
  }

  private static void instruction(ExitReason reason, String code, Consumer<Lab> setup) {
    put(reason, instruction("", code, 0, setup));
  }

  /** An exit that is not an instruction's: behind so much code. */
  private static ExitCase event(String code, int before, long qualification, Consumer<Lab> setup) {
    Consumer<Lab> all = lab -> setup.accept(lab.code(code));
    return new ExitCase(all, before, 0, qualification, false);
  }

  private static void primary(Lab lab, int bits) {
    lab.or(Field.PRIMARY_CONTROLS, bits & 0xFFFF_FFFFL);
  }

  private static void secondary(Lab lab, int bits) {
    lab.or(Field.SECONDARY_CONTROLS, bits & 0xFFFF_FFFFL);
  }

  private static void never() {
    NEVER.put(ExitReason.IO_SMI, "no dual-monitor treatment of SMM (32.15)");
    NEVER.put(ExitReason.OTHER_SMI, "no dual-monitor treatment of SMM (32.15)");
    NEVER.put(ExitReason.GETSEC, "no SMX: CPUID.1:ECX bit 6 is 0, GETSEC is #UD");
    NEVER.put(ExitReason.RSM, "#UD outside SMM comes first (26.1.1), and SMM is never a guest");
    NEVER.put(ExitReason.MACHINE_CHECK, "the board raises no machine checks");
  }

  private static void events() {
    put(
        ExitReason.EXCEPTION_OR_NMI,
        event("0f0b", 0, 0, lab -> lab.set(Field.EXCEPTION_BITMAP, 1 << 6))
            .interruption(0x8000_0306L));
    String sent = Lab.sendsItself(0x61);
    put(
        ExitReason.EXTERNAL_INTERRUPT,
        event(
            sent,
            bytes(sent) - 1,
            0,
            lab ->
                lab.afresh()
                    .withApic()
                    .or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING)
                    .set(Field.GUEST_RFLAGS, 2 | Cpu.IF)));
    put(ExitReason.TRIPLE_FAULT, event("0f0b", 0, 0, lab -> lab.set(Field.GUEST_IDTR_LIMIT, 0)));
    // mov ebx, FEE00000h; mov dword [rbx+310h], 0; mov dword [rbx+300h], 4500h; nop
    String init = "bb0000e0fe c7831003000000000000 c7830003000000450000 90";
    put(ExitReason.INIT, event(init, bytes(init) - 1, 0, lab -> lab.afresh().withApic()));
    put(
        ExitReason.SIPI,
        event("90", 0, 9, lab -> lab.set(Field.GUEST_ACTIVITY_STATE, 3))
            .beside(MulticoreTests.DELAY + MulticoreTests.sendOthers(0x4609) + "0f01c1"));
    put(
        ExitReason.INTERRUPT_WINDOW,
        event(
            "90",
            0,
            0,
            lab -> {
              primary(lab, Bits.INTERRUPT_WINDOW);
              lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
            }));
    put(
        ExitReason.NMI_WINDOW,
        event(
            "90",
            0,
            0,
            lab -> {
              primary(lab, Bits.NMI_WINDOW);
              lab.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
            }));
    put(
        ExitReason.MONITOR_TRAP_FLAG,
        event("90 90", 1, 0, lab -> primary(lab, Bits.MONITOR_TRAP_FLAG)));
    put(
        ExitReason.PREEMPTION_TIMER,
        event(
            "90",
            0,
            0,
            lab ->
                lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER)
                    .set(Field.PREEMPTION_TIMER_VALUE, 0)));
    put(
        ExitReason.INVALID_GUEST_STATE,
        event("90", 0, 0, lab -> lab.once().set(Field.GUEST_RFLAGS, 0)).failing());
    put(ExitReason.MSR_LOADING, event("90", 0, 1, ExitCases::loadsFsBase).failing());
  }

  /** The area's first entry is IA32_FS_BASE, which it may not hold (27.4). */
  private static void loadsFsBase(Lab lab) {
    lab.once().rig.put64(Lab.AREA, 0xC000_0100L);
    lab.set(Field.ENTRY_MSR_LOAD_ADDRESS, Lab.AREA).set(Field.ENTRY_MSR_LOAD_COUNT, 1);
  }

  private static void instructions() {
    instruction(ExitReason.CPUID, "0fa2", lab -> {});
    instruction(ExitReason.INVD, "0f08", lab -> {});
    instruction(ExitReason.HLT, "f4", lab -> primary(lab, Bits.HLT_EXITING));
    instruction(ExitReason.RDPMC, "0f33", lab -> primary(lab, Bits.RDPMC_EXITING));
    instruction(ExitReason.RDTSC, "0f31", lab -> primary(lab, Bits.RDTSC_EXITING));
    instruction(ExitReason.RDTSCP, "0f01f9", lab -> primary(lab, Bits.RDTSC_EXITING));
    instruction(ExitReason.MWAIT, "0f01c9", lab -> primary(lab, Bits.MWAIT_EXITING));
    instruction(ExitReason.MONITOR, "0f01c8", lab -> primary(lab, Bits.MONITOR_EXITING));
    instruction(ExitReason.PAUSE, "f390", lab -> primary(lab, Bits.PAUSE_EXITING));
    instruction(ExitReason.WBINVD, "0f09", lab -> secondary(lab, Bits.WBINVD_EXITING));
    // rdrand rax: 64 bits
    put(
        ExitReason.RDRAND,
        instruction("", "480fc7f0", 0, lab -> secondary(lab, Bits.RDRAND_EXITING))
            .information(2 << 11));
    put(
        ExitReason.INVLPG,
        instruction("", "0f013c2500000700", Lab.DATA, lab -> primary(lab, Bits.INVLPG_EXITING)));
    put(ExitReason.TASK_SWITCH, instruction("", "ea000000003800", 0x8000_0038L, ExitCases::task));
  }

  private static void task(Lab lab) {
    lab.guest32().rig.descriptor(0x1038, 0x0000_8900_3000_0067L);
  }

  /** Operands at 60010h: the qualification is their displacement. */
  private static void vmxInstructions() {
    instruction(ExitReason.VMCALL, "0f01c1", lab -> {});
    instruction(ExitReason.VMLAUNCH, "0f01c2", lab -> {});
    instruction(ExitReason.VMRESUME, "0f01c3", lab -> {});
    instruction(ExitReason.VMXOFF, "0f01c4", lab -> {});
    operand(ExitReason.VMCLEAR, "660fc73425", ABSOLUTE);
    operand(ExitReason.VMPTRLD, "0fc73425", ABSOLUTE);
    operand(ExitReason.VMPTRST, "0fc73c25", ABSOLUTE);
    operand(ExitReason.VMXON, "f30fc73425", ABSOLUTE);
    operand(ExitReason.VMREAD, "0f780c25", WITH_RCX);
    operand(ExitReason.VMWRITE, "0f790c25", WITH_RCX);
    operand(ExitReason.INVEPT, "660f38800c25", WITH_RCX);
    operand(ExitReason.INVVPID, "660f38810c25", WITH_RCX);
  }

  private static void operand(ExitReason reason, String code, long information) {
    put(reason, instruction("", code + "10000600", 0x60010, lab -> {}).information(information));
  }

  private static void privileged() {
    put(
        ExitReason.CR_ACCESS,
        instruction("", "0f22d8", 3, lab -> primary(lab, Bits.CR3_LOAD_EXITING)));
    // mov rax, dr0: direction in bit 4
    put(
        ExitReason.MOV_DR,
        instruction("", "0f21c0", 0x10, lab -> primary(lab, Bits.MOV_DR_EXITING)));
    // out 42h, al: immediate in bit 6
    put(
        ExitReason.IO_INSTRUCTION,
        instruction("", "e642", 0x42_0040, lab -> lab.rig.put(Lab.IO_A + 8, "04")));
    put(
        ExitReason.RDMSR,
        instruction(SYSENTER_CS, "0f32", 0, lab -> lab.rig.put(Lab.MSR_MAP + 0x2E, "10")));
    put(
        ExitReason.WRMSR,
        instruction(SYSENTER_CS, "0f30", 0, lab -> lab.rig.put(Lab.MSR_MAP + 0x82E, "10")));
    // sidt [70000h], str [70000h]; the operand size in bit 11 is undefined in 64-bit mode
    put(
        ExitReason.GDTR_IDTR,
        instruction(
                "",
                "0f010c2500000700",
                Lab.DATA,
                lab -> secondary(lab, Bits.DESCRIPTOR_TABLE_EXITING))
            .information(ABSOLUTE | 1 << 28 | 1 << 11));
    put(
        ExitReason.LDTR_TR,
        instruction(
                "",
                "0f000c2500000700",
                Lab.DATA,
                lab -> secondary(lab, Bits.DESCRIPTOR_TABLE_EXITING))
            .information(ABSOLUTE | 1 << 28));
  }

  private static void memory() {
    String read = "8b042500000700";
    // a data read, translated by the guest's own paging
    put(ExitReason.EPT_VIOLATION, event(read, 0, 0x181, lab -> lab.rig.put64(Lab.DATA_EPTE, 0)));
    // writable but not readable
    put(
        ExitReason.EPT_MISCONFIGURATION,
        event(read, 0, 0, lab -> lab.rig.put64(Lab.DATA_EPTE, Lab.DATA | 0x32)));
  }

  private static void apic() {
    // mov eax, 2; mov cr8, rax: the exit comes behind it
    String lower = "b802000000 440f22c0";
    put(ExitReason.TPR_BELOW_THRESHOLD, event(lower + "90", bytes(lower), 0, ExitCases::threshold));
    // mov eax, [70030h]
    put(ExitReason.APIC_ACCESS, event("8b042530000700", 0, 0x30, lab -> page(lab, 0)));
  }

  private static void threshold(Lab lab) {
    lab.afresh().set(Field.TPR_THRESHOLD, 3).rig.put32(Lab.VIRTUAL_APIC + 0x80, 0x50);
    primary(lab, Bits.TPR_SHADOW);
  }

  private static void page(Lab lab, int more) {
    lab.afresh().set(Field.APIC_ACCESS_ADDRESS, Lab.DATA).set(Field.TPR_THRESHOLD, 0);
    primary(lab, Bits.TPR_SHADOW);
    secondary(lab, Bits.VIRTUALIZE_APIC | more);
  }

  private static void fullModel() {
    // mov eax, 1; vmfunc: not a function
    put(
        ExitReason.VMFUNC,
        instruction("b801000000", "0f01d4", 0, lab -> secondary(lab, Bits.VM_FUNCTIONS)).onFull());
    put(
        ExitReason.XSETBV,
        instruction("", "0f01d1", 0, lab -> lab.or(Field.GUEST_CR4, 1 << 18)).onFull());
    put(
        ExitReason.INVPCID,
        instruction(
                "",
                "660f38820c2510000600",
                0x60010,
                lab -> {
                  secondary(lab, Bits.ENABLE_INVPCID);
                  primary(lab, Bits.INVLPG_EXITING);
                })
            .information(WITH_RCX)
            .onFull());
    // rdseed rax
    put(
        ExitReason.RDSEED,
        instruction("", "480fc7f8", 0, lab -> secondary(lab, Bits.RDSEED_EXITING))
            .information(2 << 11)
            .onFull());
    supervisorState(ExitReason.XSAVES, "480fc72c2500000700");
    supervisorState(ExitReason.XRSTORS, "480fc71c2500000700");
    // mov dword [70020h], 1: the ID is written to the page, the exit comes behind
    String write = "c704252000070001000000";
    put(
        ExitReason.APIC_WRITE,
        event(write + "90", bytes(write), 0x20, lab -> page(lab, Bits.APIC_REGISTERS)).onFull());
    String eoi = "c70425b000070000000000";
    put(
        ExitReason.VIRTUALIZED_EOI,
        event(eoi + "90", bytes(eoi), 0x65, ExitCases::endOfInterrupt).onFull());
    put(
        ExitReason.PAGE_MODIFICATION_LOG_FULL,
        event("a30000070000000000", 0, 0, ExitCases::log).onFull());
  }

  /** IA32_XSS of the model has the bit of hardware duty cycling. */
  private static void supervisorState(ExitReason reason, String code) {
    // mov ecx, DA0h; mov eax, 2000h; xor edx, edx; wrmsr; mov eax, 2003h
    String components = "b9a00d0000 b800200000 31d2 0f30 b803200000";
    put(
        reason,
        instruction(
                components,
                code,
                Lab.DATA,
                lab -> {
                  lab.or(Field.GUEST_CR4, 1 << 18).set(Field.XSS_EXITING_BITMAP, 1 << 13);
                  secondary(lab, Bits.ENABLE_XSAVES);
                })
            .information(ABSOLUTE)
            .onFull());
  }

  /** Vector 65h is in service, and its EOI exits. */
  private static void endOfInterrupt(Lab lab) {
    page(lab, Bits.VIRTUAL_INTERRUPTS);
    lab.or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING);
    for (int i = 0; i < 4; i++) {
      lab.set(Field.EOI_EXIT_BITMAP0.plus(i), i == 1 ? 1L << 0x25 : 0);
    }
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x6500).rig.put32(Lab.VIRTUAL_APIC + 0x130, 1 << 5);
  }

  private static void log(Lab lab) {
    lab.afresh().or(Field.EPT_POINTER, 0x40).set(Field.PML_INDEX, 0xFFFF);
    lab.set(Field.PML_ADDRESS, 0x74000);
    secondary(lab, Bits.PAGE_MODIFICATION_LOG);
  }
}
