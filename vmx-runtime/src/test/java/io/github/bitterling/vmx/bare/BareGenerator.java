package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Segment;
import java.util.List;
import java.util.Random;

/**
 * Random cases: a mode with its tables, one instruction, operands and stack contents that are often
 * meaningful, and a few mutations of descriptors, gates and page-table entries. Memory: IVT 0, GDT
 * 1000, LDT 1800, IDT 2000, handlers (HLT) 3000, TSS 4000, other TSS 5000 and 5100, stacks of rings
 * 0 to 3 in 6000-7FFF, code 8100, data 9000, page tables 10000.
 */
final class BareGenerator {
  static final int GDT = 0x1000;
  static final int LDT = 0x1800;
  static final int IDT = 0x2000;
  static final int HANDLERS = 0x3000;
  static final int TSS = 0x4000;
  static final int CODE = 0x8100;
  static final int DATA = 0x9000;
  private static final int COMPAT_CODE = 0x70;
  private static final int STACK16 = 0x90;
  private static final int FIRST_RANDOM = 20;
  private static final int GDT_ENTRIES = 40;
  private static final int LDT_ENTRIES = 8;
  private static final int PAGES = 32;
  private static final int[] PAGES_IN_USE = {
    0x1, 0x2, 0x4, 0x6, 0x7, 0x8, 0x9, 0xA, 0x9, 0xA, 0x7, 0x6
  };
  private static final int STATUS = 0x8D5;
  private static final long SMEP = 1 << 20;
  private static final long VIF = 1 << 19;
  private static final long VIP = 1 << 20;

  /** INT n goes to one of them. */
  private static final int VECTORS = 44;

  /** Where Bochs's machine has no device. */
  private static final int FREE_PORTS = 0x600;

  private static final int FREE_LOW_PORTS = 0xE0;

  /** Operating modes. */
  enum Mode {
    REAL,
    PROT16,
    PROT32,
    V86,
    COMPAT,
    LONG
  }

  private final Random random;
  private final List<Mode> modes;
  private BareCase c;
  private Mode mode;
  private int cpl;
  private byte[] code = new byte[16];
  private int length;

  BareGenerator(long seed, List<Mode> modes) {
    random = new Random(seed);
    this.modes = modes;
  }

  private boolean chance(int n) {
    return random.nextInt(n) == 0;
  }

  private int pick(int... of) {
    return of[random.nextInt(of.length)];
  }

  private boolean isLong() {
    return mode == Mode.LONG || mode == Mode.COMPAT;
  }

  private boolean segmented() {
    return mode == Mode.REAL || mode == Mode.V86;
  }

  private boolean isProtected() {
    return !segmented();
  }

  private int codeBits() {
    return switch (mode) {
      case REAL, PROT16, V86 -> 16;
      case LONG -> 64;
      default -> 32;
    };
  }

  BareCase next() {
    c = new BareCase();
    mode = modes.get(random.nextInt(modes.size()));
    cpl = mode == Mode.REAL ? 0 : mode == Mode.V86 ? 3 : pick(0, 0, 3, 3, 1, 2);
    for (int i = 0; i < 16; i++) {
      c.state.reg[i] = value();
    }
    descriptors();
    interrupts();
    tasks();
    segments();
    control();
    paging();
    flags();
    for (int i = 0; i < LDT_ENTRIES * 2; i++) {
      c.put(DATA + 8 * i, pointer(), 8);
    }
    instruction();
    for (int k = 0; k < length; k++) {
      c.put(CODE + k, code[k], 1);
    }
    c.put(CODE + length, 0x90, 1);
    narrow();
    c.name = mode + " cpl" + cpl + " " + java.util.HexFormat.of().formatHex(code, 0, length);
    return c;
  }

  /** Registers as the mode can hold them. */
  private void narrow() {
    for (int i = 0; i < 16 && mode != Mode.LONG; i++) {
      c.state.reg[i] = i < 8 ? c.state.reg[i] & 0xFFFFFFFFL : 0;
    }
  }

