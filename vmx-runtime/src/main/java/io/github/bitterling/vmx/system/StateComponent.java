package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * State components that the XSAVE feature set manages, with their places in an area (SDM volume 1,
 * 13.4 to 13.6). None of them asks for alignment in the compacted format.
 */
enum StateComponent {
  X87(0, 0, 0),
  SSE(1, 0, 0),
  /** Upper halves of the YMM registers. */
  AVX(2, SaveArea.YMM, 256),
  BNDREGS(3, 960, 64),
  /** BNDCFGU and BNDSTATUS. */
  BNDCSR(4, 1024, 64),
  /** IA32_PM_CTL1, of the supervisor. */
  HDC(13, 0, 8);

  private static final StateComponent[] ALL = values();

  /** Legacy region and header. */
  static final int HEAD = SaveArea.HEADER + 64;

  private static final int EXTENDED = 2;

  private final int number;
  private final int offset;
  private final int bytes;

  /**
   * @param number bit of XCR0 or IA32_XSS
   * @param offset in the standard format; 0 in the legacy region, and for supervisor components
   * @param bytes behind the header
   */
  StateComponent(int number, int offset, int bytes) {
    this.number = number;
    this.offset = offset;
    this.bytes = bytes;
  }

  long bit() {
    return 1L << number;
  }

  int bytes() {
    return bytes;
  }

  /** Offset in the standard format, 0 for supervisor components. */
  int offset() {
    return offset;
  }

  private boolean extended() {
    return number >= EXTENDED;
  }

  boolean supervisor() {
    return extended() && offset == 0;
  }

  /** Component n, or null. */
  static StateComponent of(int number) {
    for (StateComponent c : ALL) {
      if (c.number == number) {
        return c;
      }
    }
    return null;
  }

  /** Bytes of an area in standard format for these components. */
  static int standardBytes(long components) {
    int end = HEAD;
    for (StateComponent c : ALL) {
      if (c.in(components)) {
        end = Math.max(end, c.offset + c.bytes);
      }
    }
    return end;
  }

  /** Bytes of an area in compacted format for these components. */
  static int compactedBytes(long components) {
    int end = HEAD;
    for (StateComponent c : ALL) {
      end += c.in(components) ? c.bytes : 0;
    }
    return end;
  }

  private boolean in(long components) {
    return (components & bit()) != 0;
  }

  /**
   * @param compacted components of a compacted area, or 0 for the standard format
   */
  private int place(long compacted) {
    if (!extended()) {
      return 0;
    }
    return compacted == 0 ? offset : compactedBytes(compacted & bit() - 1);
  }

  /** Those of all components that are not in their initial configuration. */
  static long inUse(Cpu cpu) {
    long found = 0;
    for (StateComponent c : ALL) {
      found |= c.used(cpu) ? c.bit() : 0;
    }
    return found;
  }

  private boolean used(Cpu cpu) {
    return switch (this) {
      case X87 -> SaveArea.x87InUse(cpu);
      case SSE -> SaveArea.inUse(cpu, cpu.xmm);
      case AVX -> SaveArea.inUse(cpu, cpu.ymm);
      case BNDREGS -> Bounds.inUse(cpu);
      case BNDCSR -> (cpu.bndcfgu | cpu.bndstatus) != 0;
      case HDC -> cpu.pmCtl1 != Cpu.HDC_ALLOW_BLOCK;
    };
  }

  /**
   * Stores components into an area; MXCSR is not part of them here.
   *
   * @param size operand size in bytes
   * @param compacted as {@link #place} has it
   */
  static void save(Cpu cpu, long area, int size, long components, long compacted) {
    for (StateComponent c : ALL) {
      if (c.in(components)) {
        c.save(cpu, area + c.place(compacted), size);
      }
    }
  }

  private void save(Cpu cpu, long at, int size) {
    switch (this) {
      case X87 -> SaveArea.saveX87(cpu, at, size);
      case SSE -> SaveArea.saveXmm(cpu, at);
      case AVX -> SaveArea.save(cpu, cpu.ymm, at);
      case BNDREGS -> Bounds.save(cpu, at);
      case BNDCSR -> {
        Mem.store(cpu, at, 8, cpu.bndcfgu);
        Mem.store(cpu, at + 8, 8, cpu.bndstatus);
      }
      case HDC -> Mem.store(cpu, at, 8, cpu.pmCtl1);
    }
  }

  /** Loads components from an area, see {@link #save}. */
  static void load(Cpu cpu, long area, int size, long components, long compacted) {
    for (StateComponent c : ALL) {
      if (c.in(components)) {
        c.load(cpu, area + c.place(compacted), size);
      }
    }
  }

  private void load(Cpu cpu, long at, int size) {
    switch (this) {
      case X87 -> SaveArea.loadX87(cpu, at, size);
      case SSE -> SaveArea.loadXmm(cpu, at);
      case AVX -> SaveArea.load(cpu, cpu.ymm, at);
      case BNDREGS -> Bounds.restore(cpu, at);
      case BNDCSR -> Bounds.configureUser(cpu, Mem.load(cpu, at, 8), Mem.load(cpu, at + 8, 8));
      case HDC -> cpu.pmCtl1 = Mem.load(cpu, at, 8);
    }
  }

  /** Whether every component can be loaded from a compacted area: reserved bits are 0. */
  static boolean loadable(Cpu cpu, long area, long components, long compacted) {
    return !HDC.in(components)
        || (Mem.load(cpu, area + HDC.place(compacted), 8) & ~Cpu.HDC_ALLOW_BLOCK) == 0;
  }

  /** Puts components into their initial configuration. */
  static void initialize(Cpu cpu, long components) {
    for (StateComponent c : ALL) {
      if (c.in(components)) {
        c.initialize(cpu);
      }
    }
  }

  private void initialize(Cpu cpu) {
    switch (this) {
      case X87 -> SaveArea.initX87(cpu);
      case SSE -> SaveArea.init(cpu, cpu.xmm);
      case AVX -> SaveArea.init(cpu, cpu.ymm);
      case BNDREGS -> Bounds.initialize(cpu);
      case BNDCSR -> Bounds.configureUser(cpu, 0, 0);
      case HDC -> cpu.pmCtl1 = Cpu.HDC_ALLOW_BLOCK;
    }
  }
}
