package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import java.util.HexFormat;
import java.util.Random;

/**
 * Random cases that a Linux process can be put into: user mode under a 64-bit kernel in 64-bit,
 * 32-bit and 16-bit code, with descriptors of the process's own in the LDT and pages of all rights.
 * Tables of the kernel as a process sees them.
 */
final class UserGenerator {
  static final long CODE = 0x20000000L;
  static final long DATA = 0x10000000L;
  private static final long KERNEL = 0xFFFF_8000_0000_0000L;
  private static final int CODE_PAGE = 0x8000;
  private static final int DATA_PAGE = 0x9000;
  private static final int LDT = 0x1800;
  private static final int ENTRIES = 16;
  private static final int RIGHTS = 0x14000;
  private static final long[] GDT = {
    0,
    0x00CF9B000000FFFFL,
    0x00AF9B000000FFFFL,
    0x00CF93000000FFFFL,
    0x00CFFB000000FFFFL,
    0x00CFF3000000FFFFL,
    0x00AFFB000000FFFFL
  };
  private static final int LONG_CODE = 0x33;
  private static final int FLAT_CODE = 0x23;
  private static final int FLAT_DATA = 0x2B;

  /** LDT entries of every case: 16-bit and 32-bit code and data over the two areas. */
  private static final int CODE16 = 0x07;

  private static final int CODE32 = 0x0F;
  private static final int DATA16 = 0x17;
  private static final int DATA32 = 0x1F;
  private static final int FIRST_RANDOM = 4;

  private final Random random;
  private final long[] ldt = new long[ENTRIES];
  private int sinceTable;
  private BareCase c;
  private byte[] code;
  private int length;
  private int bits;

  /** Linear base of CS and of the data and stack segments. */
  private long codeBase;

  private long dataBase;
  private int operandSize;

  UserGenerator(long seed) {
    random = new Random(seed);
  }

  private boolean chance(int n) {
    return random.nextInt(n) == 0;
  }

  private int pick(int... of) {
    return of[random.nextInt(of.length)];
  }

  BareCase next() {
    c = new BareCase();
    code = new byte[32];
    length = 0;
    if (sinceTable++ % 50 == 0) {
      localTable();
    }
    for (int i = 0; i < ENTRIES; i++) {
      c.put(LDT + 8 * i, ldt[i], 8);
    }
    system();
    for (int k = 0; k < 4096; k += 8) {
      c.put(CODE_PAGE + k, 0xCCCCCCCCCCCCCCCCL, 8);
    }
    place();
    pages();
    for (int i = 0; i < 16; i++) {
      c.state.reg[i] = i == 4 ? c.state.reg[4] : value();
      if (bits != 64) {
        c.state.reg[i] = i < 8 ? c.state.reg[i] & 0xFFFFFFFFL : 0;
      }
    }
    c.state.flags = random.nextInt() & 0xCD5 | 0x202 | (chance(6) ? Cpu.AC : 0);
    instruction();
    if (bits != 64) {
      for (int i = 0; i < 8; i++) {
        c.state.reg[i] &= 0xFFFFFFFFL;
      }
    }
    for (int k = 0; k < length; k++) {
      c.put(CODE_PAGE + 0x100 + k, code[k], 1);
    }
    c.name = "user" + bits + " " + HexFormat.of().formatHex(code, 0, length);
    return c;
  }

  // What the process can choose

  private static long descriptor(long base, long limit, int access, int flags) {
    return limit & 0xFFFF
        | (base & 0xFFFFFF) << 16
        | (long) access << 40
        | (limit >> 16 & 0xF) << 48
        | (long) flags << 52
        | (base >>> 24 & 0xFF) << 56;
  }

  private void localTable() {
    ldt[0] = descriptor(CODE, 0xFFFF, 0xFB, 0);
    ldt[1] = descriptor(CODE, 0xFFFFF, 0xFB, 4);
    ldt[2] = descriptor(DATA, 0x3FFF, 0xF3, 0);
    ldt[3] = descriptor(DATA, 0x3FFF, 0xF3, 4);
    for (int i = FIRST_RANDOM; i < ENTRIES; i++) {
      boolean executable = chance(3);
      boolean present = !chance(6);
      int type = executable ? 8 : chance(4) ? 4 : 0;
      type |= executable && !present && chance(2) ? 4 : 0;
      type |= chance(2) ? 2 : 0;
      boolean pages = chance(4);
      long limit = pick(0xFFFFF, 0x3FFF, 0xFFF, 0x17F, random.nextInt(0x4000));
      long base = executable ? CODE : chance(4) ? 0 : DATA;
      ldt[i] =
          descriptor(
              base,
              limit,
              0x71 | type | (present ? 0x80 : 0),
              (pages ? 8 : 0) | (chance(2) ? 4 : 0) | (chance(2) ? 1 : 0));
    }
  }