  private long value() {
    return switch (random.nextInt(5)) {
      case 0 -> selector();
      case 1 -> random.nextInt(256);
      case 2 -> DATA + random.nextInt(128);
      case 3 -> random.nextInt();
      default -> random.nextLong();
    };
  }

  private int selector() {
    if (chance(12)) {
      return random.nextInt(4);
    }
    int rpl = chance(2) ? cpl : random.nextInt(4);
    return chance(6)
        ? random.nextInt(LDT_ENTRIES) << 3 | 4 | rpl
        : random.nextInt(chance(2) ? 9 : GDT_ENTRIES + 1) << 3 | rpl;
  }

  /** Code selector, usually one of this mode. */
  private int codeSelector() {
    return chance(3) ? selector() : pick(0x08, 0x1B, 0x29, 0x3A);
  }

  private int dataSelector() {
    return chance(3) ? selector() : pick(0x10, 0x23, 0x31, 0x42);
  }

  /** Offset and selector of a far pointer, of either size. */
  private long pointer() {
    int offset = (segmented() ? 0x800 : 0x8800) + 2 * random.nextInt(8);
    long selector = segmented() ? 0x800 : codeSelector();
    return segmented() || chance(2)
        ? offset | selector << 16 | random.nextLong() << 32
        : offset | selector << 32;
  }

  // Tables

  private static long descriptor(long base, long limit, int access, int flags) {
    return limit & 0xFFFF
        | (base & 0xFFFFFF) << 16
        | (long) access << 40
        | (limit >> 16 & 0xF) << 48
        | (long) flags << 52
        | (base >>> 24 & 0xFF) << 56;
  }

  private void descriptors() {
    c.state.gdtr = GDT;
    c.state.gdtrLimit = 8 * GDT_ENTRIES - 1;
    int codeFlags = isLong() ? 0xA : mode == Mode.PROT16 ? 0x0 : 0xC;
    int dataFlags = mode == Mode.PROT16 ? 0x0 : 0xC;
    long limit = mode == Mode.PROT16 ? 0xFFFF : 0xFFFFF;
    int[] rings = {0, 3, 1, 2};
    for (int i = 0; i < 4; i++) {
      int dpl = rings[i] << 5;
      int fresh = chance(2) ? 0 : 1;
      c.put(GDT + 8 + 16 * i, descriptor(0, limit, 0x9A | dpl | fresh, codeFlags), 8);
      c.put(GDT + 16 + 16 * i, descriptor(0, limit, 0x92 | dpl | fresh, dataFlags), 8);
    }
    for (int i = 0; i < 4; i++) {
      c.put(GDT + COMPAT_CODE + 8 * i, descriptor(0, 0xFFFFF, 0x9B | rings[i] << 5, 0xC), 8);
    }
    c.put(GDT + STACK16, descriptor(0, 0xFFFF, 0x93, 0), 8);
    c.put(GDT + STACK16 + 8, descriptor(0, 0xFFFF, 0xF3, 0), 8);
    c.put(GDT + 0x48, descriptor(LDT, 8 * LDT_ENTRIES - 1, 0x82, 0), 8);
    for (int i = FIRST_RANDOM; i < GDT_ENTRIES; i++) {
      c.put(GDT + 8 * i, anyDescriptor(), 8);
    }
    for (int i = 0; i < LDT_ENTRIES; i++) {
      c.put(LDT + 8 * i, anyDescriptor(), 8);
    }
  }

