package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * For every row of {@link Control} a guest program that shows what the control does: it ends one
 * way with the bit set and another with the bit clear, nothing else being changed.
 */
final class ControlCases {
  /**
   * One control's program.
   *
   * @param program puts guest and VMCS fields, leaves the control's bit alone
   * @param run runs it and says how it ended
   * @param set what {@code run} says when the control is 1
   * @param clear what it says when the control is 0
   */
  record ControlCase(Consumer<Lab> program, Function<Lab, String> run, String set, String clear) {}

  private static final String VMCALL = "0f01c1";
  private static final int IF = 2 | Cpu.IF;
  private static final int TPR = 0x80;
  private static final int OSXSAVE = 1 << 18;
  private static final long WRITE_BACK = 6 << 3;

  /** Where the second entry of a program goes on. */
  private static final long SECOND = Lab.CODE + 0x40;

  private static final int MSR_BNDCFGS = 0xD90;
  private static final long PAT = 0x0007_0406_0007_0406L;
  private static final long GUESTS_PAT = 0x0606_0606_0606_0606L;
  private static final long HOSTS_PAT = 0x0404_0404_0404_0404L;
  private static final long GUESTS_PERF = 0x7_0000_0003L;
  private static final long HOSTS_PERF = 0x2_0000_0001L;

  /** mov eax, [70000h]; vmcall, and the same as a write; mov eax, 70010h; jmp rax. */
  private static final String READ_DATA = "a1 0000070000000000" + VMCALL;

  private static final String WRITE_DATA = "a3 0000070000000000" + VMCALL;
  private static final String RUN_DATA = "b810000700 ffe0";

  static final Map<Control, ControlCase> CASES = new EnumMap<>(Control.class);

  static {
    pinBased();
    windowsAndTime();
    exitingInstructions();
    exitingRegisters();
    bitmaps();
    secondaryInstructions();
    memory();
    apic();
    exitControls();
    hostState();
    entryControls();
  }

  private ControlCases() {}

  // How a program ends

  private static void put(
      Control control, Consumer<Lab> program, Function<Lab, String> run, String set, String clear) {
    if (CASES.put(control, new ControlCase(program, run, set, clear)) != null) {
      throw new AssertionError("two cases of " + control);
    }
  }

  /** How the last exit looks: the vector whose handler it came from, or reason and place. */
  private static void exit(Control control, Consumer<Lab> program, String set, String clear) {
    put(control, program, lab -> text(lab.run().getLast()), set, clear);
  }

  private static String text(Lab.Exit e) {
    return e.vector() >= 0
        ? "vector %x".formatted(e.vector())
        : "%s@%x".formatted(e.reason(), e.rip() - Lab.CODE);
  }

  /** RAX at the last exit. */
  private static void rax(Control control, Consumer<Lab> program, long set, long clear) {
    Function<Lab, String> run = lab -> Long.toHexString(lab.run().getLast().rax());
    put(control, program, run, Long.toHexString(set), Long.toHexString(clear));
  }

  /** A recorded field at the last exit. */
  private static void field(
      Control control, Field field, Consumer<Lab> program, long set, long clear) {
    Function<Lab, String> run = lab -> Long.toHexString(lab.run().getLast().get(field));
    put(control, program, run, Long.toHexString(set), Long.toHexString(clear));
  }

  /** The instruction exits with the control; without it the guest comes to a VMCALL behind it. */
  private static void exiting(Control control, String before, String code, ExitReason reason) {
    exit(
        control,
        lab -> lab.code(before + code + "31c0" + VMCALL),
        "%s@%x".formatted(reason, bytes(before)),
        "VMCALL@%x".formatted(bytes(before + code) + 2));
  }

  private static int bytes(String hex) {
    return hex.replace(" ", "").length() / 2;
  }

  // Pieces of programs

  private static String dword(long value) {
    return "%08x".formatted(Integer.reverseBytes((int) value));
  }

  /** mov ecx, msr; rdmsr; shl rdx, 32; or rax, rdx; vmcall. */
  private static String readMsr(int msr) {
    return "b9" + dword(msr) + "0f32 48c1e220 4809d0" + VMCALL;
  }

