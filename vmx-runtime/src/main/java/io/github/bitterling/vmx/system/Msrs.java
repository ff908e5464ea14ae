package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.model.MsrRow;
import io.github.bitterling.vmx.paging.SegmentChecks;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Model-specific registers of one processor: those with behaviour here, plain ones in {@link
 * MsrTable}, the VMX ones in the VMX unit.
 */
public final class Msrs implements MsrUnit {
  /** Hears of no-evict mode, by which firmware turns the cache into RAM (MSR 2E0h bits 1:0). */
  public interface CacheAsRam {
    void noEvictMode(Cpu cpu, int bits);
  }

  private static final int MICROCODE_REVISION = 0x8B;
  private static final int NO_EVICT = 0x2E0;
  private static final int POWER_MISC = 0x120;

  /** POWER_MISC: from now on the processor's accesses are untrusted ones; stays until reset. */
  private static final int ENABLE_IA_UNTRUSTED = 1 << 6;

  private static final int SMI_COUNT = 0x34;
  private static final int SMBASE = 0x9E;
  private static final int SMRR_BASE = 0x1F2;
  private static final int SMRR_MASK = 0x1F3;
  private static final long SMRR_PAGES = 0xFFFFF000L;
  private static final int SMRR_VALID = 1 << 11;
  private static final int VMX_MISC = 0x485;

  /** IA32_VMX_MISC: RDMSR of IA32_SMBASE works in SMM. */
  private static final int SMBASE_READABLE = 1 << 15;

  /** Different unknown numbers counted; a guest that tries all must not fill the host's memory. */
  private static final int MAX_UNKNOWN = 256;

  private static final int PAT = 0x277;
  private static final int XSS = 0xDA0;
  private static final int BNDCFGS = 0xD90;
  private static final int PM_CTL1 = 0xDB1;
  private static final int APIC_ENABLE = 1 << 11;
  private static final int APIC_EXTENDED = 1 << 10;
  private static final int APIC_MODE = APIC_ENABLE | APIC_EXTENDED;
  private final CpuModel model;
  private final CacheAsRam cacheAsRam;
  private final Map<Integer, MsrRow> rows = new HashMap<>();
  private final Map<Integer, Long> values = new HashMap<>();
  private final Map<Integer, Long> unknown = new TreeMap<>();
  private long bootCycles;
  private long tscAdjust;
  private long publishedRevision;
  private int loadedRevision;

  public Msrs(CpuModel model, CacheAsRam cacheAsRam) {
    this.model = model;
    this.cacheAsRam = cacheAsRam;
    for (MsrRow row : MsrTable.of(model)) {
      rows.put(row.number(), row);
    }
  }

  /** Numbers of MSRs the guest asked for that do not exist, with how often. */
  public Map<Integer, Long> unknownAccesses() {
    return Collections.unmodifiableMap(unknown);
  }

  /** Revision of the microcode update in force; before the first, what the model starts with. */
  public int microcodeRevision() {
    return loadedRevision;
  }

  @Override
  public void reset(Cpu cpu) {
    values.clear();
    bootCycles = cpu.cycles();
    tscAdjust = 0;
    publishedRevision = 0;
    loadedRevision = model.microcode();
    cpu.sysenterCs = 0;
    cpu.sysenterEsp = 0;
    cpu.sysenterEip = 0;
    cpu.star = 0;
    cpu.lstar = 0;
    cpu.cstar = 0;
    cpu.fmask = 0;
    cpu.kernelGsBase = 0;
    cpu.tscAux = 0;
    cpu.debugctl = 0;
    cpu.pat = 0x0007040600070406L;
    cpu.memory.setSmrr(0, 0);
    cpu.memory.setBootMode(rows.containsKey(POWER_MISC));
  }

  /** CPUID leaf 1 publishes the microcode revision in IA32_BIOS_SIGN_ID (SDM volume 3, 10.11.7). */
  void signatureRead() {
    publishedRevision = (long) loadedRevision << 32;
  }