  private long anyDescriptor() {
    int type = random.nextInt(16);
    int access = type | random.nextInt(4) << 5 | (chance(8) ? 0 : 0x80);
    if (!chance(4)) {
      long limit = pick(0xFFFFF, 0xFFFF, 0xFFF, 0x9FFF, random.nextInt(0x10000));
      int flags = pick(0xC, 0x4, 0x0, 0x8, 0xA, random.nextInt(16));
      return descriptor(chance(3) ? DATA : 0, limit, access | 0x10, flags);
    }
    if (type == 4 || type == 5 || type == 12 || type >= 14 || type == 6 || type == 7) {
      int target = type == 5 ? pick(0x60, 0x68) : codeSelector();
      int count = isLong() ? 0 : random.nextInt(4);
      return 0x8800 + 2 * random.nextInt(8)
          | (long) target << 16
          | (long) count << 32
          | (long) access << 40;
    }
    return descriptor(
        pick(TSS, 0x5000, 0x5100, LDT), pick(0x67, 0x2B, 0xFFF, 0x20), access, pick(0, 8));
  }

  private void interrupts() {
    if (segmented()) {
      for (int v = 0; v < VECTORS; v++) {
        c.put(4 * v, HANDLERS + 8 * v, 4);
      }
    }
    if (mode == Mode.REAL) {
      c.state.idtrLimit = chance(8) ? random.nextInt(4 * VECTORS) : 0x3FF;
      return;
    }
    c.state.idtr = IDT;
    int bytes = isLong() ? 16 : 8;
    c.state.idtrLimit = chance(16) ? random.nextInt(40 * bytes) : 40L * bytes - 1;
    for (int v = 0; v < 40; v++) {
      c.put(IDT + bytes * v, gate(v), 8);
    }
  }

  private long gate(int v) {
    int type = pick(14, 14, 15);
    int selector = 8;
    int dpl = pick(0, 3, 3);
    int present = 0x80;
    if (chance(20)) {
      type = isLong() ? pick(14, 15, 12, 6) : pick(6, 7, 14, 15, 5);
      selector = type == 5 ? pick(0x60, 0x68) : codeSelector();
      dpl = random.nextInt(4);
      present = chance(4) ? 0 : 0x80;
    }
    int ist = isLong() && chance(4) ? random.nextInt(8) : 0;
    return HANDLERS + 8 * v
        | (long) selector << 16
        | (long) ist << 32
        | (long) (type | dpl << 5 | present) << 40;
  }

  private void tasks() {
    if (isLong()) {
      c.put(GDT + 0x50, descriptor(TSS, 0x1067, 0x8B, 0), 8);
      for (int i = 0; i < 3; i++) {
        c.put(TSS + 4 + 8 * i, stackTop(i), 8);
      }
      for (int i = 0; i < 7; i++) {
        c.put(TSS + 0x24 + 8 * i, 0x6200 + 0x80 * i, 8);
      }
    } else {
      c.put(GDT + 0x50, descriptor(TSS, 0x1067, 0x8B, 0), 8);
      for (int i = 0; i < 3; i++) {
        c.put(TSS + 4 + 8 * i, stackTop(i), 4);
        c.put(TSS + 8 + 8 * i, new int[] {0x10, 0x31, 0x42}[i], 2);
      }
      task32(0x5000);
      task16(0x5100);
      c.put(TSS, pick(0x60, 0x68), 2);
    }
    c.put(GDT + 0x60, descriptor(0x5000, 0x67, chance(4) ? 0x8B : 0x89, 0), 8);
    c.put(GDT + 0x68, descriptor(0x5100, 0x2B, chance(4) ? 0x83 : 0x81, 0), 8);
    c.put(TSS + 0x66, 0x88, 2);
    // Interrupt redirection below the I/O map
    for (int i = 0; i < 4; i++) {
      c.put(TSS + 0x68 + 8 * i, random.nextLong(), 8);
    }
    for (int i = 0; i < 8; i++) {
      c.put(TSS + 0x88 + FREE_PORTS / 8 + 8 * i, chance(2) ? 0 : random.nextLong(), 8);
    }
    c.put(TSS + 0x88 + FREE_LOW_PORTS / 8, random.nextInt(), 4);
  }

  private static int stackTop(int ring) {
    return 0x6400 + 0x800 * ring;
  }

