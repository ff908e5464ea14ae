package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.time.VirtualTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A bare-metal machine with lab.S (test resources) as its hypervisor: the guest's bytes at {@link
 * #CODE}, VMCS fields by stage, and what each exit left. Guests are in 64-bit mode, CPL 0, unless
 * told otherwise, with EPT and every page below 2 MiB mapped to itself. Every vector's handler is a
 * VMCALL at {@link #handler}.
 */
final class Lab implements AutoCloseable {
  static final String HOST =
      "b93a0000000f32a8017509b80500000031d20f300f20e00d002000000f22e00f20c025ffffff9f83c8200f22c0b9"
          + "800400000f32bb00000600488b0b8901488b4b088901f30fc733660fc773080fc77308bb00000600488b7310488b"
          + "064883f8ff74104883f8fe74640f7946084883c610ebe74883c60848897310837b2000488b4330488b4b38488b53"
          + "40488b7350488b7b58488b5b4875050f01c2eb030f01c39c580fb6c00d00f00000bb00000600488b7b18488907b8"
          + "004400000f7847084881c7d000000048897b18eb84b0eee680faf4ebfd";

  static final String HANDLER =
      "53bb000006004889433048894b38488953404889735048897b585848894348488b7b18be00800500488b064883f8"
          + "ff741448c707000000000f78074883c6084883c708ebe38b8740fffffff7d0c1e81f0943200f21f0488907b8f00f"
          + "ffff0f23f0488b4330488947084883c71048897b18e9dbfeffff";

  static final long CODE = 0x9000;
  static final long STACK = 0x7800;

  /** A page for the guest's data, and its entry in the last level of the EPT. */
  static final long DATA = 0x70000;

  static final long DATA_EPTE = 0x23000 + 8 * 0x70;

  /** Entry of the EPT page directory that maps 2 MiB to itself with a large page, writable. */
  static final long LARGE = 0x200000;

  static final long LARGE_EPTE = 0x22008;
  static final long EPT_ROOT = 0x20000;
  static final long IO_A = 0x30000;
  static final long IO_B = 0x31000;
  static final long MSR_MAP = 0x32000;
  static final long VIRTUAL_APIC = 0x33000;
  static final long AREA = 0x34000;

  static final long REDIRECTION = 0x3068;

  private static final long VMXON = 0x61000;
  static final long VMCS = 0x62000;

  private static final long STAGES = 0x50000;
  private static final long ENCODINGS = 0x58000;
  private static final long RESULTS = 0x64000;
  private static final String END = "out 80/1=ee";
  private static final int FAILED = 0xF000;
  private static final long BEFORE = 0x8300;
  private static final long AFTER = 0x8400;

  /** More than any program needs that comes to its end. */
  private static final int BOCHS_SECONDS = 10;

  private static final int BOCHS_ABORT_SECONDS = 3;

  /** Cycles. */
  private static final long SLICE = 700;

  /** Recorded at each exit. */
  private static final Field[] RECORDED = {
    Field.EXIT_REASON,
    Field.EXIT_QUALIFICATION,
    Field.EXIT_INTERRUPTION_INFORMATION,
    Field.EXIT_INTERRUPTION_ERROR_CODE,
    Field.IDT_VECTORING_INFORMATION,
    Field.IDT_VECTORING_ERROR_CODE,
    Field.EXIT_INSTRUCTION_LENGTH,
    Field.EXIT_INSTRUCTION_INFORMATION,
    Field.GUEST_LINEAR_ADDRESS,
    Field.GUEST_PHYSICAL_ADDRESS,
    Field.GUEST_RIP,
    Field.GUEST_RSP,
    Field.GUEST_RFLAGS,
    Field.GUEST_CS_SELECTOR,
    Field.GUEST_CR0,
    Field.GUEST_CR3,
    Field.GUEST_CR4,
    Field.GUEST_DR7,
    Field.GUEST_INTERRUPTIBILITY,
    Field.GUEST_ACTIVITY_STATE,
    Field.GUEST_PENDING_DEBUG,
    Field.PREEMPTION_TIMER_VALUE,
    Field.ENTRY_INTERRUPTION_INFORMATION,
    Field.VM_INSTRUCTION_ERROR
  };

  /**
   * What an exit left.
   *
   * @param fields by {@link #RECORDED}
   */
  record Exit(Map<Field, Long> fields, long dr6, long rax) {
    long get(Field f) {
      return fields.get(f);
    }

    /** Whether the entry failed with VMfail; the exit qualification is the error then. */
    boolean failed() {
      return (get(Field.EXIT_REASON) & ~0xFFL) == FAILED;
    }

    ExitReason reason() {
      return ExitReason.of((int) get(Field.EXIT_REASON));
    }

    long qualification() {
      return get(Field.EXIT_QUALIFICATION);
    }

    long rip() {
      return get(Field.GUEST_RIP);
    }

    long length() {
      return get(Field.EXIT_INSTRUCTION_LENGTH);
    }

    /** Vector whose handler made the VMCALL, or -1. */
    int vector() {
      long at = rip() - 0xA000;
      return at >= 0 && at < 0x1000 && reason() == ExitReason.VMCALL ? (int) at >> 4 : -1;
    }
  }

  /** Memory of each core in a machine of several. */
  static final long CORE_BYTES = 2 << 20;

  private static final long GUEST_TABLES = 0x14000;

  final Vmx vmx;
  final Rig rig;
  private final int core;
  private final List<Map<Field, Long>> stages = new ArrayList<>();
  private int rounds;
  private int machines = 1;
  private boolean sliced;
  private boolean failing;
  private final boolean compiled;
  private long end = hostEnd();

  // Beside Bochs
  private boolean beside;
  private String bochsModel = "corei7_icelake_u";
  private BochsDifference difference;
  private final Map<Long, Integer> bochsWords = new TreeMap<>();
  private Map<Field, Long> fields = new EnumMap<>(Field.class);

  /**
   * What runs the programs.
   *
   * @param rounds how often a program runs; every round must end like the first, so that one that
   *     is compiled by then is compared with tier 0
   */
  record Engine(Function<BlockCache, RegionCompiler> compiler, int rounds, boolean besideBochs) {
    static final Engine TIER_ZERO = new Engine(cache -> RegionCompiler.NONE, 1, false);

    /** Tier 0, and the same program on Bochs. */
    static final Engine BESIDE_BOCHS = new Engine(cache -> RegionCompiler.NONE, 1, true);

    Engine(Function<BlockCache, RegionCompiler> compiler, int rounds) {
      this(compiler, rounds, false);
    }
  }

  Lab(Engine engine) {
    this(engine, CpuModel.e3845(1));
  }

  /** The model with all VMX features. */
  static Lab full(Engine engine) {
    return new Lab(engine, CpuModel.of("x86-64-full", 1));
  }

  Lab(Engine engine, CpuModel model) {
    this(engine, machine(engine, model), 0);
  }

  /**
   * A machine of several cores, each with its own VMX unit and its own 2 MiB of memory: what a core
   * calls address 0 is {@code core * CORE_BYTES}.
   */
  static List<Lab> cores(Engine engine, CpuModel model) {
    Rig rig = machine(engine, model);
    return IntStream.range(0, model.cores()).mapToObj(core -> new Lab(engine, rig, core)).toList();
  }

  private static Rig machine(Engine engine, CpuModel model) {
    List<Wiring> wirings = IntStream.range(0, model.cores()).mapToObj(Wiring::new).toList();
    Rig rig =
        new Rig(
            model,
            core -> {
              Wiring wiring = wirings.get(core);
              return new Vmx(Capabilities.of(model), wiring, wiring, wiring);
            },
            engine.compiler);
    wirings.forEach(wiring -> wiring.rig = rig);
    return rig;
  }

  private Lab(Engine engine, Rig rig, int core) {
    this.core = core;
    this.rig = rig;
    rounds = engine.rounds;
    compiled = rounds > 1;
    beside = engine.besideBochs;
    select();
    vmx = (Vmx) rig.cpu.vmx;
    vmx.useClock(rig.cpu, rig.clock);
    start();
    rig.put(0x8000, HOST);
    rig.put(0x8100, HANDLER);
    rig.put64(0x60000, physical(VMXON));
    rig.put64(0x60008, physical(VMCS));
    rig.put64(0x60010, STAGES);
    rig.put64(0x60018, RESULTS);
    for (int i = 0; i < RECORDED.length; i++) {
      rig.put64(ENCODINGS + 8L * i, RECORDED[i].encoding());
    }
    rig.put64(ENCODINGS + 8L * RECORDED.length, -1);
    for (int v = 0; v < 256; v++) {
      rig.put(handler(v), "0f01c1");
      rig.gate64(v, 8, handler(v), 0, 3);
    }
    extendedPageTables();
    guestTables();
    controls();
    host();
    guest64();
    stages.add(fields);
  }

  private void start() {
    rig.cpu.activity = Cpu.Activity.ACTIVE;
    rig.long64();
    rig.cpu.rip = 0x8000;
    rig.cpu.r[4] = 0x7000;
  }

  /** This lab's core and memory are what the rig's methods are about. */
  Lab select() {
    rig.select(core, CORE_BYTES * core);
    return this;
  }

  /** Physical address of an address of this core. */
  long physical(long address) {
    return CORE_BYTES * core + address;
  }

  static long handler(int vector) {
    return 0xA000 + 16L * vector;
  }

  private void extendedPageTables() {
    rig.put64(EPT_ROOT, physical(0x21007));
    rig.put64(0x21000, physical(0x22007));
    rig.put64(0x22000, physical(0x23007));
    rig.put64(LARGE_EPTE, LARGE | 0xB7);
    for (int i = 0; i < 512; i++) {
      rig.put64(0x23000 + 8L * i, physical((long) i << 12) | 0x37);
    }
  }

  /** Other cores' guests cannot use the host's tables, which do not map an address to itself. */
  private void guestTables() {
    rig.put64(GUEST_TABLES, 0x15007);
    rig.put64(0x15000, 0x16007);
    for (int i = 0; i < 4; i++) {
      rig.put64(0x16000 + 8 * i, (long) i << 21 | 0x87);
    }
  }

  private void controls() {
    set(Field.PIN_CONTROLS, 0x16);
    set(Field.PRIMARY_CONTROLS, 0x8400_6172L | Bits.MSR_BITMAPS | Bits.IO_BITMAPS);
    set(
        Field.SECONDARY_CONTROLS,
        Bits.EPT | Bits.UNRESTRICTED_GUEST | Bits.ENABLE_VPID | Bits.ENABLE_RDTSCP);
    set(Field.VPID, 1);
    set(Field.EPT_POINTER, physical(EPT_ROOT | 0x1E));
    set(Field.IO_BITMAP_A, physical(IO_A));
    set(Field.IO_BITMAP_B, physical(IO_B));
    set(Field.MSR_BITMAPS, physical(MSR_MAP));
    set(Field.VIRTUAL_APIC_ADDRESS, physical(VIRTUAL_APIC));
    set(
        Field.EXIT_CONTROLS,
        0x3_6DFBL
            | Bits.EXIT_HOST64
            | Bits.EXIT_SAVE_DEBUG
            | Bits.EXIT_SAVE_EFER
            | Bits.EXIT_LOAD_EFER);
    set(
        Field.ENTRY_CONTROLS,
        0x11FBL | Bits.ENTRY_LOAD_EFER | Bits.ENTRY_LOAD_DEBUG | Bits.ENTRY_IA32E);
    set(Field.VMCS_LINK_POINTER, -1);
    for (Field f :
        new Field[] {
          Field.EXCEPTION_BITMAP, Field.PAGE_FAULT_MASK, Field.PAGE_FAULT_MATCH, Field.CR0_MASK
        }) {
      set(f, 0);
    }
    set(Field.CR4_MASK, 0x2000);
  }

  private void host() {
    set(Field.HOST_CR0, 0x8000_0031L);
    set(Field.HOST_CR3, physical(0x10000));
    set(Field.HOST_CR4, 0x2020);
    set(Field.HOST_EFER, 0x500);
    set(Field.HOST_CS_SELECTOR, 8);
    set(Field.HOST_SS_SELECTOR, 0x10);
    set(Field.HOST_DS_SELECTOR, 0x10);
    set(Field.HOST_ES_SELECTOR, 0x10);
    set(Field.HOST_TR_SELECTOR, 0x28);
    set(Field.HOST_GDTR_BASE, 0x1000);
    set(Field.HOST_IDTR_BASE, 0x2000);
    set(Field.HOST_RSP, 0x7000);
    set(Field.HOST_RIP, 0x8100);
  }

  private void guest64() {
    set(Field.GUEST_CR0, 0x8000_0031L);
    set(Field.GUEST_CR3, core == 0 ? 0x10000 : GUEST_TABLES);
    set(Field.GUEST_CR4, 0x2020);
    set(Field.GUEST_EFER, 0x500);
    set(Field.GUEST_DR7, 0x400);
    set(Field.GUEST_RFLAGS, 2);
    set(Field.GUEST_RIP, CODE);
    set(Field.GUEST_RSP, STACK);
    set(Field.GUEST_INTERRUPTIBILITY, 0);
    set(Field.GUEST_ACTIVITY_STATE, 0);
    set(Field.GUEST_PENDING_DEBUG, 0);
    set(Field.GUEST_GDTR_BASE, 0x1000);
    set(Field.GUEST_GDTR_LIMIT, 0xFF);
    set(Field.GUEST_IDTR_BASE, 0x2000);
    set(Field.GUEST_IDTR_LIMIT, 0xFFF);
    segments(0x10, 0xC093);
    segment(1, 8, 0, 0xFFFF_FFFFL, 0xA09B);
    segment(6, 0, 0, 0, 0x10000);
    segment(7, 0x28, 0x3000, 0x67, 0x8B);
  }

  private void segments(int selector, int rights) {
    for (int i = 0; i < 6; i++) {
      segment(i, selector, 0, 0xFFFF_FFFFL, rights);
    }
  }

  Lab segment(int index, int selector, long base, long limit, int rights) {
    set(Field.GUEST_ES_SELECTOR.plus(index), selector);
    set(Field.GUEST_ES_BASE.plus(index), base);
    set(Field.GUEST_ES_LIMIT.plus(index), limit);
    return set(Field.GUEST_ES_ACCESS_RIGHTS.plus(index), rights);
  }

  /** The guest is in 32-bit protected mode without paging; IDT at 4000h. */
  Lab guest32() {
    clear(Field.ENTRY_CONTROLS, Bits.ENTRY_IA32E);
    set(Field.GUEST_EFER, 0);
    set(Field.GUEST_CR0, 0x31);
    set(Field.GUEST_CR4, 0x2000);
    segment(1, 0x30, 0, 0xFFFF_FFFFL, 0xC09B);
    rig.descriptor(0x1030, 0x00CF9B000000FFFFL);
    set(Field.GUEST_IDTR_BASE, 0x4000);
    set(Field.GUEST_IDTR_LIMIT, 0x7FF);
    return guest32Gates();
  }

  /** The IDT of {@link #guest32} and {@link #guest16} has 32-bit gates. */
  Lab guest32Gates() {
    return gates(0xEE);
  }

  private Lab gates(long rights) {
    for (int v = 0; v < 256; v++) {
      rig.put64(0x4000 + 8L * v, handler(v) | 0x30_0000L | rights << 40);
    }
    return this;
  }

  /** The guest is in 16-bit protected mode without paging; IDT at 4000h, with 16-bit gates. */
  Lab guest16() {
    guest32();
    segments(0x10, 0x93);
    for (int i = 0; i < 6; i++) {
      set(Field.GUEST_ES_LIMIT.plus(i), 0xFFFF);
    }
    segment(1, 0x30, 0, 0xFFFF, 0x9B);
    rig.descriptor(0x1030, 0x00009B000000FFFFL);
    return gates(0xE6);
  }

  /** {@link #guest32} with PAE paging, of the first GByte by the host's page directory. */
  Lab guestPae() {
    guest32().set(Field.GUEST_CR4, 0x2020).set(Field.GUEST_CR0, 0x8000_0031L);
    set(Field.GUEST_CR3, 0x14000).set(Field.GUEST_PDPTE0, 0x12001);
    return set(Field.GUEST_PDPTE1, 0).set(Field.GUEST_PDPTE2, 0).set(Field.GUEST_PDPTE3, 0);
  }

  /** The guest is in real mode, every segment based at 0; vectors at 4000h. */
  Lab guestReal() {
    guest32();
    set(Field.GUEST_CR0, 0x30);
    for (int i = 0; i < 6; i++) {
      segment(i, 0, 0, 0xFFFF, i == 1 ? 0x9B : 0x93);
    }
    set(Field.GUEST_IDTR_LIMIT, 0x3FF);
    for (int v = 0; v < 256; v++) {
      rig.put32(0x4000 + 4L * v, handler(v));
    }
    return this;
  }

  /**
   * The guest is in virtual-8086 mode without paging, every segment based at 0; its interrupts use
   * the stack at 6000h and the IDT of {@link #guest32}; the TSS has an interrupt redirection bitmap
   * at {@link #REDIRECTION}.
   */
  Lab guestV86(int iopl) {
    guest32();
    segments(0, 0xF3);
    for (int i = 0; i < 6; i++) {
      set(Field.GUEST_ES_LIMIT.plus(i), 0xFFFF);
    }
    set(Field.GUEST_RFLAGS, 2 | Cpu.VM | Cpu.IF | iopl << 12);
    segment(7, 0x28, 0x3000, 0xFF, 0x8B);
    rig.put32(0x3004, 0x6000);
    rig.put32(0x3008, 0x10);
    rig.put32(0x3064, (REDIRECTION + 32 - 0x3000) << 16);
    return this;
  }

  /** A 64-bit guest reaches the real APIC at its usual address. */
  Lab withApic() {
    for (long table : new long[] {0x11018, 0x15018}) {
      rig.put64(table, 0x17007);
    }
    rig.put64(0x17000 + 8 * 0x1F7, 0xFEE0_0083L);
    rig.put64(0x21018, physical(0x25007));
    rig.put64(0x25000 + 8 * 0x1F7, 0xFEE0_0087L);
    return this;
  }

  /**
   * Guest code that enables the APIC and sends itself an interrupt: mov ebx, FEE00000h; mov dword
   * [rbx+F0h], 1FFh; mov dword [rbx+300h], self | vector; nop. Needs {@link #withApic}.
   */
  static String sendsItself(int vector) {
    return "bb0000e0fe c783f0000000ff010000 c78300030000%02x000400 90".formatted(vector);
  }

  /** The guest runs at CPL 3; its interrupts use the stack at 6000h. */
  Lab user() {
    segments(0x23, 0xC0F3);
    segment(1, 0x1B, 0, 0xFFFF_FFFFL, 0xA0FB);
    rig.put64(0x3004, 0x6000);
    return this;
  }

  // VMCS of the stage

  Lab set(Field f, long value) {
    fields.put(f, value);
    return this;
  }

  /** The first stage writes this field alone: the VMCS has the others already. */
  Lab only(Field f, long value) {
    fields.clear();
    return set(f, value);
  }

  Lab or(Field f, long bits) {
    return set(f, value(f) | bits);
  }

  Lab clear(Field f, long bits) {
    return set(f, value(f) & ~bits);
  }

  /** What follows belongs to the next entry. */
  Lab stage() {
    fields = new EnumMap<>(Field.class);
    stages.add(fields);
    return this;
  }

  Lab code(String hex) {
    rig.put(CODE, hex);
    return this;
  }

  /** The program uses up something it finds: one round only. */
  Lab once() {
    rounds = 1;
    machines = 1;
    return this;
  }

  /** What the test does to the processor, Bochs would not know: one round, here only. */
  Lab alone() {
    beside = false;
    return once();
  }

  /** Bochs finds another value there than this processor, 32 bits. */
  Lab forBochs(long address, int value) {
    bochsWords.put(address, value);
    return this;
  }

  /** Bochs is known to leave something else than this processor. */
  Lab apart(BochsDifference known) {
    difference = known;
    return this;
  }

  /**
   * The program changes memory that it looks at: every round starts from power-on with the memory
   * as it is now. What a test did to the processor itself counts in the first round only, so such
   * tests need {@link #once}.
   */
  Lab afresh() {
    machines = rounds;
    rounds = 1;
    return this;
  }

  /** Code of the host before anything else, in place of its first instruction, which follows. */
  Lab before(String hex) {
    rig.put(0x8000, jump(0x8000, BEFORE));
    long next = putCode(BEFORE, hex + HOST.substring(0, 10));
    rig.put(next, jump(next, 0x8005));
    return this;
  }

  /** Code of the host, in VMX root operation, when all stages have run. */
  Lab after(String hex) {
    rig.put(hostEnd(), jump(hostEnd(), AFTER));
    end = putCode(AFTER, hex);
    rig.put(end, HOST.substring(HOST.length() - 16));
    return this;
  }

  /** The address behind. */
  private long putCode(long at, String hex) {
    rig.put(at, hex);
    return at + hex.replace(" ", "").length() / 2;
  }

  private static String jump(long at, long to) {
    return "e9" + BochsLab.hex32(to - (at + 5));
  }

  /** Entries may fail; a failed one is an exit of its own. */
  Lab failing() {
    failing = true;
    return this;
  }

  /** What the next entry finds in a field. */
  long value(Field f) {
    return fields.getOrDefault(f, stages.getFirst().getOrDefault(f, 0L));
  }

  /**
   * The next stage gives the fields that this one changes, and those that a delivered event
   * changes, the values of the first stage.
   */
  Lab restored() {
    Set<Field> changed = new TreeSet<>(fields.keySet());
    changed.addAll(
        List.of(
            Field.GUEST_RIP,
            Field.GUEST_RSP,
            Field.GUEST_RFLAGS,
            Field.GUEST_INTERRUPTIBILITY,
            Field.GUEST_PENDING_DEBUG));
    stage();
    changed.forEach(f -> set(f, stages.getFirst().getOrDefault(f, 0L)));
    return this;
  }

  // Running

  /** Runs all stages; the exits in order. A failed entry is an error. */
  List<Exit> run() {
    if (beside) {
      return besideBochs();
    }
    if (machines == 1) {
      runHost();
      return exits();
    }
    prepare();
    byte[] memory = new byte[(int) CORE_BYTES];
    GuestMemory.toArray(rig.bus.ram.address(0, memory.length), memory, 0, memory.length);
    List<Exit> first = null;
    for (int i = 0; i < machines; i++) {
      restart(memory);
      runHost();
      List<Exit> exits = exits();
      if (first != null && !exits.equals(first)) {
        throw new AssertionError("machine " + i + ": " + exits + ", the first had " + first);
      }
      first = exits;
    }
    return first;
  }

  /** Address of the last eight bytes of the host's program, where it stops. */
  static long hostEnd() {
    return 0x8000 + HOST.length() / 2 - 8;
  }

  private BochsLab.Outcome onBochs(int seconds) {
    return BochsLab.run(rig, bochsModel, end, bochsWords, seconds);
  }

  private List<Exit> besideBochs() {
    prepare();
    BochsLab.Outcome theirs = onBochs(BOCHS_SECONDS);
    runHost();
    List<Exit> ours = exits();
    BochsComparison.check(ours, exits(theirs.results()), difference);
    return ours;
  }

  /** The results area as Bochs sent it. */
  private static List<Exit> exits(byte[] results) {
    ByteBuffer words = ByteBuffer.wrap(results).order(ByteOrder.LITTLE_ENDIAN);
    List<Exit> exits = new ArrayList<>();
    while (words.remaining() >= 8 * (RECORDED.length + 2)) {
      Map<Field, Long> values = new EnumMap<>(Field.class);
      for (Field field : RECORDED) {
        values.put(field, words.getLong());
      }
      exits.add(new Exit(values, words.getLong(), words.getLong()));
    }
    return exits;
  }

  private void restart(byte[] memory) {
    rig.processor.powerOn();
    rig.bus.log.clear();
    start();
    byte[] page = new byte[4096];
    for (int at = 0; at < memory.length; at += page.length) {
      long host = rig.bus.ram.address(at, page.length);
      GuestMemory.toArray(host, page, 0, page.length);
      if (!Arrays.equals(page, 0, page.length, memory, at, at + page.length)) {
        GuestMemory.fromArray(memory, at, host, page.length);
        rig.forgetCode(at, page.length);
      }
    }
  }

  /** The host is in 32-bit protected mode (host32.S). For what ends in a VMX abort. */
  Lab host32() {
    clear(Field.EXIT_CONTROLS, Bits.EXIT_HOST64).set(Field.HOST_EFER, 0);
    set(Field.HOST_CS_SELECTOR, 0x30).set(Field.HOST_CR4, 0x2010).set(Field.HOST_CR3, 0x17000);
    rig.put32(0x17000, 0x83);
    rig.put(0x8000, Assembler.assemble(Lab.class, "host32.S"));
    return this;
  }

  /** Runs until a VMX abort; what it says. Bochs stays in shutdown until it is ended. */
  String abort() {
    prepare();
    if (beside) {
      String log = onBochs(BOCHS_ABORT_SECONDS).log();
      if (log.contains("VMABORT: ") == (difference != null)) {
        throw new AssertionError("VMX abort on Bochs, or none: " + difference + ", " + log);
      }
    }
    for (int i = 0; i < 4000 && rig.resets.isEmpty(); i++) {
      rig.run(1);
    }
    return String.join(", ", rig.resets);
  }

  /** The exits of all stages, once they have run. */
  List<Exit> exits() {
    long end = rig.get64(0x60018);
    List<Exit> exits = new ArrayList<>();
    for (long at = RESULTS; at < end; at += 8L * (RECORDED.length + 2)) {
      exits.add(result(at));
    }
    int wanted = stages.size() * rounds;
    if (exits.size() != wanted || !failing && exits.stream().anyMatch(Exit::failed)) {
      throw new AssertionError(exits.size() + " exits of " + wanted + ": " + failures(exits));
    }
    List<Exit> first = exits.subList(0, stages.size());
    for (int i = stages.size(); i < wanted; i++) {
      Exit expected = first.get(i % stages.size());
      if (!exits.get(i).equals(expected)) {
        throw new AssertionError(
            "round " + i / stages.size() + ": " + exits.get(i) + ", the first was " + expected);
      }
    }
    return first;
  }

  /** The only exit. */
  Exit exit() {
    return run().getFirst();
  }

  /** Number of the VM-instruction error of the only entry. */
  int error() {
    runHost();
    Exit first = result(RESULTS);
    return first.failed() ? (int) first.qualification() : 0;
  }

  private String failures(List<Exit> exits) {
    List<Long> errors = exits.stream().filter(Exit::failed).map(Exit::qualification).toList();
    return errors.isEmpty() ? "no entry failed" : "failed with errors " + errors + why();
  }

  private String why() {
    return vmx.lastFailure() == null ? "" : ", " + vmx.lastFailure().text();
  }

  /** Runs the stages of all cores of a machine at once. */
  static void runAll(List<Lab> labs) {
    labs.forEach(lab -> lab.select().prepare());
    if (labs.getFirst().beside) {
      allBesideBochs(labs);
    } else {
      runPrepared(labs);
    }
  }

  private static void allBesideBochs(List<Lab> labs) {
    Lab first = labs.getFirst();
    List<Long> ends = labs.stream().map(lab -> lab.end).toList();
    List<byte[]> theirs = BochsCores.run(first.rig, first.bochsModel, ends, BOCHS_SECONDS);
    runPrepared(labs);
    if (theirs.size() != labs.size()) {
      throw new AssertionError("on Bochs not every host came to its end");
    }
    for (int i = 0; i < labs.size(); i++) {
      Lab lab = labs.get(i).select();
      BochsComparison.check(lab.exits(), exits(theirs.get(i)), lab.difference);
    }
  }

  private static void runPrepared(List<Lab> labs) {
    Rig rig = labs.getFirst().rig;
    labs.getFirst().select().endSlicesEarly();
    for (int i = 0; i < 8000 && !labs.getFirst().ended(labs.size()); i++) {
      rig.slice();
    }
    if (!labs.getFirst().ended(labs.size())) {
      throw new AssertionError("not every host came to its end: " + rig.resets + rig.bus.log);
    }
  }

  /** Puts the stages where the host finds them. */
  void prepare() {
    long at = STAGES;
    for (int i = 0; i < rounds * stages.size(); i++) {
      at = putStage(at, stages.get(i % stages.size()));
    }
    rig.put64(at, -2);
  }

  void runHost() {
    prepare();
    endSlicesEarly();
    for (int i = 0; i < 4000 && !ended(); i++) {
      rig.run(1);
    }
    if (!ended()) {
      throw new AssertionError(
          "the host did not come to its end: rip %x, non-root %b, %s, %s"
                  .formatted(rig.cpu.rip, rig.cpu.nonRoot, rig.cpu.activity, rig.resets)
              + why()
              + vmx.explain());
    }
  }

  private boolean ended() {
    return ended(1);
  }

  private boolean ended(int hosts) {
    return rig.bus.log.stream().filter(END::equals).count() >= hosts;
  }

  private long putStage(long start, Map<Field, Long> stage) {
    long at = start;
    for (Map.Entry<Field, Long> e : stage.entrySet()) {
      rig.put64(at, e.getKey().encoding());
      rig.put64(at + 8, e.getValue());
      at += 16;
    }
    if (at > ENCODINGS - 64) {
      throw new AssertionError(
          "too many stages and rounds for the table at " + Long.toHexString(STAGES));
    }
    rig.put64(at, -1);
    return at + 8;
  }

  /** Compiled regions are taken up between slices. */
  void endSlicesEarly() {
    if (sliced || !compiled) {
      return;
    }
    sliced = true;
    VirtualTime.Timer[] timer = new VirtualTime.Timer[1];
    timer[0] = rig.clock.timer("end of slice", () -> timer[0].armAt(rig.clock.now() + SLICE));
    timer[0].armAt(rig.clock.now() + SLICE);
  }

  private Exit result(long at) {
    Map<Field, Long> values = new EnumMap<>(Field.class);
    for (int i = 0; i < RECORDED.length; i++) {
      values.put(RECORDED[i], rig.get64(at + 8L * i));
    }
    long end = at + 8L * RECORDED.length;
    return new Exit(values, rig.get64(end), rig.get64(end + 8));
  }

  @Override
  public void close() {
    rig.close();
  }
}