  private void place() {
    bits = pick(64, 64, 32, 32, 16);
    boolean own = bits == 16 || bits == 32 && chance(2);
    BareState s = c.state;
    int cs = bits == 64 ? LONG_CODE : bits == 16 ? CODE16 : own ? CODE32 : FLAT_CODE;
    int ss = own ? bits == 16 ? DATA16 : pick(DATA32, DATA16) : FLAT_DATA;
    codeBase = own ? CODE : 0;
    dataBase = own ? DATA : 0;
    load(1, cs);
    load(2, ss);
    int data = bits == 64 ? pick(0, FLAT_DATA, 0) : ss;
    load(0, data);
    load(3, data);
    // FS and GS carry bases of the process: without a selector they are not compared
    load(4, chance(2) ? 0 : dataSelector());
    load(5, chance(2) ? 0 : dataSelector());
    s.rip = CODE + 0x100 - codeBase;
    s.reg[4] = DATA - dataBase + 0x1800 + 8 * random.nextInt(8);
  }

  /** A data selector that loads without a fault. */
  private int dataSelector() {
    int entry = 2 + random.nextInt(ENTRIES - 2);
    int access = (int) (ldt[entry] >>> 40) & 0xFF;
    boolean loads = (access & 0x80) != 0 && (access & 0xA) != 8;
    return loads ? entry << 3 | 7 : FLAT_DATA;
  }

  private void load(int register, int selector) {
    if (selector < 4) {
      c.state.segment[register].set(selector, 0, 0, Segment.UNUSABLE);
      return;
    }
    long d = (selector & 4) != 0 ? ldt[selector >> 3] : GDT[selector >> 3];
    long base = d >>> 16 & 0xFFFFFF | d >>> 32 & 0xFF000000L;
    c.state.segment[register].set(selector, base, limit(d), attributes(d));
  }

  private static int attributes(long descriptor) {
    return (int) (descriptor >>> 40) & 0xF0FF;
  }

  /** Last offset that a descriptor allows, in bytes. */
  static long limit(long descriptor) {
    long limit = descriptor & 0xFFFF | descriptor >>> 32 & 0xF0000;
    return (attributes(descriptor) & Segment.G) != 0 ? limit << 12 | 0xFFF : limit;
  }

  // What the kernel has

  private void system() {
    BareState s = c.state;
    for (int i = 0; i < 16; i++) {
      c.put(0x1000 + 8 * i, i < GDT.length ? GDT[i] : 0, 8);
    }
    long tss = descriptor(KERNEL + 0x4000, 0x67, 0x8B, 0);
    long table = descriptor(KERNEL + LDT, 8 * ENTRIES - 1, 0x82, 0);
    c.put(0x1040, tss, 8);
    c.put(0x1048, KERNEL >>> 32, 8);
    c.put(0x1050, table, 8);
    c.put(0x1058, KERNEL >>> 32, 8);
    s.gdtr = KERNEL + 0x1000;
    s.gdtrLimit = 127;
    s.idtr = KERNEL + 0x2000;
    s.idtrLimit = 4095;
    for (int v = 0; v < 48; v++) {
      int dpl = v == 3 || v == 4 ? 3 : 0;
      c.put(
          0x2000 + 16 * v,
          0x3000 + 8 * v
              | 0x10L << 16
              | (long) (0x8E | dpl << 5) << 40
              | (KERNEL >>> 16 & 0xFFFF) << 48,
          8);
      c.put(0x2008 + 16 * v, KERNEL >>> 32, 8);
    }
    c.put(0x4004, KERNEL + 0x6400, 8);
    c.put(0x4066, 0x68, 2);
    s.segment[6].set(0x50, KERNEL + LDT, 8 * ENTRIES - 1, 0x82);
    s.segment[7].set(0x40, KERNEL + 0x4000, 0x67, 0x8B);
    s.cr0 = 0x80050033L;
    s.cr3 = 0x10000;
    s.cr4 = 0x6A0;
    s.efer = 0xD01;
    c.put(0x10000, 0x11027, 8);
    c.put(0x11000, 0x12027, 8);
    c.put(0x10000 + 8 * 256, 0x16023, 8);
    c.put(0x16000, 0x17023, 8);
    c.put(0x17000, 0x13023, 8);
    c.put(0x12000 + 8 * 128, 0x14027, 8);
    c.put(0x12000 + 8 * 256, 0x15027, 8);
    for (int p = 0; p < 32; p++) {
      c.put(0x13000 + 8 * p, (long) p << 12 | 0x63, 8);
    }
    c.put(0x15000, CODE_PAGE | 0x67, 8);
  }