  private void task32(int at) {
    c.put(at + 0x20, 0x8900, 4);
    c.put(at + 0x24, random.nextInt() & STATUS | 2, 4);
    for (int i = 0; i < 8; i++) {
      c.put(at + 0x28 + 4 * i, i == 4 ? 0x7700 : random.nextInt(), 4);
    }
    selectors(at + 0x48, 4);
    c.put(at + 0x60, chance(2) ? 0x48 : 0, 2);
    c.put(at + 0x64, chance(6) ? 1 : 0, 2);
  }

  private void task16(int at) {
    c.put(at + 0x0E, 0x8A00, 2);
    c.put(at + 0x10, random.nextInt() & STATUS | 2, 2);
    for (int i = 0; i < 8; i++) {
      c.put(at + 0x12 + 2 * i, i == 4 ? 0x7700 : random.nextInt(), 2);
    }
    selectors(at + 0x22, 2);
    // What is above SP in ESP is nobody's
    c.put(at + 0x26, (c.words.get(at + 0x20) >>> 32 & 3) == 3 ? STACK16 + 8 | 3 : STACK16, 2);
    c.put(at + 0x2A, chance(2) ? 0x48 : 0, 2);
  }

  /** ES, CS, SS, DS and in a 32-bit TSS FS, GS of a new task, mostly of one privilege. */
  private void selectors(int at, int step) {
    boolean user = chance(2);
    int[] s = {
      user ? 0x23 : 0x10, user ? 0x1B : 8, user ? 0x23 : 0x10, user ? 0x23 : 0x10, 0x23, 0
    };
    for (int i = 0; i < (step == 4 ? 6 : 4); i++) {
      c.put(at + step * i, i != 1 && i != 2 && chance(20) ? selector() : s[i], 2);
    }
  }

  // Registers

  private void segments() {
    BareState s = c.state;
    s.segment[6].set(0, 0, 0, Segment.UNUSABLE);
    s.segment[7].set(0, 0, 0xFFFF, 0x8B);
    if (mode == Mode.REAL || mode == Mode.V86) {
      for (int i = 0; i < 6; i++) {
        int selector = i == 1 ? 0x800 : i == 2 ? 0x700 : 0x900;
        s.segment[i].setReal(selector, mode == Mode.V86 ? 0xF3 : i == 1 ? 0x9B : 0x93);
      }
      s.rip = CODE - 0x8000;
      s.reg[4] = 0x700;
    } else {
      int ring = new int[] {0, 2, 3, 1}[cpl];
      load(1, (mode == Mode.COMPAT ? COMPAT_CODE + 8 * ring : 8 + 16 * ring) | cpl);
      for (int i = 0; i < 6; i++) {
        if (i != 1) {
          load(i, 16 + 16 * ring | cpl);
        }
      }
      if (chance(2)) {
        for (int i : new int[] {0, 4, 5}) {
          s.segment[i].set(0, 0, 0, Segment.UNUSABLE);
        }
      }
      s.rip = CODE;
      s.reg[4] = stackTop(cpl) - 0x100;
    }
    if (mode != Mode.REAL) {
      s.segment[7].set(0x50, TSS, 0x1067, 0x8B);
      if (chance(2)) {
        s.segment[6].set(0x48, LDT, 8 * LDT_ENTRIES - 1, 0x82);
      }
    }
    for (int i = 0; i < BareState.MSRS; i++) {
      s.msr[i] = 0;
    }
    s.msr[0] = 0x0008_0008L << 32 | (long) pick(0x18, 0x10, 0x1B) << 48;
    s.msr[1] = 0x8B00;
    s.msr[3] = random.nextInt() & 0x47FD5;
    s.msr[4] = DATA;
  }

  private void load(int register, int selector) {
    int at = GDT + (selector & ~7);
    long d = c.words.get(at) | 1L << 40;
    c.put(at, d, 8);
    int attributes = (int) (d >>> 40) & 0xF0FF;
    long limit = d & 0xFFFF | d >>> 32 & 0xF0000;
    boolean big = (attributes & Segment.G) != 0;
    c.state.segment[register].set(selector, 0, big ? limit << 12 | 0xFFF : limit, attributes);
  }