  @Override
  public long tsc(Cpu cpu) {
    return cpu.cycles() - bootCycles + tscAdjust;
  }

  // RDMSR

  @Override
  public Long read(Cpu cpu, int msr) {
    Long value = special(cpu, msr);
    if (value == null && vmx(msr)) {
      value = cpu.vmx.readMsr(cpu, msr);
    }
    if (value == null && x2apic(msr)) {
      value = cpu.apic.readMsr(msr);
    }
    if (value == null && rows.containsKey(msr)) {
      value = values.getOrDefault(msr, rows.get(msr).reset());
    }
    if (value == null) {
      countUnknown(msr);
    }
    return value;
  }

  private void countUnknown(int msr) {
    if (unknown.size() < MAX_UNKNOWN || unknown.containsKey(msr)) {
      unknown.merge(msr, 1L, Long::sum);
    }
  }

  private static boolean vmx(int msr) {
    return msr == 0x3A || msr >= 0x480 && msr <= 0x491;
  }

  private static boolean x2apic(int msr) {
    return msr >>> 8 == 8;
  }

  private Long special(Cpu cpu, int msr) {
    return switch (msr) {
      case 0x10 -> cpu.vmx.guestTsc(cpu, tsc(cpu));
      case 0x3B -> tscAdjust;
      case 0x1B -> cpu.apic.apicBaseMsr();
      case MICROCODE_REVISION -> publishedRevision;
      case 0x174 -> cpu.sysenterCs;
      case 0x175 -> cpu.sysenterEsp;
      case 0x176 -> cpu.sysenterEip;
      case 0x1D9 -> cpu.debugctl;
      case PAT -> cpu.pat;
      case 0x6E0 -> cpu.apic.deadline();
      case SMI_COUNT -> cpu.smiCount & 0xFFFFFFFFL;
      case SMBASE -> smbase(cpu);
      case BNDCFGS -> model.has(Feature.MPX) ? cpu.bndcfgs : null;
      case XSS -> model.has(Feature.XSAVES) ? cpu.xss : null;
      case PM_CTL1 -> model.has(Feature.HDC) ? cpu.pmCtl1 : null;
      default -> extended(cpu, msr);
    };
  }

  /** IA32_SMBASE: in SMM only. */
  private static Long smbase(Cpu cpu) {
    Long misc = cpu.vmx.readMsr(cpu, VMX_MISC);
    boolean readable = misc != null && (misc & SMBASE_READABLE) != 0;
    return readable && cpu.smm ? Long.valueOf(cpu.smbase) : null;
  }

  private static Long extended(Cpu cpu, int msr) {
    return switch (msr) {
      case 0xC0000080 -> cpu.efer;
      case 0xC0000081 -> cpu.star;
      case 0xC0000082 -> cpu.lstar;
      case 0xC0000083 -> cpu.cstar;
      case 0xC0000084 -> cpu.fmask;
      case 0xC0000100 -> cpu.fs.base;
      case 0xC0000101 -> cpu.gs.base;
      case 0xC0000102 -> cpu.kernelGsBase;
      case 0xC0000103 -> cpu.tscAux;
      default -> null;
    };
  }

  // WRMSR

  @Override
  public boolean write(Cpu cpu, int msr, long value) {
    if (vmx(msr)) {
      return cpu.vmx.writeMsr(cpu, msr, value);
    }
    if (x2apic(msr)) {
      return cpu.apic.writeMsr(msr, value);
    }
    return switch (msr) {
      case 0x10 -> setTsc(cpu, value);
      case 0x3B -> adjustTsc(value);
      case 0x1B -> setApicBase(cpu, value);
      case 0x79 -> loadMicrocode(cpu, value);
      case MICROCODE_REVISION -> {
        publishedRevision = value & ~0xFFFFFFFFL;
        yield true;
      }
      case PAT -> setPat(cpu, value);
      case 0x6E0 -> {
        cpu.apic.setDeadline(value);
        yield true;
      }
      case BNDCFGS -> model.has(Feature.MPX) && Bounds.configure(cpu, value);
      case XSS -> model.has(Feature.XSAVES) && setXss(cpu, value);
      case PM_CTL1 -> model.has(Feature.HDC) && setPmCtl1(cpu, value);
      default -> writeRegister(cpu, msr, value);
    };
  }

