package io.github.bitterling.vmx.vt;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.ApicUnit;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.EventUnit;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.cpu.VmxUnit;
import io.github.bitterling.vmx.mem.GuestMemory;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A processor around a {@link Vmx}: 1 MiB of memory with linear = physical, MSRs in a map, events
 * written down.
 */
final class Machine implements EntryState, VmxMemory, MsrUnit, VmxEvents, AutoCloseable {
  static final long VMXON = 0x1000;
  static final long VMCS = 0x2000;
  static final long IO_A = 0x3000;
  static final long IO_B = 0x4000;
  static final long MSR_MAP = 0x5000;
  static final long EPT_ROOT = 0x6000;
  static final long OPERAND = 0xA000;
  static final long MSR_AREA = 0xB000;
  static final long VIRTUAL_APIC = 0xC000;
  static final long PDPT = 0xD000;
  static final long HOST_RIP = 0xFFFF_8000_0000_1234L;
  static final long SIZE = 1 << 20;

  final Cpu cpu = new Cpu(0);
  final Vmx vmx;
  final List<String> log = new ArrayList<>();
  final Map<Integer, Long> msrs = new HashMap<>();

  /** What delivering an injected event does; by default only the log. */
  Runnable onInject = () -> {};

  boolean direct = true;
  boolean nmiBlocked;
  long pendingDebug;
  private final GuestMemory ram = new GuestMemory(SIZE);

  final Capabilities caps;

  Machine() {
    this(Capabilities.e3845());
  }