  private void control() {
    BareState s = c.state;
    s.cr0 = 0x10 | (mode == Mode.REAL ? 0 : 1) | (chance(2) ? 1 << 16 : 0) | (chance(2) ? 0x20 : 0);
    s.cr4 = chance(2) ? 3 : 0;
    s.cr4 |= chance(12) ? SMEP : 0;
    s.cr4 |= chance(16) ? 4 : 0;
    s.efer = isLong() ? 0x500 : 0;
    s.efer |= chance(2) ? 0x800 : 0;
    s.efer |= 1;
  }

  private void flags() {
    long f = random.nextInt() & STATUS | 2;
    f |= (long) random.nextInt(4) << 12;
    f |= chance(16) ? 0x100 : 0;
    f |= chance(2) ? 0x200 : 0;
    f |= chance(4) ? 0x400 : 0;
    f |= chance(8) ? 0x4000 : 0;
    f |= chance(6) ? VIF : 0;
    f |= chance(6) ? VIP : 0;
    f |= mode == Mode.V86 ? 0x20000 : 0;
    c.state.flags = f;
  }

  // Paging

  private void paging() {
    BareState s = c.state;
    boolean on = isLong() || mode != Mode.REAL && chance(2);
    if (!on) {
      s.cr3 = 0;
      return;
    }
    s.cr0 |= 1L << 31;
    boolean wide = isLong() || chance(2);
    s.cr4 |= wide ? 0x20 : chance(2) ? 0x10 : 0;
    int size = wide ? 8 : 4;
    int top = 0x12000;
    c.put(0x12000, directory(0x13000L), size);
    if (wide) {
      c.put(0x11000, isLong() ? directory(0x12000L) : 0x12001, 8);
      top = 0x11000;
    }
    if (isLong()) {
      c.put(0x10000, directory(0x11000L), 8);
      top = 0x10000;
    }
    for (int p = 0; p < PAGES; p++) {
      c.put(0x13000 + size * p, (long) p << 12 | leaf(), size);
    }
    if ((s.cr4 & SMEP) != 0) {
      supervisor(3, size);
      if (cpl < 3) {
        supervisor(8, size);
      }
    }
    s.cr3 = top;
    // Another set of page tables only where the processor does not look at it during the switch
    c.put(0x5000 + 0x1C, wide || !chance(4) ? top : 0x13000, 4);
    while (chance(2)) {
      mutate(size);
    }
    if (chance(8) && (wide || (s.cr4 & 0x10) != 0)) {
      c.put(0x12000, 0x80 | leaf() & ~(chance(6) ? 4L : 0), size);
    }
  }

  /** Mostly: SMEP forbids the others to levels 0 to 2. */
  private void supervisor(int page, int size) {
    if (!chance(6)) {
      c.put(0x13000 + size * page, (long) page << 12 | leaf() & ~4L, size);
    }
  }

  private long leaf() {
    return 7 | (chance(2) ? 0x20 : 0) | (chance(2) ? 0x40 : 0) | (chance(8) ? 0x100 : 0);
  }

  private long directory(long to) {
    return to | 7 | (chance(2) ? 0x20 : 0);
  }

  private void mutate(int size) {
    int at =
        chance(6) ? 0x12000 : 0x13000 + size * PAGES_IN_USE[random.nextInt(PAGES_IN_USE.length)];
    long entry = 0;
    for (int k = 0; k < size; k++) {
      int word = at + k & ~7;
      entry |= (c.words.getOrDefault(word, 0L) >>> 8 * (at + k & 7) & 0xFF) << 8 * k;
    }
    boolean reserved = size == 8 && !isLong();
    entry =
        switch (random.nextInt(5)) {
          case 0 -> entry & ~1L;
          case 1 -> entry & ~2L;
          case 2 -> entry & ~4L;
          case 3 -> size == 8 ? entry | 1L << 63 : entry & ~6L;
          default -> reserved ? entry | 1L << 52 + random.nextInt(11) : entry & ~2L;
        };
    c.put(at, entry, size);
  }