  private boolean setXss(Cpu cpu, long value) {
    if ((value & ~model.xssBits()) != 0) {
      return false;
    }
    cpu.xss = value;
    return true;
  }

  private static boolean setPmCtl1(Cpu cpu, long value) {
    if ((value & ~Cpu.HDC_ALLOW_BLOCK) != 0) {
      return false;
    }
    cpu.pmCtl1 = value;
    return true;
  }

  private boolean writeRegister(Cpu cpu, int msr, long value) {
    switch (msr) {
      case 0x174 -> cpu.sysenterCs = value & 0xFFFFFFFFL;
      case 0x1D9 -> {
        if ((value & ~0x1FC3L) != 0) {
          return false;
        }
        cpu.debugctl = value;
      }
      case 0xC0000080 -> {
        return setEfer(cpu, value);
      }
      case 0xC0000081 -> cpu.star = value;
      case 0xC0000084 -> cpu.fmask = value & 0xFFFFFFFFL;
      case 0xC0000103 -> {
        if (value >>> 32 != 0) {
          return false;
        }
        cpu.tscAux = value;
      }
      case 0x175, 0x176, 0xC0000082, 0xC0000083, 0xC0000100, 0xC0000101, 0xC0000102 -> {
        return writeAddress(cpu, msr, value);
      }
      default -> {
        return store(cpu, msr, value);
      }
    }
    return true;
  }

  private static boolean writeAddress(Cpu cpu, int msr, long value) {
    if (!SegmentChecks.canonical(value)) {
      return false;
    }
    switch (msr) {
      case 0x175 -> cpu.sysenterEsp = value;
      case 0x176 -> cpu.sysenterEip = value;
      case 0xC0000082 -> cpu.lstar = value;
      case 0xC0000083 -> cpu.cstar = value;
      case 0xC0000100 -> cpu.fs.base = value;
      case 0xC0000101 -> cpu.gs.base = value;
      default -> cpu.kernelGsBase = value;
    }
    return true;
  }

  private boolean store(Cpu cpu, int msr, long value) {
    MsrRow row = rows.get(msr);
    if (row == null) {
      countUnknown(msr);
      return false;
    }
    long old = values.getOrDefault(msr, row.reset());
    boolean foreign = ((old ^ value) & ~row.writable()) != 0;
    if (row.rule() == MsrRow.Rule.READ_ONLY || row.rule() == MsrRow.Rule.STRICT && foreign) {
      return false;
    }
    boolean smrr = msr == SMRR_BASE || msr == SMRR_MASK;
    if (!memoryTypesValid(msr, value) || smrr && !cpu.smm) {
      return false;
    }
    long stored = old & ~row.writable() | value & row.writable();
    values.put(msr, stored);
    if (msr == POWER_MISC && (stored & ENABLE_IA_UNTRUSTED) != 0) {
      cpu.memory.setBootMode(false);
    }
    if (msr == NO_EVICT && stored != old) {
      cacheAsRam.noEvictMode(cpu, (int) stored & 3);
      cpu.memory.flushEverything();
    }
    if (smrr) {
      setSmrr(cpu);
    }
    return true;
  }

  private void setSmrr(Cpu cpu) {
    long mask = values.getOrDefault(SMRR_MASK, 0L);
    boolean on = (mask & SMRR_VALID) != 0;
    cpu.memory.setSmrr(values.getOrDefault(SMRR_BASE, 0L) & SMRR_PAGES, on ? mask & SMRR_PAGES : 0);
  }