  Machine(Capabilities caps) {
    this.caps = caps;
    vmx = new Vmx(caps, this, this, this);
    cpu.vmx = vmx;
    cpu.memory = proxy(MemoryUnit.class, (p, m, a) -> memory(m.getName(), a));
    cpu.events = proxy(EventUnit.class, (p, m, a) -> event(m.getName(), a));
    cpu.apic =
        proxy(
            ApicUnit.class,
            (p, m, a) ->
                m.getName().equals("acknowledge") ? (Object) 0x51 : zero(m.getReturnType()));
    for (int msr : new int[] {0x174, 0x175, 0x176, 0x1D9, 0x277, 0x38F, 0xC000_0082}) {
      msrs.put(msr, 0L);
    }
    longMode();
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (p, m, a) -> {
              Object result = handler.invoke(p, m, a);
              return result == null ? zero(m.getReturnType()) : result;
            }));
  }

  private static Object zero(Class<?> type) {
    if (type == boolean.class) {
      return false;
    }
    return type == long.class ? (Object) 0L : type == int.class ? (Object) 0 : null;
  }

  private Object memory(String method, Object[] a) {
    switch (method) {
      case "load" -> {
        return readPhysical((long) a[1], (int) a[2]);
      }
      case "store" -> writePhysical((long) a[1], (int) a[2], (long) a[3]);
      default -> throw new AssertionError("unexpected call of " + method);
    }
    return null;
  }

  private Object event(String method, Object[] a) {
    if (method.equals("inject")) {
      log.add("inject " + Integer.toHexString((int) a[1]) + " " + a[2] + " " + a[3]);
      onInject.run();
    } else if (method.equals("deliverFault")) {
      if (cpu.fault == Cpu.FAULT_VMEXIT) {
        vmx.performExit(cpu);
      } else {
        throw new AssertionError("unexpected fault " + cpu.fault + " vector " + cpu.faultVector);
      }
    }
    return null;
  }

  /** 64-bit ring 0 with VMX enabled by firmware. */
  private void longMode() {
    cpu.cr0 = 0x8000_0031L;
    cpu.cr4 = 0x2020;
    cpu.efer = 0xD00;
    cpu.cs.set(8, 0, 0xFFFF_FFFFL, 0xA09B);
    cpu.ss.set(0x10, 0, 0xFFFF_FFFFL, 0xC093);
    cpu.rip = 0x100;
    cpu.nextRip = 0x103;
    vmx.writeMsr(cpu, 0x3A, 5);
  }

  // Instructions

  void run(Helper helper, long a, long b, long c) {
    cpu.setStatus(LazyFlags.STATUS);
    vmx.instruction(cpu, helper.ordinal(), a, b, c);
  }

  void runPointer(Helper helper, long pointer) {
    writePhysical(OPERAND, 8, pointer);
    run(helper, OPERAND, 0, 0);
  }

  /** succeed, invalid, or the error number. */
  String outcome() {
    long status = cpu.flags() & LazyFlags.STATUS;
    if (cpu.fault == Cpu.FAULT_EXCEPTION) {
      return "#" + cpu.faultVector;
    }
    if (status == 0) {
      return "succeed";
    }
    if (status == LazyFlags.CF) {
      return "invalid";
    }
    return status == LazyFlags.ZF ? "error " + get(Field.VM_INSTRUCTION_ERROR) : "flags " + status;
  }

  /** Into VMX operation with a current, clear VMCS. */
  Machine started() {
    writePhysical(VMXON, 4, Capabilities.e3845().revision());
    writePhysical(VMCS, 4, Capabilities.e3845().revision());
    runPointer(Helper.VMXON, VMXON);
    runPointer(Helper.VMCLEAR, VMCS);
    runPointer(Helper.VMPTRLD, VMCS);
    return this;
  }

  /** A VMCS that passes all checks: a 64-bit host, a 64-bit guest with EPT. */
  Machine ready() {
    started();
    set(Field.PIN_CONTROLS, 0x16);
    set(Field.PRIMARY_CONTROLS, 0x8400_6172L | Bits.MSR_BITMAPS | Bits.IO_BITMAPS);
    set(Field.SECONDARY_CONTROLS, Bits.EPT | Bits.ENABLE_VPID | Bits.UNRESTRICTED_GUEST);
    set(Field.VPID, 1);
    set(Field.EPT_POINTER, EPT_ROOT | 0x1E);
    set(Field.IO_BITMAP_A, IO_A);
    set(Field.IO_BITMAP_B, IO_B);
    set(Field.MSR_BITMAPS, MSR_MAP);
    set(
        Field.EXIT_CONTROLS,
        0x3_6DFBL
            | Bits.EXIT_HOST64
            | Bits.EXIT_SAVE_EFER
            | Bits.EXIT_LOAD_EFER
            | Bits.EXIT_SAVE_DEBUG);
    set(
        Field.ENTRY_CONTROLS,
        0x11FBL | Bits.ENTRY_IA32E | Bits.ENTRY_LOAD_EFER | Bits.ENTRY_LOAD_DEBUG);
    set(Field.VMCS_LINK_POINTER, -1);
    host();
    guest64();
    return this;
  }

  private void host() {
    set(Field.HOST_CR0, 0x8000_0031L);
    set(Field.HOST_CR3, 0x9000);
    set(Field.HOST_CR4, 0x2020);
    set(Field.HOST_EFER, 0xD00);
    set(Field.HOST_CS_SELECTOR, 8);
    set(Field.HOST_SS_SELECTOR, 0x10);
    set(Field.HOST_TR_SELECTOR, 0x18);
    set(Field.HOST_TR_BASE, 0x7000);
    set(Field.HOST_RIP, HOST_RIP);
    set(Field.HOST_RSP, 0x8800);
  }

  void guest64() {
    set(Field.GUEST_CR0, 0x8000_0031L);
    set(Field.GUEST_CR3, 0xE000);
    set(Field.GUEST_CR4, 0x2020);
    set(Field.GUEST_EFER, 0xD00);
    set(Field.GUEST_DR7, 0x400);
    set(Field.GUEST_RFLAGS, 0x202);
    set(Field.GUEST_RIP, 0xFFFF_FFFF_8000_0000L);
    set(Field.GUEST_RSP, 0x5500);
    for (int i = 0; i < 6; i++) {
      segment(i, 0x10, 0, 0xFFFF_FFFFL, 0xC093);
    }
    segment(1, 8, 0, 0xFFFF_FFFFL, 0xA09B);
    segment(6, 0, 0, 0, 0x10000);
    segment(7, 0x18, 0x100, 0x67, 0x8B);
    set(Field.GUEST_GDTR_LIMIT, 0x7F);
    set(Field.GUEST_IDTR_LIMIT, 0xFFF);
  }

  @Override
  public void guest32() {
    guest64();
    set(Field.ENTRY_CONTROLS, get(Field.ENTRY_CONTROLS) & ~Bits.ENTRY_IA32E);
    set(Field.GUEST_EFER, 0);
    set(Field.GUEST_CR0, 0x31);
    set(Field.GUEST_RIP, 0x1000);
    segment(1, 8, 0, 0xFFFF_FFFFL, 0xC09B);
  }

  @Override
  public void guestV86() {
    guest32();
    set(Field.GUEST_CR0, 0x8000_0031L);
    set(Field.GUEST_CR4, 0x2000);
    set(Field.GUEST_RFLAGS, 0x2_0202);
    for (int i = 0; i < 6; i++) {
      segment(i, 0x1000, 0x10000, 0xFFFF, 0xF3);
    }
  }

  /** The PDPTEs are in memory too. */
  @Override
  public void guestPae() {
    guest32();
    set(Field.GUEST_CR0, 0x8000_0031L);
    set(Field.GUEST_CR3, PDPT);
  }

  @Override
  public void segment(int index, int selector, long base, long limit, int rights) {
    set(Field.GUEST_ES_SELECTOR.plus(index), selector);
    set(Field.GUEST_ES_BASE.plus(index), base);
    set(Field.GUEST_ES_LIMIT.plus(index), limit);
    set(Field.GUEST_ES_ACCESS_RIGHTS.plus(index), rights);
  }

  @Override
  public void set(Field f, long value) {
    vmx.vmcsWritten();
    writePhysical(VMCS + f.offset(), f.bytes(), value);
  }

  @Override
  public long get(Field f) {
    return readPhysical(VMCS + f.offset(), f.bytes());
  }

  @Override
  public void put8(long physical, int value) {
    writePhysical(physical, 1, value);
  }

  @Override
  public long virtualApic() {
    return VIRTUAL_APIC;
  }

  @Override
  public long eptRoot() {
    return EPT_ROOT;
  }

  @Override
  public long msrArea() {
    return MSR_AREA;
  }

  @Override
  public long vmcs() {
    return VMCS;
  }

  void launch() {
    run(Helper.VMLAUNCH, 0, 0, 0);
  }

  /** Asks for pending exits as the event unit does, in order. */
  boolean pending() {
    for (VmxUnit.Boundary before : VmxUnit.Boundary.values()) {
      if (vmx.interceptPending(cpu, before)) {
        return true;
      }
    }
    return false;
  }

  /** Carries out the exit just recorded. */
  void exit() {
    if (cpu.fault != Cpu.FAULT_VMEXIT) {
      throw new AssertionError("no VM exit recorded, fault " + cpu.fault);
    }
    vmx.performExit(cpu);
  }

  // Ports of Vmx

  @Override
  public long hostPage(long physical) {
    return direct && physical < SIZE ? ram.base() + physical : 0;
  }

  @Override
  public long readPhysical(long physical, int bytes) {
    if (physical < 0 || physical > SIZE - bytes) {
      return bytes == 8 ? -1 : (1L << 8 * bytes) - 1;
    }
    long at = ram.base() + physical;
    return GuestMemory.get(at, bytes);
  }

  @Override
  public boolean replacePhysical(long physical, long expected, long value) {
    writePhysical(physical, 8, value); // nobody else runs
    return true;
  }

  @Override
  public void writePhysical(long physical, int bytes, long value) {
    if (physical < 0 || physical > SIZE - bytes) {
      return;
    }
    long at = ram.base() + physical;
    GuestMemory.put(at, bytes, value);
  }

  @Override
  public boolean a20Masked() {
    return false;
  }

  @Override
  public void flushAll(Cpu c) {
    log.add("flush all");
  }

  @Override
  public void flushVpid(Cpu c, int vpid, boolean keepGlobal) {
    log.add("flush vpid " + vpid + (keepGlobal ? " keep global" : ""));
  }

  @Override
  public void flushLinear(Cpu c, int vpid, long linear) {
    log.add("flush linear " + vpid + " " + Long.toHexString(linear));
  }

  @Override
  public void flushEpt(Cpu c, long eptPointer) {
    log.add("flush ept " + Long.toHexString(eptPointer));
  }

  @Override
  public Long read(Cpu c, int msr) {
    return msrs.get(msr);
  }

  @Override
  public boolean write(Cpu c, int msr, long value) {
    return msrs.replace(msr, value) != null;
  }

  @Override
  public long tsc(Cpu c) {
    return c.cycles();
  }

  @Override
  public void reset(Cpu c) {
    msrs.clear();
  }

  @Override
  public boolean nmiBlocked(Cpu c) {
    return nmiBlocked;
  }

  @Override
  public void setNmiBlocked(Cpu c, boolean blocked) {
    nmiBlocked = blocked;
  }

  @Override
  public long pendingDebug(Cpu c) {
    return pendingDebug;
  }

  @Override
  public void setPendingDebug(Cpu c, long value) {
    pendingDebug = value;
  }

  @Override
  public void modeChanged(Cpu c) {
    log.add("mode");
  }

  @Override
  public void vmxAbort(Cpu c, int indicator, String why) {
    log.add("abort " + indicator);
  }

  @Override
  public void close() {
    ram.close();
  }
}
