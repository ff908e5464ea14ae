package io.github.bitterling.vmx.apic;

import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.ApicUnit;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.Arrays;

/** Local APIC of one processor in xAPIC and x2APIC mode (SDM volume 3, chapter 11). */
public final class LocalApic implements ApicUnit {
  private static final long DEFAULT_BASE = 0xFEE00000L;
  private static final int BSP = 1 << 8;
  private static final int EXTENDED = 1 << 10;
  private static final int ENABLE = 1 << 11;

  /** Bits of the low half of the interrupt command that are not reserved. */
  static final int COMMAND_BITS = 0xCCFFF & ~(1 << 12);

  /** Destination of a broadcast, whatever the width of the field it came from. */
  static final int BROADCAST = -1;

  /** Version 14h, six LVT entries, no EOI-broadcast suppression. */
  private static final int VERSION = 0x00050014;

  private static final int MASKED = 1 << 16;
  private static final int SOFTWARE_ENABLE = 1 << 8;

  // LVT entries by register offset 320h.. in steps of 10h
  private static final int TIMER = 0;
  private static final int LINT0 = 3;
  private static final int LINT1 = 4;
  private static final int ERROR = 5;
  private static final int[] LVT_WRITABLE = {0x700FF, 0x107FF, 0x107FF, 0x1A7FF, 0x1A7FF, 0x100FF};

  private static final int ERROR_SEND_ILLEGAL = 1 << 5;
  private static final int ERROR_RECEIVE_ILLEGAL = 1 << 6;
  private static final int ERROR_REGISTER = 1 << 7;

  private final Cpu cpu;
  private final SystemBus bus;
  private final ApicBus fabric;
  private final int initialId;
  private final boolean bootstrap;
  private final ApicTimer timer;
  private final VectorSet irr = new VectorSet();
  private final VectorSet isr = new VectorSet();
  private final VectorSet tmr = new VectorSet();
  private final int[] lvt = new int[6];
  private final X2Registers x2 = new X2Registers(this);
  private long apicBase;
  private int id;
  private int tpr;
  private int logical;
  private int format;
  private int spurious;
  private int errors;
  private int errorsShown;
  private int icrLow;
  private int icrHigh;

  /**
   * @param busHertz clock of the timer
   * @param bootstrap starts at reset; the others wait for SIPI
   */
  public LocalApic(
      Cpu cpu,
      SystemBus bus,
      ApicBus fabric,
      VirtualTime time,
      long busHertz,
      int id,
      boolean bootstrap) {
    this.cpu = cpu;
    this.bus = bus;
    this.fabric = fabric;
    this.initialId = id;
    this.bootstrap = bootstrap;
    this.timer = new ApicTimer("apic" + id, time, busHertz, () -> local(TIMER));
    reset(true);
    fabric.add(this);
  }

  @Override
  public void reset(boolean powerOn) {
    if (powerOn) {
      apicBase = DEFAULT_BASE | ENABLE | (bootstrap ? BSP : 0);
      id = initialId;
    }
    irr.clearAll();
    isr.clearAll();
    tmr.clearAll();
    tpr = 0;
    logical = 0;
    format = -1;
    spurious = 0xFF;
    errors = 0;
    errorsShown = 0;
    icrLow = 0;
    icrHigh = 0;
    Arrays.fill(lvt, MASKED);
    timer.reset();
  }

  // Processor side

  @Override
  public long base() {
    return (apicBase & (ENABLE | EXTENDED)) == ENABLE ? apicBase & -4096L : -1;
  }

  @Override
  public long apicBaseMsr() {
    return apicBase;
  }

  @Override
  public void setApicBaseMsr(long value) {
    boolean disables = (apicBase & ENABLE) != 0 && (value & ENABLE) == 0;
    apicBase = value;
    if (disables) {
      reset(false);
    }
    if (extended()) {
      id = initialId;
    }
  }

  private boolean extended() {
    return (apicBase & EXTENDED) != 0;
  }

  @Override
  public int id() {
    return initialId;
  }

  @Override
  public long cr8() {
    return tpr >> 4;
  }

  @Override
  public void setCr8(long value) {
    tpr = (int) value << 4 & 0xF0;
    cpu.attention = true;
  }

  @Override
  public long deadline() {
    return timer.deadline();
  }

  @Override
  public void setDeadline(long value) {
    timer.setDeadline(value, value - cpu.msrs.tsc(cpu));
  }

  @Override
  public boolean interruptPending() {
    return deliverable() != -1 || externalPending();
  }

  @Override
  public int acknowledge() {
    int vector = deliverable();
    if (vector == -1) {
      return bus.acknowledgeInterrupt() & 0xFF;
    }
    irr.clear(vector);
    isr.set(vector);
    return vector;
  }