  // Instructions

  private void emit(int... bytes) {
    for (int b : bytes) {
      code[length++] = (byte) b;
    }
  }

  private void immediate(long value, int bytes) {
    for (int k = 0; k < bytes; k++) {
      code[length++] = (byte) (value >>> 8 * k);
    }
  }

  private int operandSize;

  private void instruction() {
    code = new byte[32];
    length = 0;
    operandSize = codeBits() == 16 ? 2 : 4;
    if (chance(3)) {
      emit(0x66);
      operandSize = 6 - operandSize;
    }
    if (mode == Mode.LONG && chance(3)) {
      emit(0x48);
      operandSize = 8;
    }
    c.state.reg[0] = chance(3) ? value() : selector();
    switch (random.nextInt(22)) {
      case 0, 1 -> segmentMove();
      case 2 -> segmentStack();
      case 3 -> farPointer();
      case 4, 5 -> farBranch();
      case 6, 7 -> farReturn();
      case 8, 9 -> interrupt();
      case 10, 11 -> query();
      case 12 -> tables();
      case 13 -> controlRegister();
      case 14, 15 -> flagInstruction();
      case 16 -> port();
      case 17 -> system();
      default -> memory();
    }
  }

  /** ModRM for a memory operand in the data page at (E)SI or a register operand. */
  private void modrm(int reg, boolean mayBeRegister) {
    if (mayBeRegister && chance(2)) {
      emit(0xC0 | reg << 3);
      return;
    }
    emit(reg << 3 | (codeBits() == 16 ? 4 : 6));
    dataPointer(6);
  }

  /** Linear address of the operand at (E)SI, brought into the data pages. */
  private int operand() {
    int offset = (int) (c.state.reg[6] - (segmented() ? 0 : DATA)) & 0x1FFF;
    c.state.reg[6] = (segmented() ? 0 : DATA) + offset;
    return DATA + offset;
  }

  private void dataPointer(int register) {
    long offset = chance(5) ? 0xFF0 + random.nextInt(24) : 8 * random.nextInt(16);
    boolean segmented = mode == Mode.REAL || mode == Mode.V86;
    c.state.reg[register] = (segmented ? 0 : DATA) + offset;
    if (chance(40)) {
      c.state.reg[register] = random.nextLong();
    }
  }

  private void segmentMove() {
    emit(chance(4) ? 0x8C : 0x8E);
    if (chance(4)) {
      c.put(DATA, selector(), 2);
    }
    modrm(pick(0, 2, 3, 4, 5, 1), true);
  }

  private void segmentStack() {
    int at = stackAddress();
    c.put(at, selector(), 2);
    if (mode == Mode.LONG || chance(3)) {
      emit(0x0F, pick(0xA0, 0xA1, 0xA8, 0xA9, 0xA1, 0xA9));
    } else {
      emit(pick(0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F, 0x07, 0x17, 0x1F));
    }
  }

  /** Linear address of the top of the stack. */
  private int stackAddress() {
    int base = mode == Mode.REAL || mode == Mode.V86 ? 0x7000 : 0;
    return base + (int) c.state.reg[4];
  }

  private void farPointer() {
    int where = chance(4) || mode == Mode.LONG ? pick(0xB2, 0xB4, 0xB5) : pick(0xC4, 0xC5);
    if (where >= 0xC0) {
      emit(where);
    } else {
      emit(0x0F, where);
    }
    modrm(random.nextInt(8), false);
    long target = selector();
    c.put(operand(), 0x1234 | target << 8 * Math.min(operandSize, 4), 8);
  }

