package io.github.bitterling.vmx.paging;

import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.mem.Tlb;
import io.github.bitterling.vmx.paging.AddressSpace.Bank;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The memory unit of one processor. Keeps the TLB banks of every address space (root, and non-root
 * by VPID, each by PCID) and carries out what a TLB hit does not: page walks, page-crossing
 * accesses, the local APIC page, devices, and stores to pages with translated code.
 *
 * <p>Whoever changes a mapping calls the matching flush; that gives the space a new {@link
 * Cpu#codeTag}. Switching between unchanged spaces ({@link #switchContext}) brings the old tag
 * back.
 */
public final class Mmu implements MemoryUnit {
  private static final long OFFSET = 4095;
  private static final int DR7_ENABLES = 0xFF;

  /**
   * Spaces kept; a guest hypervisor could name 65,535 VPIDs, and each space costs 100 KiB of host
   * memory.
   */
  private static final int MAX_SPACES = 32;

  private static final long A20 = 1L << 20;
  private static final long CR0_PG = 1L << 31;
  private static final long CR4_PCIDE = 1 << 17;
  private static final long CR4_SMAP = 1 << 21;
  private static final int NON_ROOT = 1 << 16;
  private static final int PCID_SHIFT = 17;

  /** A guest without paging, above the PCID. */
  private static final int UNPAGED = 1 << 29;

  /** Bits of a space's key that all spaces of a context share: VPID and non-root operation. */
  private static final int CONTEXT = (1 << PCID_SHIFT) - 1;

  private final Cpu cpu;
  private final SystemBus bus;
  private final PageWalker walker;
  private final Map<Integer, AddressSpace> spaces = new HashMap<>();
  private CodeTracker code = CodeTracker.NONE;
  private AddressSpace space;
  private int spaceKey;

  /** For explicit data accesses. */
  private Bank bank;

  /** For fetches. */
  private Bank codeBank;

  /**
   * Alignment is checked: the engines get a TLB that never hits, so that every access comes through
   * here and checks cost nothing while they are off.
   */
  private boolean checked;

  private final Tlb unfilled = new Tlb();

  private long lastCodeTag;
  private long smrrBase;
  private long smrrMask;
  private boolean bootMode;

  /**
   * @param physicalBits MAXPHYADDR
   * @param gigabytePages whether CPUID advertises 1 GiB pages
   */
  public Mmu(Cpu cpu, SystemBus bus, int physicalBits, boolean gigabytePages) {
    this.cpu = cpu;
    this.bus = bus;
    this.walker = new PageWalker(cpu, this, physicalBits, gigabytePages);
    // Tags of different processors never meet, should a cache be shared
    this.lastCodeTag = (long) cpu.index << 48;
    switchContext(cpu);
  }

  public void setCodeTracker(CodeTracker tracker) {
    code = tracker;
  }

  // Engine-facing accesses

  @Override
  public long load(Cpu c, long linear, int bytes, int flags) {
    if (SegmentChecks.beyondFlat(cpu, linear, bytes, flags)) {
      return 0;
    }
    if (checked && AlignmentChecks.fault(cpu, linear, bytes, flags)) {
      return 0;
    }
    int access = (flags & WRITE_INTENT) != 0 ? PageWalker.READ | PageWalker.WRITE : PageWalker.READ;
    if ((linear & OFFSET) + bytes > 4096) {
      return loadSplit(linear, bytes, access, flags);
    }
    long physical = translate(linear, access, flags);
    if (physical == -1) {
      return 0;
    }
    watch(linear, bytes, false, flags);
    return read(physical, bytes);
  }

  @Override
  public void store(Cpu c, long linear, int bytes, long value, int flags) {
    if (SegmentChecks.beyondFlat(cpu, linear, bytes, flags)) {
      return;
    }
    if (checked && AlignmentChecks.fault(cpu, linear, bytes, flags)) {
      return;
    }
    if ((linear & OFFSET) + bytes > 4096) {
      storeSplit(linear, bytes, value, flags);
      return;
    }
    long physical = translate(linear, PageWalker.WRITE, flags);
    if (physical != -1) {
      watch(linear, bytes, true, flags);
      write(physical, bytes, value);
    }
  }

  @Override
  public void replace(Cpu c, long linear, int bytes, long expected, long value, int flags) {
    if ((linear & bytes - 1) != 0) {
      replaceUnaligned(linear, bytes, expected, value, flags);
      return;
    }
    if (SegmentChecks.beyondFlat(cpu, linear, bytes, flags)
        || checked && AlignmentChecks.fault(cpu, linear, bytes, flags)) {
      return;
    }
    long physical = translate(linear, PageWalker.WRITE, flags);
    if (physical == -1) {
      return;
    }
    watch(linear, bytes, true, flags);
    if (!inMemory(physical)) {
      write(physical, bytes, value);
    } else if (cpu.inRegion && code.lineHasCode(physical, bytes)
        || !replaceInMemory(physical, bytes, expected, value)) {
      cpu.fault = Cpu.FAULT_RETRY;
    }
  }

  private void replaceUnaligned(long linear, int bytes, long expected, long value, int flags) {
    long first = translate(linear, PageWalker.WRITE, flags);
    long last = first == -1 ? -1 : translate(next(linear, bytes - 1), PageWalker.WRITE, flags);
    if (last == -1) {
      return;
    }
    boolean compare = inMemory(first) && inMemory(last);
    boolean same = !compare || load(cpu, linear, bytes, flags) == masked(expected, bytes);
    if (!same && cpu.fault == Cpu.FAULT_NONE) {
      cpu.fault = Cpu.FAULT_RETRY;
    }
    if (cpu.fault == Cpu.FAULT_NONE) {
      store(cpu, linear, bytes, value, flags);
    }
  }

  private boolean inMemory(long physical) {
    long page = physical & -4096L;
    return page != cpu.apicAccessPage
        && page != cpu.apic.base()
        && bus.hostPage(physical, SystemBus.WRITE) != 0;
  }

  private boolean replaceInMemory(long physical, int bytes, long expected, long value) {
    long host = bus.hostPage(physical, SystemBus.WRITE) + (physical & OFFSET);
    if (!GuestMemory.replace(host, bytes, expected, value)) {
      return false;
    }
    if (code.pageHasCode(physical & -4096L)) {
      codeWritten(physical, bytes);
    }
    return true;
  }

  /**
   * Data breakpoints; implicit accesses to system structures do not count, but those to the stack
   * of an inner level.
   */
  private void watch(long linear, int bytes, boolean write, int flags) {
    if ((cpu.dr[7] & DR7_ENABLES) != 0 && (flags & (SYSTEM | STACK)) != SYSTEM) {
      cpu.events.accessed(cpu, linear, bytes, write);
    }
  }

  /** A breakpoint, enabled or not, lies in the page: its accesses must come through here. */
  private boolean watched(long linear) {
    if ((cpu.dr[7] & DR7_ENABLES) == 0) {
      return false;
    }
    for (int i = 0; i < 4; i++) {
      boolean armed = (cpu.dr[7] >> 16 + 4 * i & 1) != 0;
      if (armed && (cpu.dr[i] ^ linear) >>> 12 == 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public long linear(Cpu c, int segment, long offset, int bytes, boolean write, int addressBits) {
    return SegmentChecks.linear(cpu, segment, offset, bytes, write, addressBits);
  }

  @Override
  public long fetch(Cpu c, long linear) {
    long page = codeBank.fetched.get(linear & -4096L);
    if (page == -1) {
      page = walk(codeBank, linear, PageWalker.FETCH, 0);
      if (page == -1) {
        return -1;
      }
      if (page == cpu.apicAccessPage) {
        cpu.vmx.fetchFromApicPage(cpu, linear);
        return -1;
      }
      codeBank.fetched.put(linear & -4096L, page);
    }
    return page | linear & OFFSET;
  }

  @Override
  public long probeFetch(Cpu c, long linear) {
    long page = codeBank.fetched.get(linear & -4096L);
    return page == -1 ? -1 : page | linear & OFFSET;
  }

  private long loadSplit(long linear, int bytes, int access, int flags) {
    int first = (int) (4096 - (linear & OFFSET));
    long low = translate(linear, access, flags);
    if (low == -1) {
      return 0;
    }
    long high = translate(next(linear, first), access, flags);
    if (high == -1) {
      return 0;
    }
    watch(linear, bytes, false, flags);
    long value = 0;
    for (int i = 0; i < bytes && cpu.fault == Cpu.FAULT_NONE; i++) {
      value |= read(i < first ? low + i : high + i - first, 1) << 8 * i;
    }
    return value;
  }

  private void storeSplit(long linear, int bytes, long value, int flags) {
    int first = (int) (4096 - (linear & OFFSET));
    long low = translate(linear, PageWalker.WRITE, flags);
    if (low == -1) {
      return;
    }
    long high = translate(next(linear, first), PageWalker.WRITE, flags);
    if (high == -1) {
      return;
    }
    if (cpu.inRegion && (mustRetry(low, first) || mustRetry(high, bytes - first))) {
      cpu.fault = Cpu.FAULT_RETRY;
      return;
    }
    watch(linear, bytes, true, flags);
    for (int i = 0; i < bytes; i++) {
      write(i < first ? low + i : high + i - first, 1, value >>> 8 * i);
    }
  }

  /** Linear addresses wrap at 4 GiB outside long mode. */
  private long next(long linear, long bytes) {
    long sum = linear + bytes;
    return (cpu.efer & 1 << 10) == 0 ? sum & 0xFFFFFFFFL : sum;
  }

  /**
   * Host address for direct reading or writing from {@code linear} to the end of its page, or 0
   * when that is not possible: a fault (then recorded), a device, a page with code, a page not
   * writable directly, alignment checks.
   */
  @Override
  public long host(long linear, boolean write) {
    if (checked) {
      return 0;
    }
    Tlb t = cpu.tlb;
    int i = Tlb.index(linear);
    long wanted = linear & -4096L | t.generation;
    long[] tags = write ? t.writeTag : t.readTag;
    if (tags[i] != wanted) {
      if (translate(linear, write ? PageWalker.WRITE : PageWalker.READ, 0) == -1) {
        return 0;
      }
      if (tags[i] != wanted) {
        return 0;
      }
    }
    return linear + t.offset[i];
  }

  // Physical accesses

  /** A20M# is asserted, whether the processor heeds it now or not. */
  public boolean a20Masked() {
    return bus.a20Masked();
  }

  /**
   * Reads 1, 2, 4 or 8 bytes within a page at a physical address: paging structures, VMX
   * structures. Devices answer as for any read.
   */
  public long readPhysical(long physical, int bytes) {
    long address = view(physical);
    long page = bus.hostPage(address, SystemBus.READ);
    return page != 0 ? GuestMemory.get(page + (address & OFFSET), bytes) : bus.read(address, bytes);
  }

  /** Writes 1, 2, 4 or 8 bytes within a page; translations made from them become stale. */
  public void writePhysical(long physical, int bytes, long value) {
    long address = view(physical);
    long page = bus.hostPage(address, SystemBus.WRITE);
    if (page == 0) {
      bus.write(address, bytes, value);
      return;
    }
    GuestMemory.put(page + (address & OFFSET), bytes, value);
    if (code.pageHasCode(address & -4096L)) {
      codeWritten(address, bytes);
    }
  }

  /**
   * Changes 4 or 8 bytes of a paging structure as one operation.
   *
   * @param physical a multiple of {@code bytes}
   * @return false when another processor has changed them since they were read
   */
  public boolean replacePhysical(long physical, int bytes, long expected, long value) {
    long address = view(physical);
    if (bus.hostPage(address, SystemBus.WRITE) != 0) {
      return replaceInMemory(address, bytes, expected, value);
    }
    bus.write(address, bytes, value);
    return true;
  }

  /** Host address of a page of memory that this processor may write now, else 0. */
  public long hostPage(long physical) {
    return bus.hostPage(view(physical), SystemBus.WRITE);
  }

  /**
   * How the bus knows a physical address when this processor accesses it in its present mode: SMRAM
   * has a name of its own in system-management mode, a system-management range leads nowhere
   * outside it. Two modes never share a name for different memory, so that translations found by it
   * are right in both.
   */
  private long view(long physical) {
    if (cpu.smm) {
      return bus.inSmm(physical);
    }
    boolean masked = bus.a20Masked() && !cpu.vmxOperation;
    long address = masked ? physical & ~A20 : physical;
    boolean hidden = smrrMask != 0 && address >>> 32 == 0 && (address & smrrMask) == smrrBase;
    if (hidden) {
      return address | SystemBus.NOWHERE;
    }
    return bootMode ? bus.inBootMode(address) : address;
  }

  @Override
  public void setBootMode(boolean on) {
    if (on != bootMode) {
      bootMode = on;
      flushEverything();
    }
  }

  @Override
  public void setSmrr(long base, long mask) {
    smrrBase = base & mask;
    smrrMask = mask;
    flushEverything();
  }

  /** Implicit supervisor read of a system structure (GDT, LDT, IDT, TSS). */
  public long readSystem(long linear, int bytes) {
    return load(cpu, linear, bytes, SYSTEM);
  }

  /** Implicit supervisor write. */
  public void writeSystem(long linear, int bytes, long value) {
    store(cpu, linear, bytes, value, SYSTEM);
  }

  private long read(long physical, int bytes) {
    if ((physical & -4096L) == cpu.apicAccessPage) {
      return retryInRegion() ? 0 : cpu.vmx.readApicPage(cpu, (int) (physical & OFFSET), bytes);
    }
    if ((physical & -4096L) == cpu.apic.base()) {
      return retryInRegion() ? 0 : readApic(physical, bytes);
    }
    long page = bus.hostPage(physical, SystemBus.READ);
    if (page != 0) {
      return GuestMemory.get(page + (physical & OFFSET), bytes);
    }
    if (retryInRegion()) {
      return 0;
    }
    cpu.attention = true;
    return bus.read(physical, bytes);
  }

  private long readApic(long physical, int bytes) {
    cpu.attention = true;
    return cpu.apic.read((int) (physical & OFFSET), bytes);
  }

  private void write(long physical, int bytes, long value) {
    if ((physical & -4096L) == cpu.apicAccessPage) {
      if (!retryInRegion()) {
        cpu.vmx.writeApicPage(cpu, (int) (physical & OFFSET), bytes, value);
      }
      return;
    }
    if ((physical & -4096L) == cpu.apic.base()) {
      if (!retryInRegion()) {
        cpu.attention = true;
        cpu.apic.write((int) (physical & OFFSET), bytes, value);
      }
      return;
    }
    long page = bus.hostPage(physical, SystemBus.WRITE);
    if (page != 0) {
      writeMemory(page, physical, bytes, value);
    } else if (!retryInRegion()) {
      cpu.attention = true;
      bus.write(physical, bytes, masked(value, bytes));
    }
  }

  private void writeMemory(long page, long physical, int bytes, long value) {
    boolean hasCode = code.pageHasCode(physical & -4096L);
    if (hasCode && cpu.inRegion && code.lineHasCode(physical, bytes)) {
      cpu.fault = Cpu.FAULT_RETRY;
      return;
    }
    GuestMemory.put(page + (physical & OFFSET), bytes, value);
    if (hasCode) {
      codeWritten(physical, bytes);
    }
  }

  /** The block now running may be one of those that end: no further instruction of it may run. */
  private void codeWritten(long physical, int bytes) {
    cpu.attention |= code.lineHasCode(physical, bytes);
    code.written(physical, bytes);
  }

  private boolean retryInRegion() {
    if (cpu.inRegion) {
      cpu.fault = Cpu.FAULT_RETRY;
    }
    return cpu.inRegion;
  }

  private boolean mustRetry(long physical, int bytes) {
    return (physical & -4096L) == cpu.apic.base()
        || (physical & -4096L) == cpu.apicAccessPage
        || bus.hostPage(physical, SystemBus.WRITE) == 0
        || code.lineHasCode(physical, bytes);
  }

  // Translation

  /** Physical address of a linear one, or -1 with the fault recorded; fills the TLB. */
  private long translate(long linear, int access, int flags) {
    Bank b = (flags & SYSTEM) != 0 ? implicit() : bank;
    long page = b.find(linear, access);
    if (page == -1) {
      page = walk(b, linear, access, flags);
      if (page == -1) {
        return -1;
      }
    }
    fill(b, linear, page);
    return page | linear & OFFSET;
  }

  /** Implicit supervisor accesses never reach user pages under SMAP, whatever EFLAGS.AC. */
  private Bank implicit() {
    return (cpu.cr4 & CR4_SMAP) != 0 ? space.guarded() : space.supervisor;
  }

  private long walk(Bank b, long linear, int access, int flags) {
    if (!SegmentChecks.canonical(linear)) {
      cpu.raise((flags & STACK) != 0 ? 12 : 13, 0);
      return -1;
    }
    boolean guarded = b != space.user && b != space.supervisor;
    long physical = walker.walk(linear, access, b == space.user, guarded);
    if (physical == -1) {
      return -1;
    }
    if (walker.pageBytes > 4096) {
      space.enterLarge(linear, walker.pageBytes);
    }
    long page = physical & -4096L;
    if (page != cpu.apic.base()) {
      page = view(page);
    }
    if (access != PageWalker.FETCH) {
      b.enter(linear, page, walker.granted);
    }
    return page;
  }

  private void fill(Bank b, long linear, long page) {
    boolean apic = page == cpu.apic.base() || page == cpu.apicAccessPage;
    long host = apic ? 0 : bus.hostPage(page, SystemBus.READ);
    if (host == 0 || watched(linear)) {
      return;
    }
    int granted = b.permissionsOf(linear);
    boolean writable =
        (granted & PageWalker.WRITE) != 0
            && bus.hostPage(page, SystemBus.WRITE) == host
            && !code.pageHasCode(page);
    b.tlb.fill(linear, host, (granted & PageWalker.READ) != 0, writable);
  }

  @Override
  public boolean loadPdptes(Cpu c, long cr3) {
    long[] loaded = new long[4];
    for (int i = 0; i < 4; i++) {
      long at = guestPhysical((cr3 & 0xFFFFFFE0L) + i * 8L);
      if (at == -1) {
        return false;
      }
      loaded[i] = readPhysical(at, 8);
      if ((loaded[i] & 1) != 0 && (loaded[i] & walker.reservedInPdpte()) != 0) {
        return false;
      }
    }
    System.arraycopy(loaded, 0, cpu.pdpte, 0, 4);
    return true;
  }

  private long guestPhysical(long address) {
    boolean nested = cpu.nonRoot && cpu.vmx.eptActive(cpu);
    return nested ? cpu.vmx.translate(cpu, address, 1, 0, false, false) : address;
  }

  // Contexts and flushes

  /**
   * A guest without paging has a space of its own: its linear addresses are guest-physical ones,
   * and the combined mappings of a VPID come from paging structures (29.4.1), so neither may serve
   * the other when a VM entry changes CR0.PG.
   */
  @Override
  public void switchContext(Cpu c) {
    int vpid = cpu.nonRoot ? cpu.vmx.vpid(cpu) : 0;
    int key = cpu.nonRoot ? vpid | NON_ROOT : 0;
    if (cpu.nonRoot && (cpu.cr0 & CR0_PG) == 0) {
      key |= UNPAGED;
    }
    if ((cpu.cr4 & CR4_PCIDE) != 0) {
      key |= (int) (cpu.cr3 & 0xFFF) << PCID_SHIFT;
    }
    if (space == null || key != spaceKey) {
      space = spaceOf(key, vpid);
      spaceKey = key;
    }
    selectBank();
  }

  private AddressSpace spaceOf(int key, int vpid) {
    AddressSpace found = spaces.get(key);
    if (found == null) {
      if (spaces.size() >= MAX_SPACES) {
        spaces.keySet().removeIf(k -> k != 0);
      }
      found = new AddressSpace(vpid);
      spaces.put(key, found);
      flush(found);
    }
    return found;
  }

  private void selectBank() {
    codeBank = cpu.cpl == 3 ? space.user : space.supervisor;
    boolean guards = (cpu.cr4 & CR4_SMAP) != 0 && cpu.cpl != 3 && (cpu.rflags & Cpu.AC) == 0;
    bank = guards ? space.guarded() : codeBank;
    checked = AlignmentChecks.active(cpu);
    cpu.tlb = checked ? unfilled : bank.tlb;
    cpu.codeTag = codeBank.codeTag;
  }

  private void flush(AddressSpace s) {
    s.flush(++lastCodeTag, ++lastCodeTag);
  }

  /** Spaces of the current context, by every PCID. */
  private void forContext(Consumer<AddressSpace> action) {
    int context = spaceKey & CONTEXT;
    spaces.forEach(
        (key, s) -> {
          if ((key & CONTEXT) == context) {
            action.accept(s);
          }
        });
  }

  /**
   * Everything of the current context, global pages and every PCID too: CR0, CR4 and EFER changes,
   * PDPTE loads, INVPCID of all contexts.
   */
  @Override
  public void flushAll() {
    forContext(this::flush);
    selectBank();
  }

  /**
   * MOV CR3: the current PCID. Global pages go too, which is allowed: software cannot rely on a
   * translation staying cached.
   */
  @Override
  public void flushNonGlobal() {
    flush(space);
    selectBank();
  }

  /** INVLPG: global pages go from every PCID, and nobody knows here which ones are global. */
  @Override
  public void flushPage(long linear) {
    flushPage(space, linear);
    if (spaces.size() > 1) {
      forContext(
          s -> {
            if (s != space && (s.holds(linear) || s.holdsLarge(linear))) {
              flushPage(s, linear);
            }
          });
    }
    selectBank();
  }

  private void flushPage(AddressSpace s, long linear) {
    if (s.holdsLarge(linear)) {
      flush(s);
    } else {
      s.flushPage(linear, ++lastCodeTag, ++lastCodeTag);
    }
  }

  @Override
  public void flushPcid(int pcid) {
    AddressSpace s = spaces.get(spaceKey & CONTEXT | pcid << PCID_SHIFT);
    if (s != null) {
      flush(s);
      selectBank();
    }
  }

  @Override
  public void flushPcidPage(int pcid, long linear) {
    AddressSpace s = spaces.get(spaceKey & CONTEXT | pcid << PCID_SHIFT);
    if (s != null) {
      flushPage(s, linear);
      selectBank();
    }
  }

  /**
   * Linear and combined mappings of a VPID: INVVPID, VM entries and exits without VPID (0: root and
   * guests without VPID), and a VMCS that gives the same VPID another EPTP.
   */
  public void flushVpid(int vpid) {
    for (AddressSpace s : spaces.values()) {
      if (s.vpid == vpid) {
        flush(s);
      }
    }
    selectBank();
  }

  /** Guest-physical and combined mappings: INVEPT. */
  public void flushEpt() {
    spaces.forEach(
        (key, s) -> {
          if ((key & NON_ROOT) != 0) {
            flush(s);
          }
        });
    selectBank();
  }

  /** Every space: the board remapped memory, A20, the APIC page moved. */
  @Override
  public void flushEverything() {
    spaces.values().forEach(this::flush);
    selectBank();
  }

  /** A page gets its first translation: later stores to it must come through here. */
  public void dropWrites(long physicalPage) {
    dropHostWrites(bus.hostPage(physicalPage, SystemBus.WRITE));
    long inSmm = bus.inSmm(physicalPage);
    if (inSmm != physicalPage) {
      dropHostWrites(bus.hostPage(inSmm, SystemBus.WRITE));
    }
  }

  private void dropHostWrites(long host) {
    if (host == 0) {
      return;
    }
    for (AddressSpace s : spaces.values()) {
      s.dropWrites(host);
    }
  }

  private static long masked(long value, int bytes) {
    return bytes == 8 ? value : value & (1L << 8 * bytes) - 1;
  }
}