  /** Highest requested vector above the processor priority, or -1. */
  private int deliverable() {
    if (!softwareEnabled()) {
      return -1;
    }
    int vector = irr.highest();
    return vector != -1 && vector >> 4 > ppr() >> 4 ? vector : -1;
  }

  /** The 8259 reaches the core through LINT0 in ExtINT mode, or directly while the APIC is off. */
  private boolean externalPending() {
    if (!fabric.intr()) {
      return false;
    }
    if ((apicBase & ENABLE) == 0) {
      return bootstrap;
    }
    boolean extInt = (lvt[LINT0] & 0x700) == InterruptFabric.EXT_INT << 8;
    return extInt && (lvt[LINT0] & MASKED) == 0;
  }

  private boolean softwareEnabled() {
    return (apicBase & ENABLE) != 0 && (spurious & SOFTWARE_ENABLE) != 0;
  }

  private int ppr() {
    int inService = isr.highest();
    int serviced = inService == -1 ? 0 : inService & 0xF0;
    return (tpr & 0xF0) >= serviced ? tpr : serviced;
  }

  // Messages

  /** True when the message's destination names this APIC. */
  boolean matches(int destination, boolean logicalMode) {
    if ((apicBase & ENABLE) == 0) {
      return false;
    }
    if (destination == BROADCAST) {
      return true;
    }
    if (!logicalMode) {
      return destination == id;
    }
    if (extended()) {
      int own = x2Logical();
      return own >>> 16 == destination >>> 16 && (own & destination & 0xFFFF) != 0;
    }
    if (destination >>> 8 != 0) {
      return false;
    }
    boolean flat = format >>> 28 == 0xF;
    if (flat) {
      return (logical & destination) != 0;
    }
    boolean cluster = logical >> 4 == destination >> 4 || destination >> 4 == 0xF;
    return cluster && (logical & destination & 0xF) != 0;
  }

  /** Takes a message addressed to this APIC. */
  void deliver(int mode, int vector, boolean level) {
    switch (mode) {
      case InterruptFabric.FIXED, InterruptFabric.LOWEST_PRIORITY -> request(vector, level);
      case InterruptFabric.SMI -> cpu.latch(Cpu.LATCH_SMI);
      case InterruptFabric.NMI -> cpu.latch(Cpu.LATCH_NMI);
      case InterruptFabric.INIT -> cpu.latch(Cpu.LATCH_INIT);
      case InterruptFabric.SIPI -> {
        cpu.sipiVector = vector;
        cpu.latch(Cpu.LATCH_SIPI);
      }
      default -> cpu.attention = true;
    }
  }

  private void request(int vector, boolean level) {
    if (!softwareEnabled()) {
      return;
    }
    if (vector < 16) {
      error(ERROR_RECEIVE_ILLEGAL);
      return;
    }
    irr.set(vector);
    if (level) {
      tmr.set(vector);
    } else {
      tmr.clear(vector);
    }
    cpu.attention = true;
  }

  /** Priority by which lowest-priority messages choose: the processor priority. */
  int arbitrationPriority() {
    return ppr();
  }

  boolean acceptsFixed() {
    return softwareEnabled();
  }

  /** Look again: the 8259's output changed. */
  void attention() {
    cpu.attention = true;
  }

  void lint1() {
    local(LINT1);
  }

  private void local(int entry) {
    if ((lvt[entry] & MASKED) != 0 || (apicBase & ENABLE) == 0) {
      return;
    }
    boolean fixedOnly = entry == TIMER || entry == ERROR;
    deliver(fixedOnly ? InterruptFabric.FIXED : lvt[entry] >> 8 & 7, lvt[entry] & 0xFF, false);
  }

  private void error(int bit) {
    boolean news = (errors & bit) == 0;
    errors |= bit;
    if (news) {
      local(ERROR);
    }
  }

  // Registers

  @Override
  public long read(int offset, int bytes) {
    int register = offset & ~0xF;
    // The upper words of a slot read as zero; narrow reads take their part
    long slot = (offset & 0xC) == 0 ? register(register) & 0xFFFFFFFFL : 0;
    long value = slot >>> 8 * (offset & 3);
    return bytes >= 4 ? value : value & (1L << 8 * bytes) - 1;
  }