  private void farBranch() {
    if (mode == Mode.LONG || chance(2)) {
      emit(0xFF);
      modrm(chance(2) ? 3 : 5, false);
      c.put(operand(), pointer(), 8);
      return;
    }
    emit(chance(2) ? 0x9A : 0xEA);
    boolean segmented = mode == Mode.REAL || mode == Mode.V86;
    immediate((segmented ? 0x800 : 0x8800) + 2 * random.nextInt(8), Math.min(operandSize, 4));
    immediate(segmented ? 0x800 : chance(3) ? pick(0x60, 0x68) : codeSelector(), 2);
  }

  private void farReturn() {
    int at = stackAddress();
    int step = operandSize;
    boolean interrupt = chance(2);
    boolean segmented = mode == Mode.REAL || mode == Mode.V86;
    int ring = random.nextInt(4);
    boolean lower = chance(2);
    int cs =
        segmented ? 0x800 : lower ? codeSelector() : 8 + 16 * new int[] {0, 2, 3, 1}[cpl] | cpl;
    long f = random.nextInt() & (chance(4) ? 0x3F7FD5 : 0x7ED5);
    if (isProtected() && !isLong() && interrupt && chance(4)) {
      f |= 0x20000;
    }
    c.put(at, segmented ? 0x10 : 0x8800 + 2 * random.nextInt(8), step);
    c.put(at + step, cs, step);
    int next = at + 2 * step;
    if (interrupt) {
      c.put(next, f, step);
      next += step;
      emit(0xCF);
    } else if (chance(3)) {
      int extra = 8 * random.nextInt(3);
      emit(0xCA, extra, 0);
      next += extra;
    } else {
      emit(0xCB);
    }
    c.put(next, stackTop(ring) - 0x40, step);
    c.put(next + step, chance(3) ? dataSelector() : (cs & ~7) + 8 | cs & 3, step);
    for (int k = 2; k < 6; k++) {
      c.put(next + k * step, selector(), step);
    }
  }

  private void interrupt() {
    switch (random.nextInt(6)) {
      case 0 -> emit(0xCC);
      case 1 -> emit(0xF1);
      case 2 -> emit(mode == Mode.LONG ? 0xCC : 0xCE);
      case 3 -> emit(0x0F, 0x0B);
      default -> emit(0xCD, random.nextInt(VECTORS));
    }
  }

  private void query() {
    switch (random.nextInt(5)) {
      case 0 -> emit(0x0F, 0x02);
      case 1 -> emit(0x0F, 0x03);
      case 2 -> {
        if (mode == Mode.LONG) {
          emit(0x0F, 0x02);
        } else {
          emit(0x63);
        }
      }
      default -> {
        emit(0x0F, 0x00);
        modrm(pick(4, 5, 4, 5, 0, 1), true);
        return;
      }
    }
    modrm(random.nextInt(4), true);
  }

  private void tables() {
    if (chance(2)) {
      emit(0x0F, 0x00);
      if (chance(2)) {
        c.state.reg[0] = pick(0x48, 0x60, 0x68, 0x50, 0);
      }
      modrm(pick(2, 3), true);
    } else {
      emit(0x0F, 0x01);
      int what = pick(0, 1, 2, 3, 4, 6);
      modrm(what, what >= 4);
    }
  }

  private void controlRegister() {
    int cr = pick(0, 3, 4, 2, 0, 4, 1, 8);
    if (cr == 8 && mode != Mode.LONG) {
      cr = 0;
    }
    if (chance(3)) {
      if (cr == 8) {
        cr = 2;
      }
      emit(0x0F, 0x20, 0xC0 | cr << 3);
      return;
    }
    if (cr == 0) {
      c.state.reg[0] = c.state.cr0 ^ 1L << pick(0, 1, 2, 3, 5, 16, 18, 29, 30, 31, 31, 0);
    } else if (cr == 4) {
      c.state.reg[0] = c.state.cr4 ^ 1L << pick(0, 1, 2, 3, 4, 5, 7, 9, 10, 5);
    } else if (cr == 3) {
      c.state.reg[0] = c.state.cr3;
    } else {
      cr = 2;
    }
    if (chance(6)) {
      emit(0x0F, 0x06);
    } else {
      emit(0x0F, 0x22, 0xC0 | cr << 3);
    }
  }