  /** mov ecx, msr; mov eax, low; mov edx, high; wrmsr; xor eax, eax; vmcall. */
  private static String writeMsr(int msr, long value) {
    String operands = "b8" + dword(value) + "ba" + dword(value >>> 32);
    return "b9" + dword(msr) + operands + "0f30 31c0" + VMCALL;
  }

  private static void second(Lab lab, String code) {
    lab.rig.put(SECOND, code);
    lab.stage().set(Field.GUEST_RIP, SECOND);
  }

  /** The guest writes an MSR, exits, and reads it after the next entry. */
  private static void writtenAndRead(Lab lab, int msr, long value) {
    second(lab.code(writeMsr(msr, value)), readMsr(msr));
  }

  private static void pin(Lab lab, int bits) {
    lab.or(Field.PIN_CONTROLS, bits);
  }

  private static void secondary(Lab lab, int bits) {
    lab.or(Field.SECONDARY_CONTROLS, bits);
  }

  private static void data(Lab lab, long page, long rights) {
    lab.rig.put64(Lab.DATA_EPTE, page | WRITE_BACK | rights);
  }

  private static void twoPages(Lab lab) {
    lab.rig.put64(Lab.DATA, 1);
    lab.rig.put64(Lab.DATA + 0x1000, 2);
  }

  private static void virtualApic(Lab lab, int register, long value) {
    lab.afresh().or(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW).set(Field.TPR_THRESHOLD, 0);
    lab.rig.put32(Lab.VIRTUAL_APIC + register, value);
  }