  private int register(int offset) {
    return switch (offset) {
      case 0x20 -> id << 24;
      case 0x30 -> VERSION;
      case 0x80 -> tpr;
      case 0x90 -> Math.max(tpr & 0xF0, isr.highest() == -1 ? 0 : isr.highest() & 0xF0);
      case 0xA0 -> ppr();
      case 0xD0 -> logical << 24;
      case 0xE0 -> format;
      case 0xF0 -> spurious;
      case 0x280 -> errorsShown;
      case 0x300 -> icrLow;
      case 0x310 -> icrHigh;
      case 0x380 -> (int) timer.initial();
      case 0x390 -> (int) timer.current();
      case 0x3E0 -> timer.divide();
      default -> table(offset);
    };
  }

  private int table(int offset) {
    if (offset >= 0x100 && offset < 0x280) {
      VectorSet set = offset < 0x180 ? isr : offset < 0x200 ? tmr : irr;
      return set.word(offset >> 4 & 7);
    }
    if (offset >= 0x320 && offset <= 0x370) {
      return lvt[offset - 0x320 >> 4];
    }
    if (offset != 0xB0) {
      error(ERROR_REGISTER);
    }
    return 0;
  }

  @Override
  public void write(int offset, int bytes, long value) {
    if ((offset & 0xF) != 0 || bytes < 4) {
      return;
    }
    int v = (int) value;
    cpu.attention = true;
    switch (offset) {
      case 0x20 -> id = v >>> 24;
      case 0x80 -> tpr = v & 0xFF;
      case 0xB0 -> endOfInterrupt();
      case 0xD0 -> logical = v >>> 24;
      case 0xE0 -> format = v | 0x0FFFFFFF;
      case 0xF0 -> setSpurious(v);
      case 0x280 -> {
        errorsShown = errors;
        errors = 0;
      }
      case 0x300 -> send(v);
      case 0x310 -> icrHigh = v & 0xFF000000;
      case 0x380 -> timer.setInitial(v & 0xFFFFFFFFL);
      case 0x3E0 -> timer.setDivide(v);
      default -> writeTable(offset, v);
    }
  }

  private void writeTable(int offset, int value) {
    if (offset < 0x320 || offset > 0x370) {
      boolean readOnly = offset == 0x30 || offset >= 0x90 && offset < 0x280 || offset == 0x390;
      if (!readOnly) {
        error(ERROR_REGISTER);
      }
      return;
    }
    int entry = offset - 0x320 >> 4;
    int written = value & LVT_WRITABLE[entry];
    lvt[entry] = softwareEnabled() ? written : written | MASKED;
    if (entry == TIMER) {
      timer.setMode(written >> 17 & 3);
    }
  }

  private void setSpurious(int value) {
    spurious = value & 0x3FF;
    if (!softwareEnabled()) {
      for (int i = 0; i < lvt.length; i++) {
        lvt[i] |= MASKED;
      }
    }
  }

  private void endOfInterrupt() {
    int vector = isr.highest();
    if (vector == -1) {
      return;
    }
    isr.clear(vector);
    if (tmr.get(vector)) {
      bus.endOfInterrupt(vector);
    }
  }

  /** Write to ICR low: sends; delivery is at once, so the status bit always reads idle. */
  private void send(int value) {
    icrLow = value & COMMAND_BITS;
    int vector = value & 0xFF;
    int mode = value >> 8 & 7;
    boolean fixed = mode <= InterruptFabric.LOWEST_PRIORITY;
    if (fixed && vector < 16) {
      error(ERROR_SEND_ILLEGAL);
      return;
    }
    boolean initDeassert =
        mode == InterruptFabric.INIT && (value & 1 << 14) == 0 && (value & 1 << 15) != 0;
    if (initDeassert) {
      return;
    }
    fabric.send(this, value >> 18 & 3, destination(), (value & 1 << 11) != 0, mode, vector);
  }

  private int destination() {
    return extended() ? icrHigh : ApicBus.wide(icrHigh >>> 24);
  }

  // x2APIC mode

  @Override
  public Long readMsr(int msr) {
    return extended() ? x2.read(msr) : null;
  }

  @Override
  public boolean writeMsr(int msr, long value) {
    cpu.attention = true;
    return extended() && x2.write(msr, value);
  }

  /** Cluster and place in it, from the APIC id (11.12.10.2). */
  int x2Logical() {
    return id >>> 4 << 16 | 1 << (id & 15);
  }

  long x2Command() {
    return icrLow & 0xFFFFFFFFL | (long) icrHigh << 32;
  }

  void x2Send(long command) {
    icrHigh = (int) (command >>> 32);
    send((int) command);
  }

  void selfInterrupt(int vector) {
    if (vector < 16) {
      error(ERROR_SEND_ILLEGAL);
    } else {
      request(vector, false);
    }
  }

  /** Bits of an LVT entry that software may set; entry 0 is the timer's at 320h. */
  static int lvtBits(int entry) {
    return LVT_WRITABLE[entry];
  }
}