  /** MTRR memory types are 0, 1, 4, 5 and 6. */
  private static boolean memoryTypesValid(int msr, long value) {
    boolean base = msr >= 0x200 && msr <= 0x20F && (msr & 1) == 0;
    if (base || msr == 0x2FF) {
      return memoryType((int) value & 0xFF);
    }
    if (msr < 0x250 || msr > 0x26F) {
      return true;
    }
    for (int i = 0; i < 64; i += 8) {
      if (!memoryType((int) (value >>> i) & 0xFF)) {
        return false;
      }
    }
    return true;
  }

  private static boolean memoryType(int type) {
    return type <= 6 && type != 2 && type != 3;
  }

  private boolean setTsc(Cpu cpu, long value) {
    tscAdjust = value - (cpu.cycles() - bootCycles);
    return true;
  }

  private boolean adjustTsc(long value) {
    tscAdjust = value;
    return true;
  }

  private boolean setApicBase(Cpu cpu, long value) {
    int extended = model.has(Feature.X2APIC) ? APIC_EXTENDED : 0;
    long reserved = ~((1L << model.physicalBits()) - 4096 | APIC_ENABLE | extended | 1 << 8);
    if ((value & reserved) != 0 || !apicModeReached(cpu.apic.apicBaseMsr(), value)) {
      return false;
    }
    // The bootstrap flag is fixed
    cpu.apic.setApicBaseMsr(value & ~(1L << 8) | cpu.apic.apicBaseMsr() & 1 << 8);
    cpu.memory.flushEverything();
    return true;
  }

  /** x2APIC mode is entered from xAPIC mode and left by disabling (SDM volume 3, 11.12.5). */
  private static boolean apicModeReached(long from, long to) {
    return switch ((int) to & APIC_MODE) {
      case APIC_MODE -> (from & APIC_ENABLE) != 0;
      case APIC_ENABLE -> (from & APIC_EXTENDED) == 0;
      case APIC_EXTENDED -> false;
      default -> true;
    };
  }

  private static boolean setPat(Cpu cpu, long value) {
    for (int i = 0; i < 64; i += 8) {
      int type = (int) (value >>> i) & 0xFF;
      if (type > 7 || type == 2 || type == 3) {
        return false;
      }
    }
    cpu.pat = value;
    return true;
  }

  private boolean setEfer(Cpu cpu, long value) {
    boolean paging = (cpu.cr0 & Bits.CR0_PG) != 0;
    boolean changesLme = ((cpu.efer ^ value) & Bits.EFER_LME) != 0;
    if ((value & ~model.eferBits()) != 0 || paging && changesLme) {
      return false;
    }
    long old = cpu.efer;
    cpu.efer = value & ~Bits.EFER_LMA | old & Bits.EFER_LMA;
    if (((old ^ cpu.efer) & Bits.EFER_NXE) != 0) {
      cpu.memory.flushAll();
    }
    return true;
  }

  /**
   * IA32_BIOS_UPDT_TRIG: {@code address} is the update's data, its 48-byte header lies before it.
   * An update for another part or older than the one in force is ignored, as on the part (SDM
   * volume 3, 10.11.6).
   */
  private boolean loadMicrocode(Cpu cpu, long address) {
    int header = (int) cpu.memory.load(cpu, address - 48, 4, MemoryUnit.SYSTEM);
    int revision = (int) cpu.memory.load(cpu, address - 44, 4, MemoryUnit.SYSTEM);
    int signature = (int) cpu.memory.load(cpu, address - 36, 4, MemoryUnit.SYSTEM);
    int platforms = (int) cpu.memory.load(cpu, address - 24, 4, MemoryUnit.SYSTEM);
    if (cpu.fault != Cpu.FAULT_NONE) {
      return true;
    }
    boolean fits =
        header == 1 && signature == model.signature() && (platforms >> model.platform() & 1) != 0;
    if (fits && Integer.compareUnsigned(revision, loadedRevision) > 0) {
      loadedRevision = revision;
    }
    return true;
  }
}