  private void flagInstruction() {
    switch (random.nextInt(5)) {
      case 0 -> emit(0xFA);
      case 1 -> emit(0xFB);
      case 2 -> emit(0x9C);
      default -> {
        long f = random.nextInt() & (chance(3) ? 0x3FFFD5 : 0x27FED5);
        c.put(stackAddress(), f & ~0x40000L, operandSize == 2 ? 2 : mode == Mode.LONG ? 8 : 4);
        emit(0x9D);
      }
    }
  }

  private void port() {
    c.state.reg[2] = FREE_PORTS + random.nextInt(0x1F8);
    switch (random.nextInt(3)) {
      case 0 -> emit(pick(0xE4, 0xE5, 0xE6, 0xE7), FREE_LOW_PORTS + random.nextInt(8));
      default -> emit(pick(0xEC, 0xED, 0xEE, 0xEF));
    }
  }

  private void system() {
    switch (random.nextInt(mode == Mode.LONG ? 8 : 5)) {
      case 0 -> {
        emit(0xF4);
        c.state.flags &= ~0x100;
      }
      case 1 -> {
        emit(0x0F, 0x01);
        modrm(7, false);
      }
      case 2 -> {
        emit(0x0F, 0x32);
        c.state.reg[1] = 0xC0000081L + random.nextInt(4);
      }
      case 3 -> emit(0x0F, 0x21, 0xC0 | pick(6, 7, 0, 4, 5) << 3);
      case 4 -> emit(0x9B);
      case 5 -> emit(0x0F, 0x01, 0xF8);
      case 6 -> emit(0x0F, 0x05);
      default -> {
        emit(0x0F, 0x07);
        c.state.reg[1] = 0x8800;
      }
    }
  }

  /** A target in the code page; for JMP in 16-bit code sometimes beyond the limit. */
  private void nearTarget(boolean jump) {
    long beyond = jump && codeBits() == 16 && chance(4) ? 0x10000 : 0;
    c.put(operand(), (segmented() ? 0x800 : 0x8800) + 2 * random.nextInt(8) | beyond, 8);
  }

  /** Without a prefix in 64-bit mode, where Bochs does not look at it. */
  private void plainOperandSize() {
    if (mode == Mode.LONG) {
      length = 0;
      operandSize = 4;
    }
  }

  /** Instructions whose interest is in their memory accesses. */
  private void memory() {
    int what = random.nextInt(10);
    switch (what) {
      case 0 -> {
        emit(0x8B);
        modrm(1, false);
      }
      case 1 -> {
        emit(0x89);
        modrm(1, false);
      }
      case 2 -> {
        emit(0x01);
        modrm(3, false);
      }
      case 3 -> {
        emit(0x87);
        modrm(3, false);
      }
      case 4 -> {
        int form = pick(6, 2, 4);
        emit(0xFF);
        modrm(form, false);
        if (form != 6) {
          nearTarget(form == 4);
        }
      }
      case 5 -> {
        emit(0xA5);
        dataPointer(6);
        dataPointer(7);
      }
      case 6 -> {
        plainOperandSize();
        emit(0xC8, random.nextInt(16), 0, random.nextInt(3));
      }
      case 7 -> emit(mode == Mode.LONG ? 0x50 : pick(0x60, 0x61));
      case 8 -> {
        emit(0x0F, 0xB1);
        modrm(3, false);
      }
      default -> {
        emit(0x8F);
        modrm(0, false);
      }
    }
    if (chance(6)) {
      c.state.reg[4] += pick(-0x800, 0x100, 0x400, 0xF8, 0x3FC);
    }
    if (what == 6) {
      c.state.reg[5] = c.state.reg[4] + 0x20;
    }
  }
}