  private void pages() {
    for (int p = 0; p < 4; p++) {
      long rights =
          p == 1 || !chance(4)
              ? 0x8000000000000067L
              : new long[] {0, 0x8000000000000065L, 0x67, 0x65}[random.nextInt(4)];
      c.put(RIGHTS + 8 * p, DATA_PAGE + 4096 * p | rights, 8);
    }
    for (int i = 0; i < 32; i++) {
      c.put(DATA_PAGE + 8 * i, pointer(), 8);
      c.put(DATA_PAGE + 0x1800 + 8 * i, random.nextLong(), 8);
    }
  }

  // Operands

  private long value() {
    return switch (random.nextInt(5)) {
      case 0 -> selector();
      case 1 -> random.nextInt(256);
      case 2 -> DATA - dataBase + random.nextInt(0x4000);
      case 3 -> random.nextInt();
      default -> random.nextLong();
    };
  }

  private int selector() {
    int rpl = chance(3) ? random.nextInt(4) : 3;
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(7) << 3 | rpl;
      case 1 -> pick(0, 1, 2, 3, 0x80, 0x83, 0x84, 0x87, 0x1000, 0xFFFF);
      default -> random.nextInt(ENTRIES) << 3 | 4 | rpl;
    };
  }

  private int codeSelector() {
    return chance(4) ? selector() : pick(LONG_CODE, FLAT_CODE, CODE16, CODE32);
  }

  /** An offset in the code page as a code segment would see it. */
  private long offset(int selector) {
    long base =
        (selector & ~3) == (CODE16 & ~3) || (selector & ~3) == (CODE32 & ~3) || (selector & 4) != 0
            ? 0
            : CODE;
    return base + 0x300 + random.nextInt(64);
  }

  private long pointer() {
    int cs = codeSelector();
    return chance(2) ? offset(cs) & 0xFFFF | (long) cs << 16 : offset(cs) | (long) cs << 32;
  }

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

  private void modrm(int reg, boolean mayBeRegister) {
    if (mayBeRegister && chance(2)) {
      emit(0xC0 | reg << 3);
      return;
    }
    emit(reg << 3 | (bits == 16 ? 4 : 6));
    aim(6);
  }

  private void aim(int register) {
    long where =
        chance(3)
            ? random.nextInt(0x4000)
            : chance(4)
                ? 0x1000 * (1 + random.nextInt(3)) - random.nextInt(20)
                : 8 * random.nextInt(32);
    c.state.reg[register] = DATA - dataBase + where;
    if (chance(30)) {
      c.state.reg[register] = random.nextLong();
    }
  }

  private int stack() {
    return (int) (DATA_PAGE + dataBase + c.state.reg[4] - DATA);
  }

  // Instructions

  private void instruction() {
    operandSize = bits == 16 ? 2 : 4;
    boolean segmented = bits != 64 && chance(5);
    if (segmented) {
      emit(pick(0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65));
    }
    if (chance(3)) {
      emit(0x66);
      operandSize = 6 - operandSize;
    }
    if (bits == 64 && chance(3)) {
      emit(0x48);
      operandSize = 8;
    }
    c.state.reg[0] = selector();
    switch (random.nextInt(16)) {
      case 0, 1 -> segmentMove();
      case 2 -> segmentStack();
      case 3 -> farPointer();
      case 4, 5 -> farBranch();
      case 6, 7 -> farReturn();
      case 8 -> interrupt();
      case 9, 10 -> query();
      case 11 -> privileged();
      case 12 -> flags();
      default -> memory();
    }
  }

  private void segmentMove() {
    if (chance(4)) {
      emit(0x8C);
      modrm(pick(0, 1, 2, 3, 4, 5, 6, 7), true);
      return;
    }
    emit(0x8E);
    modrm(pick(0, 2, 3, 4, 5, 0, 2, 3, 4, 5, 1, 6), true);
    c.put(DATA_PAGE + (int) (c.state.reg[6] & 0xF8), selector(), 2);
  }

  private void segmentStack() {
    c.put(stack(), selector(), 2);
    if (bits == 64 || chance(3)) {
      emit(0x0F, pick(0xA0, 0xA1, 0xA8, 0xA9));
    } else {
      emit(pick(0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F));
    }
  }

  private void farPointer() {
    if (bits != 64 && chance(2)) {
      emit(pick(0xC4, 0xC5));
    } else {
      emit(0x0F, pick(0xB2, 0xB4, 0xB5));
    }
    modrm(random.nextInt(8), false);
    c.put(
        DATA_PAGE + (int) (c.state.reg[6] & 0xF8),
        0x1234 | (long) selector() << 8 * Math.min(operandSize, 4),
        8);
  }

  private void farBranch() {
    if (bits == 64 || chance(2)) {
      emit(0xFF);
      modrm(chance(2) ? 3 : 5, false);
      return;
    }
    emit(chance(2) ? 0x9A : 0xEA);
    int cs = codeSelector();
    immediate(offset(cs), operandSize);
    immediate(cs, 2);
  }

  private void farReturn() {
    int at = stack();
    int cs = codeSelector();
    c.put(at, offset(cs), operandSize);
    c.put(at + operandSize, cs, operandSize);
    int next = at + 2 * operandSize;
    if (chance(2)) {
      c.put(next, random.nextInt() & 0xCD5 | 0x202 | (chance(4) ? 0x3000 : 0), operandSize);
      next += operandSize;
      emit(0xCF);
    } else if (chance(3)) {
      emit(0xCA, 8, 0);
    } else {
      emit(0xCB);
    }
    c.put(next, DATA + 0x1700, operandSize);
    c.put(next + operandSize, pick(FLAT_DATA, DATA16, DATA32, selector()), operandSize);
  }

  private void interrupt() {
    switch (random.nextInt(5)) {
      case 0 -> emit(pick(0xCC, 0xF1));
      case 1 -> emit(bits == 64 ? 0xCC : 0xCE);
      case 2 -> emit(0x0F, pick(0x0B, 0xFF, 0xB9));
      default -> emit(0xCD, random.nextInt(44));
    }
  }

  private void query() {
    switch (random.nextInt(4)) {
      case 0 -> emit(0x0F, 0x02);
      case 1 -> emit(0x0F, 0x03);
      case 2 -> {
        emit(0x0F, 0x00);
        modrm(pick(4, 5), true);
        c.put(DATA_PAGE + (int) (c.state.reg[6] & 0xF8), selector(), 2);
        return;
      }
      default -> {
        if (bits == 64) {
          emit(0x0F, 0x02);
        } else {
          emit(0x63);
        }
      }
    }
    modrm(random.nextInt(4), true);
    c.put(DATA_PAGE + (int) (c.state.reg[6] & 0xF8), selector(), 2);
  }

  /** What user mode may not do. */
  private void privileged() {
    switch (random.nextInt(8)) {
      case 0 -> emit(pick(0xF4, 0xFA, 0xFB));
      case 1 -> emit(0x0F, pick(0x06, 0x08, 0x09, 0x30, 0x32, 0x35));
      case 2 -> emit(0x0F, pick(0x20, 0x22), 0xC0 | pick(0, 2, 3, 4, 1, 5) << 3);
      case 3 -> emit(0x0F, pick(0x21, 0x23), 0xC0 | random.nextInt(8) << 3);
      case 4 -> {
        emit(0x0F, 0x00);
        modrm(pick(2, 3), true);
      }
      case 5 -> {
        emit(0x0F, 0x01);
        modrm(pick(2, 3, 7), false);
      }
      case 6 -> emit(pick(0xE4, 0xE5, 0xE6, 0xE7), random.nextInt(256));
      default -> {
        emit(pick(0xEC, 0xED, 0xEE, 0xEF, 0x6C, 0x6F));
        aim(6);
        aim(7);
      }
    }
  }

  private void flags() {
    if (chance(3)) {
      emit(0x9C);
    } else {
      c.put(
          stack(),
          random.nextInt() & 0x18BED5 & ~0x100,
          operandSize == 4 && bits == 64 ? 8 : operandSize);
      emit(0x9D);
    }
  }

  private void memory() {
    int what = random.nextInt(12);
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
        emit(0xFF);
        modrm(6, false);
      }
      case 5 -> {
        emit(0xA5);
        aim(6);
        aim(7);
      }
      case 6 -> emit(0xC8, random.nextInt(16), 0, random.nextInt(4));
      case 7 -> emit(bits == 64 ? 0x50 : pick(0x60, 0x61));
      case 8 -> {
        emit(0x0F, 0xB1);
        modrm(3, false);
      }
      case 9 -> {
        emit(0xFF, 0xE1);
        c.state.reg[1] = DATA - codeBase + random.nextInt(0x4000);
      }
      case 10 -> emit(0x0F, 0xC7, 0x08 | (bits == 16 ? 4 : 6));
      default -> {
        emit(0x8F);
        modrm(0, false);
      }
    }
    if (what == 10) {
      c.state.reg[6] = DATA - dataBase + 16 * random.nextInt(0x400);
    }
    if (what == 6) {
      c.state.reg[5] = c.state.reg[4] + 0x20;
    }
    if (chance(6)) {
      c.state.reg[4] = DATA - dataBase + random.nextInt(0x4000);
    }
  }
}