  /** mov eax, [70000h + register]; vmcall. */
  private static void readsApic(Lab lab, int register) {
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA).rig.put32(Lab.DATA + register, 0x99);
    lab.code("a1" + dword(Lab.DATA + register) + "00000000" + VMCALL);
  }

  // The table

  private static void pinBased() {
    exit(
        Control.PIN_EXTERNAL_INTERRUPT_EXITING,
        lab -> {
          lab.afresh().withApic().code(Lab.sendsItself(0x61) + VMCALL);
          lab.set(Field.GUEST_RFLAGS, IF);
        },
        "EXTERNAL_INTERRUPT@19",
        "vector 61");
    exit(
        Control.PIN_NMI_EXITING,
        lab ->
            lab.afresh()
                .withApic()
                .code("bb0000e0fe c7831003000000000000 c7830003000000440000 90" + VMCALL),
        "EXCEPTION_OR_NMI@19",
        "vector 2");
    field(
        Control.PIN_VIRTUAL_NMIS,
        Field.GUEST_INTERRUPTIBILITY,
        ControlCases::iretUnderBlocking,
        0,
        Bits.BLOCKED_NMI);
    exit(
        Control.PIN_ACTIVATE_VMX_PREEMPTION_TIMER,
        lab -> lab.set(Field.PREEMPTION_TIMER_VALUE, 0).code("90" + VMCALL),
        "PREEMPTION_TIMER@0",
        "VMCALL@1");
    exit(
        Control.PIN_PROCESS_POSTED_INTERRUPTS,
        ControlCases::posted,
        "vector 61",
        "EXTERNAL_INTERRUPT@1a");
  }

  /**
   * IRETQ ends virtual-NMI blocking; with NMI exiting alone it leaves the blocking as it is (26.3).
   */
  private static void iretUnderBlocking(Lab lab) {
    pin(lab, Bits.NMI_EXITING);
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    lab.code("6a10 6800780000 6a02 6a08 6820900000 48cf").rig.put(Lab.CODE + 0x20, VMCALL);
  }

  private static void delivery(Lab lab) {
    virtualApic(lab, TPR, 0);
    pin(lab, Bits.EXTERNAL_INTERRUPT_EXITING);
    for (int i = 0; i < 4; i++) {
      lab.set(Field.EOI_EXIT_BITMAP0.plus(i), 0);
    }
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0);
  }

  /** The notification vector F2h comes; 61h is posted. */
  private static void posted(Lab lab) {
    delivery(lab);
    secondary(lab, Bits.VIRTUAL_INTERRUPTS);
    lab.or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE).set(Field.POSTED_INTERRUPT_VECTOR, 0xF2);
    lab.set(Field.POSTED_INTERRUPT_DESCRIPTOR, Lab.AREA);
    lab.rig.put64(Lab.AREA + 8, 1L << 0x21);
    lab.rig.put64(Lab.AREA + 32, 1);
    lab.withApic().code("fb" + Lab.sendsItself(0xF2) + "ebfe");
  }

  private static void windowsAndTime() {
    exit(
        Control.PRIMARY_INTERRUPT_WINDOW_EXITING,
        lab -> lab.set(Field.GUEST_RFLAGS, IF).code("90" + VMCALL),
        "INTERRUPT_WINDOW@0",
        "VMCALL@1");
    exit(
        Control.PRIMARY_NMI_WINDOW_EXITING,
        lab -> pin(lab.code("90" + VMCALL), Bits.NMI_EXITING | Bits.VIRTUAL_NMIS),
        "NMI_WINDOW@0",
        "VMCALL@1");
    exit(
        Control.PRIMARY_MONITOR_TRAP_FLAG,
        lab -> lab.code("eb00 90 90" + VMCALL),
        "MONITOR_TRAP_FLAG@2",
        "VMCALL@4");
    rax( // rdtsc; mov eax, edx; shr eax, 28; vmcall
        Control.PRIMARY_USE_TSC_OFFSETTING,
        lab -> lab.set(Field.TSC_OFFSET, 1L << 60).code("0f31 89d0 c1e81c" + VMCALL),
        1,
        0);
    rax( // rdtsc; sub eax, 1234h; or eax, edx; setnz al; movzx eax, al; test eax, eax; vmcall
        Control.SECONDARY_USE_TSC_SCALING,
        lab -> {
          lab.or(Field.PRIMARY_CONTROLS, Bits.TSC_OFFSETTING).set(Field.TSC_OFFSET, 0x1234);
          lab.set(Field.TSC_MULTIPLIER, 1).code("0f31 2d34120000 09d0 0f95c0 0fb6c0 85c0" + VMCALL);
        },
        0,
        1);
  }

  private static void exitingInstructions() {
    exit( // the timer ends the halt
        Control.PRIMARY_HLT_EXITING,
        lab -> {
          pin(lab.code("f4" + VMCALL), Bits.PREEMPTION_TIMER);
          lab.set(Field.PREEMPTION_TIMER_VALUE, 50);
        },
        "HLT@0",
        "PREEMPTION_TIMER@1");
    exiting(Control.PRIMARY_INVLPG_EXITING, "b845230100", "0f0138", ExitReason.INVLPG);
    exiting( // the store ends the wait
        Control.PRIMARY_MWAIT_EXITING,
        "b800000700 31c9 31d2 0f01c8 fe00 31c0",
        "0f01c9",
        ExitReason.MWAIT);
    exiting(Control.PRIMARY_MONITOR_EXITING, "b800000700 31c9 31d2", "0f01c8", ExitReason.MONITOR);
    exit( // no counter is announced (CPUID leaf A): ECX is never right
        Control.PRIMARY_RDPMC_EXITING,
        lab -> lab.code("31c9 0f33" + VMCALL),
        "RDPMC@2",
        "vector d");
    exiting(Control.PRIMARY_RDTSC_EXITING, "", "0f31", ExitReason.RDTSC);
    exiting(Control.PRIMARY_PAUSE_EXITING, "", "f390", ExitReason.PAUSE);
    exiting(Control.SECONDARY_WBINVD_EXITING, "", "0f09", ExitReason.WBINVD);
    exiting(Control.SECONDARY_RDRAND_EXITING, "", "0fc7f0", ExitReason.RDRAND);
    exiting(Control.SECONDARY_RDSEED_EXITING, "", "0fc7f8", ExitReason.RDSEED);
    exiting(
        Control.SECONDARY_DESCRIPTOR_TABLE_EXITING, "b800000700", "0f0108", ExitReason.GDTR_IDTR);
    exit( // WBINVD exiting counts with it
        Control.PRIMARY_ACTIVATE_SECONDARY_CONTROLS,
        lab -> secondary(lab.code("0f09" + VMCALL), Bits.WBINVD_EXITING),
        "WBINVD@0",
        "VMCALL@2");
    exit( // 64 times pause; loop
        Control.SECONDARY_PAUSE_LOOP_EXITING,
        lab -> {
          lab.set(Field.PLE_GAP, 20).set(Field.PLE_WINDOW, 100);
          lab.code("b940000000 f390 e2fc" + VMCALL);
        },
        "PAUSE@5",
        "VMCALL@9");
  }

  private static void exitingRegisters() {
    ExitReason access = ExitReason.CR_ACCESS;
    exiting(Control.PRIMARY_CR3_LOAD_EXITING, "b800000100", "0f22d8", access);
    exiting(Control.PRIMARY_CR3_STORE_EXITING, "", "0f20da", access);
    exiting(Control.PRIMARY_CR8_LOAD_EXITING, "31c0", "440f22c0", access);
    exiting(Control.PRIMARY_CR8_STORE_EXITING, "", "440f20c1", access);
    exiting(Control.PRIMARY_MOV_DR_EXITING, "31c0", "0f23c0", ExitReason.MOV_DR);
  }

  private static void bitmaps() {
    exit(
        Control.PRIMARY_UNCONDITIONAL_I_O_EXITING,
        lab -> lab.clear(Field.PRIMARY_CONTROLS, Bits.IO_BITMAPS).code("e680" + VMCALL),
        "IO_INSTRUCTION@0",
        "VMCALL@2");
    exit( // out 80h, al; out 42h, al: the bitmap has 42h, and makes the other control ignored
        Control.PRIMARY_USE_I_O_BITMAPS,
        lab -> {
          lab.or(Field.PRIMARY_CONTROLS, Bits.UNCONDITIONAL_IO).rig.put(Lab.IO_A + 8, "04");
          lab.code("e680 e642" + VMCALL);
        },
        "IO_INSTRUCTION@2",
        "IO_INSTRUCTION@0");
    exiting(Control.PRIMARY_USE_MSR_BITMAPS, "b974010000", "0f32");
  }

  /** The instruction exits without the control. */
  private static void exiting(Control control, String before, String code) {
    exit(
        control,
        lab -> lab.code(before + code + "31c0" + VMCALL),
        "VMCALL@%x".formatted(bytes(before + code) + 2),
        "RDMSR@%x".formatted(bytes(before)));
  }

  /** Without their controls the instructions are undefined. */
  private static void secondaryInstructions() {
    exit(
        Control.SECONDARY_ENABLE_RDTSCP,
        lab -> lab.code("0f01f9 31c0" + VMCALL),
        "VMCALL@5",
        "vector 6");
    exit( // mov eax, 2; invpcid rax, [70000h]
        Control.SECONDARY_ENABLE_INVPCID,
        lab -> lab.code("b802000000 660f3882042500000700" + VMCALL),
        "VMCALL@f",
        "vector 6");
    exit( // xor eax, eax; xor ecx, ecx; vmfunc: the EPT pointer it has already
        Control.SECONDARY_ENABLE_VM_FUNCTIONS,
        lab -> {
          lab.set(Field.VM_FUNCTION_CONTROLS, 1).set(Field.EPTP_LIST_ADDRESS, Lab.AREA);
          lab.rig.put64(Lab.AREA, Lab.EPT_ROOT | 0x1E);
          lab.code("31c0 31c9 0f01d4" + VMCALL);
        },
        "VMCALL@7",
        "vector 6");
    exit( // xor edx, edx; mov eax, 1; xsaves64 [70000h]
        Control.SECONDARY_ENABLE_XSAVES_XRSTORS,
        lab -> {
          lab.or(Field.GUEST_CR4, OSXSAVE).set(Field.XSS_EXITING_BITMAP, 0);
          lab.code("31d2 b801000000 480fc72c2500000700" + VMCALL);
        },
        "VMCALL@10",
        "vector 6");
    rax( // mov eax, 681Eh (guest RIP); vmread rax, rax; vmcall
        Control.SECONDARY_VMCS_SHADOWING, ControlCases::shadow, 0x5555, 0x681E);
  }

  /** The link must be a shadow VMCS with the control, and must not be one without it. */
  private static void shadow(Lab lab) {
    long link = Lab.AREA;
    boolean set = (lab.value(Field.SECONDARY_CONTROLS) & Bits.VMCS_SHADOWING) != 0;
    lab.afresh().set(Field.VMCS_LINK_POINTER, set ? link : -1);
    lab.rig.put32(link, Bits.SHADOW_VMCS | 2);
    lab.rig.put64(link + Field.GUEST_RIP.offset(), 0x5555);
    lab.forBochs(link, Bits.SHADOW_VMCS | 4); // its revision identifier
    lab.set(Field.VMREAD_BITMAP, Lab.AREA + 0x1000).set(Field.VMWRITE_BITMAP, Lab.AREA + 0x2000);
    lab.code("b81e680000 0f78c0" + VMCALL);
  }

  private static void memory() {
    rax( // EPT maps the page to the one behind it
        Control.SECONDARY_ENABLE_EPT,
        lab -> {
          lab.clear(Field.SECONDARY_CONTROLS, Bits.UNRESTRICTED_GUEST).code(READ_DATA);
          data(lab, Lab.DATA + 0x1000, 7);
          twoPages(lab);
        },
        2,
        1);
    rax(Control.SECONDARY_ENABLE_VPID, ControlCases::changedMapping, 1, 2);
    exit( // mov eax, cr0; and eax, 7FFFFFFFh; mov cr0, eax
        Control.SECONDARY_UNRESTRICTED_GUEST,
        lab -> lab.guestPae().code("0f20c0 25ffffff7f 0f22c0" + VMCALL),
        "VMCALL@b",
        "vector d");
    exit(
        Control.SECONDARY_ENABLE_PML,
        lab -> {
          lab.afresh().set(Field.EPT_POINTER, Lab.EPT_ROOT | 0x5E).code(WRITE_DATA);
          lab.set(Field.PML_ADDRESS, Lab.AREA).set(Field.PML_INDEX, 0xFFFF);
        },
        "PAGE_MODIFICATION_LOG_FULL@0",
        "VMCALL@9");
    exit(
        Control.SECONDARY_EPT_VIOLATION_VE,
        lab -> {
          lab.afresh().set(Field.VIRTUALIZATION_EXCEPTION_ADDRESS, Lab.AREA).code(WRITE_DATA);
          data(lab, Lab.DATA, 4);
        },
        "vector 14",
        "EPT_VIOLATION@0");
    exit( // the guest's tables make every page a user page
        Control.SECONDARY_MODE_BASED_EXECUTE_CONTROL,
        lab -> {
          userExecutable(lab);
          data(lab, Lab.DATA, 5);
          lab.code(RUN_DATA).rig.put(Lab.DATA + 0x10, VMCALL);
        },
        "EPT_VIOLATION@67010",
        "VMCALL@67010");
  }

  /**
   * The guest reads 400000h, changes the entry that maps it without invalidating, exits, and reads
   * again: with a VPID the entry does not flush (29.4.3.1), and this processor still has the
   * translation.
   */
  private static void changedMapping(Lab lab) {
    twoPages(lab);
    lab.afresh().rig.put64(0x12010, Lab.AREA | 7);
    lab.rig.put64(Lab.AREA, Lab.DATA | 7);
    String read = "a1 0000400000000000";
    String change = "c70425 " + dword(Lab.AREA) + dword(Lab.DATA + 0x1007);
    second(lab.code(read + change + VMCALL), read + VMCALL);
  }

  private static void userExecutable(Lab lab) {
    long user = 1 << 10;
    for (int i = 0; i < 512; i++) {
      lab.rig.put64(0x23000 + 8L * i, (long) i << 12 | 7 | WRITE_BACK | user);
    }
    for (long table : new long[] {Lab.EPT_ROOT, 0x21000, 0x22000}) {
      lab.rig.put64(table, lab.rig.get64(table) | user);
    }
  }

  private static void apic() {
    rax( // mov rax, cr8: of the real APIC it is 0
        Control.PRIMARY_USE_TPR_SHADOW,
        lab -> {
          lab.set(Field.TPR_THRESHOLD, 0).rig.put32(Lab.VIRTUAL_APIC + TPR, 0x50);
          lab.code("440f20c0" + VMCALL);
        },
        5,
        0);
    rax(
        Control.SECONDARY_VIRTUALIZE_APIC_ACCESSES,
        lab -> {
          virtualApic(lab, TPR, 0x33);
          readsApic(lab, TPR);
        },
        0x33,
        0x99);
    exit( // 30h: version
        Control.SECONDARY_APIC_REGISTER_VIRTUALIZATION,
        lab -> {
          virtualApic(lab, 0x30, 0x33);
          secondary(lab, Bits.VIRTUALIZE_APIC);
          readsApic(lab, 0x30);
        },
        "VMCALL@9",
        "APIC_ACCESS@0");
    exit( // the real APIC is not in x2APIC mode
        Control.SECONDARY_VIRTUALIZE_X2APIC_MODE,
        lab -> {
          virtualApic(lab, TPR, 0x46);
          lab.code(readMsr(0x808));
        },
        "VMCALL@e",
        "vector d");
    exit(
        Control.SECONDARY_VIRTUAL_INTERRUPT_DELIVERY,
        lab -> {
          delivery(lab);
          lab.rig.put32(Lab.VIRTUAL_APIC + 0x230, 2);
          lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61).set(Field.GUEST_RFLAGS, IF);
          lab.code("90" + VMCALL);
        },
        "vector 61",
        "VMCALL@1");
  }

  /** What the exit saves in the VMCS. */
  private static void exitControls() {
    field( // mov eax, 500h; mov dr7, rax
        Control.EXIT_SAVE_DEBUG_CONTROLS,
        Field.GUEST_DR7,
        lab -> lab.code("b800050000 0f23f8" + VMCALL),
        0x500,
        0x400);
    put(
        Control.EXIT_SAVE_VMX_PREEMPTION_TIMER_VALUE,
        lab -> {
          pin(lab, Bits.PREEMPTION_TIMER);
          lab.set(Field.PREEMPTION_TIMER_VALUE, 1000).code("b900010000 e2fe" + VMCALL);
        },
        lab -> lab.exit().get(Field.PREEMPTION_TIMER_VALUE) < 1000 ? "less" : "as before",
        "less",
        "as before");
    field(
        Control.EXIT_ACKNOWLEDGE_INTERRUPT_ON_EXIT,
        Field.EXIT_INTERRUPTION_INFORMATION,
        lab -> {
          pin(lab.afresh().withApic(), Bits.EXTERNAL_INTERRUPT_EXITING);
          lab.code(Lab.sendsItself(0x61) + VMCALL).set(Field.GUEST_RFLAGS, IF);
        },
        0x8000_0061L,
        0);
    rax(
        Control.EXIT_SAVE_IA32_PAT,
        lab -> {
          lab.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PAT).set(Field.GUEST_PAT, PAT);
          writtenAndRead(lab, Bits.MSR_PAT, GUESTS_PAT);
        },
        GUESTS_PAT,
        PAT);
    rax(
        Control.EXIT_SAVE_IA32_EFER,
        lab -> writtenAndRead(lab, Bits.MSR_EFER, 0x501),
        0x501,
        0x500);
  }

  /** What the exit loads, which the guest finds where the next entry does not load it. */
  private static void hostState() {
    put(
        Control.EXIT_HOST_ADDRESS_SPACE_SIZE,
        ControlCases::hostOfEitherSize,
        ControlCases::raxInHost,
        "0",
        "1");
    rax(
        Control.EXIT_LOAD_IA32_PERF_GLOBAL_CTRL,
        lab -> {
          lab.set(Field.HOST_PERF_GLOBAL_CTRL, HOSTS_PERF);
          writtenAndRead(lab, Bits.MSR_PERF_GLOBAL, GUESTS_PERF);
        },
        HOSTS_PERF,
        GUESTS_PERF);
    rax(
        Control.EXIT_LOAD_IA32_PAT,
        lab -> writtenAndRead(lab.set(Field.HOST_PAT, HOSTS_PAT), Bits.MSR_PAT, GUESTS_PAT),
        HOSTS_PAT,
        GUESTS_PAT);
    rax(
        Control.EXIT_LOAD_IA32_EFER,
        lab -> {
          lab.clear(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_EFER);
          writtenAndRead(lab, Bits.MSR_EFER, 0x501);
        },
        0x500,
        0x501);
    rax(
        Control.EXIT_CLEAR_IA32_BNDCFGS,
        lab -> writtenAndRead(lab.or(Field.GUEST_CR4, OSXSAVE), MSR_BNDCFGS, 0x6003),
        0,
        0x6003);
  }

  /**
   * A 32-bit guest of a 64-bit host and of a 32-bit one. What runs after the exit: xor eax, eax; 40
   * 90, which is a NOP with a REX prefix or INC EAX and NOP; hlt.
   */
  private static void hostOfEitherSize(Lab lab) {
    lab.guest32().code(VMCALL);
    if ((lab.value(Field.EXIT_CONTROLS) & Bits.EXIT_HOST64) == 0) {
      lab.host32();
    }
    lab.set(Field.HOST_RIP, 0xB000).rig.put(0xB000, "31c0 4090 f4");
  }

  private static String raxInHost(Lab lab) {
    String aborts = lab.alone().abort();
    boolean halted = !lab.rig.cpu.nonRoot && lab.rig.cpu.rip == 0xB005;
    return aborts.isEmpty() && halted
        ? Long.toHexString(lab.rig.cpu.r[0])
        : aborts + lab.rig.cpu.rip;
  }

  private static void entryControls() {
    rax( // mov rax, dr7
        Control.ENTRY_LOAD_DEBUG_CONTROLS,
        lab -> lab.set(Field.GUEST_DR7, 0x500).code("0f21f8" + VMCALL),
        0x500,
        0x400);
    rax(Control.ENTRY_IA_32E_MODE_GUEST, ControlCases::eitherMode, 0x500, 0);
    rax(
        Control.ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL,
        lab ->
            lab.set(Field.GUEST_PERF_GLOBAL_CTRL, GUESTS_PERF).code(readMsr(Bits.MSR_PERF_GLOBAL)),
        GUESTS_PERF,
        0);
    rax(
        Control.ENTRY_LOAD_IA32_PAT,
        lab -> lab.set(Field.GUEST_PAT, GUESTS_PAT).code(readMsr(Bits.MSR_PAT)),
        GUESTS_PAT,
        PAT);
    rax(
        Control.ENTRY_LOAD_IA32_EFER,
        lab -> lab.set(Field.GUEST_EFER, 0x501).code(readMsr(Bits.MSR_EFER)),
        0x501,
        0x500);
    rax(
        Control.ENTRY_LOAD_IA32_BNDCFGS,
        lab -> lab.set(Field.GUEST_BNDCFGS, 0x7003).code(readMsr(MSR_BNDCFGS)),
        0x7003,
        0);
  }

  /**
   * Code of 32 bits, in compatibility mode or in protected mode with PAE paging: CR3 and the PDPTEs
   * lead to the same memory. It reads IA32_EFER.
   */
  private static void eitherMode(Lab lab) {
    lab.clear(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_EFER);
    lab.segment(1, 0x30, 0, 0xFFFF_FFFFL, 0xC09B).set(Field.GUEST_PDPTE0, 0x12001);
    lab.set(Field.GUEST_PDPTE1, 0).set(Field.GUEST_PDPTE2, 0).set(Field.GUEST_PDPTE3, 0);
    lab.code("b9800000c0 0f32" + VMCALL);
  }
}
