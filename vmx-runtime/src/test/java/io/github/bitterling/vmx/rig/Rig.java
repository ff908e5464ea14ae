package io.github.bitterling.vmx.rig;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.vmx.apic.ApicBus;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.VmxUnit;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.Dispatcher;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.paging.CodeTracker;
import io.github.bitterling.vmx.smp.Scheduler;
import io.github.bitterling.vmx.system.Modes;
import io.github.bitterling.vmx.system.Processor;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Processors on a {@link RigBus}. */
public final class Rig implements AutoCloseable {
  public final RigBus bus = new RigBus();
  public final VirtualClock clock = new VirtualClock(CpuModel.TSC_HERTZ);
  public final ApicBus apics = new ApicBus();
  public final List<String> resets = new ArrayList<>();
  public final List<Processor> processors = new ArrayList<>();
  public final List<Integer> noEvict = new ArrayList<>();

  /** The processor that {@link #select} named; the bootstrap processor at first. */
  public Processor processor;

  public Cpu cpu;

  /** Physical address that the methods below count from. */
  public long origin;

  private final BlockCache cache;
  public final Dispatcher dispatcher;
  private final Scheduler scheduler;

  public Rig() {
    this(1, new NoVmx());
  }

  public Rig(int cores, VmxUnit vmx) {
    this(cores, vmx, cache -> RegionCompiler.NONE);
  }

  /**
   * @param compiler makes the JIT for the block cache
   */
  public Rig(int cores, VmxUnit vmx, Function<BlockCache, RegionCompiler> compiler) {
    this(CpuModel.e3845(cores), index -> vmx, compiler);
  }

  public Rig(CpuModel model, VmxUnit vmx, Function<BlockCache, RegionCompiler> compiler) {
    this(model, index -> vmx, compiler);
  }

  /**
   * @param vmx makes each core's VMX unit
   */
  public Rig(
      CpuModel model, IntFunction<VmxUnit> vmx, Function<BlockCache, RegionCompiler> compiler) {
    Processor.Board board =
        new Processor.Board(bus, new Control(), clock, apics, (c, bits) -> noEvict.add(bits));
    List<Cpu> cpus = new ArrayList<>();
    for (int i = 0; i < model.cores(); i++) {
      Processor p = Processor.create(i, model, board, vmx.apply(i));
      p.powerOn();
      processors.add(p);
      cpus.add(p.cpu());
    }
    cache =
        new BlockCache(
            new X86Lifter(model.features()),
            ir -> ir,
            bus,
            page -> processors.forEach(p -> p.mmu().dropWrites(page)),
            model.cores());
    processors.forEach(p -> p.mmu().setCodeTracker(new Tracker(cache)));
    RegionCompiler jit = compiler.apply(cache);
    dispatcher = new Dispatcher(cache, jit);
    scheduler = new Scheduler(cpus, clock, dispatcher, jit, () -> !resets.isEmpty());
    processor = processors.get(0);
    cpu = processor.cpu();
  }

  /** What follows is about this core and the memory from {@code base} on. */
  public void select(int core, long base) {
    processor = processors.get(core);
    cpu = processor.cpu();
    origin = base;
  }

  private final class Control implements MachineControl {
    @Override
    public void powerOff() {
      resets.add("power off");
    }

    @Override
    public void reset(String source, boolean cold) {
      resets.add(source);
    }

    @Override
    public void debugExit(int value) {
      resets.add("exit " + value);
    }
  }

  private record Tracker(BlockCache cache) implements CodeTracker {
    @Override
    public boolean pageHasCode(long physicalPage) {
      return cache.pageHasCode(physicalPage);
    }

    @Override
    public boolean lineHasCode(long physical, int bytes) {
      return cache.lineHasCode(physical, bytes);
    }

    @Override
    public void written(long physical, long bytes) {
      cache.written(physical, bytes);
    }
  }

  // Memory

  /** Writes hex bytes (blanks allowed) at a physical address. */
  public void put(long physical, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    GuestMemory.fromArray(bytes, 0, bus.ram.address(origin + physical, bytes.length), bytes.length);
  }

  /** Code in this range was changed behind the processors' back. */
  public void forgetCode(long physical, long bytes) {
    cache.written(physical, bytes);
  }

  /** Blocks translated so far. */
  public long blocksLifted() {
    return cache.blocksLifted();
  }

  public void put64(long physical, long value) {
    GuestMemory.put64(bus.ram.address(origin + physical, 8), value);
  }

  public long get64(long physical) {
    return GuestMemory.get64(bus.ram.address(origin + physical, 8));
  }

  public void put32(long physical, long value) {
    GuestMemory.put32(bus.ram.address(origin + physical, 4), value);
  }

  public long get32(long physical) {
    return GuestMemory.get32(bus.ram.address(origin + physical, 4));
  }

  public long get16(long physical) {
    return GuestMemory.get16(bus.ram.address(origin + physical, 2));
  }

  // Running

  /**
   * Calls a helper as an instruction of two bytes at rip; leaves rip at the next instruction unless
   * it faulted.
   */
  public long call(Helper helper, long... arguments) {
    cpu.nextRip = cpu.rip + 2;
    cpu.fault = Cpu.FAULT_NONE;
    long result =
        cpu.helpers.call(
            cpu,
            helper.ordinal(),
            arguments.length > 0 ? arguments[0] : 0,
            arguments.length > 1 ? arguments[1] : 0,
            arguments.length > 2 ? arguments[2] : 0);
    if (cpu.fault == Cpu.FAULT_NONE) {
      cpu.rip = cpu.nextRip;
    }
    return result;
  }

  /** Runs until the bootstrap core halts, something stops the machine or the slices are used up. */
  public void run(int slices) {
    for (int i = 0; i < slices && resets.isEmpty(); i++) {
      if (cpu.activity == Cpu.Activity.HALTED
          && !cpu.attention
          && clock.nextDue() == Long.MAX_VALUE) {
        return;
      }
      if (cpu.fault == Cpu.FAULT_UNIMPLEMENTED) {
        throw new AssertionError("unimplemented %x at %x".formatted(cpu.faultError, cpu.rip));
      }
      scheduler.slice();
    }
  }

  /** One slice of every core that is awake. */
  public void slice() {
    scheduler.slice();
  }

  // States

  /**
   * 32-bit flat protected mode, CPL 0: GDT at 1000h (8 code0, 10 data0, 18 code3, 20 data3), IDT at
   * 2000h.
   */
  public void flat32() {
    descriptor(0x1008, 0x00CF9B000000FFFFL);
    descriptor(0x1010, 0x00CF93000000FFFFL);
    descriptor(0x1018, 0x00CFFB000000FFFFL);
    descriptor(0x1020, 0x00CFF3000000FFFFL);
    cpu.gdtrBase = 0x1000;
    cpu.gdtrLimit = 0xFF;
    cpu.idtrBase = 0x2000;
    cpu.idtrLimit = 0x7FF;
    cpu.cr0 = 0x60000011L;
    cpu.cs.set(8, 0, 0xFFFFFFFFL, 0xC09B);
    for (int i : new int[] {0, 2, 3, 4, 5}) {
      cpu.segments[i].set(0x10, 0, 0xFFFFFFFFL, 0xC093);
    }
    cpu.cpl = 0;
    cpu.rip = 0x8000;
    cpu.r[4] = 0x7000;
    cpu.memory.flushAll();
    Modes.update(cpu);
  }

  /** 64-bit mode with identity-mapped 2 MiB pages of the first 8 MiB, user accessible. */
  public void long64() {
    flat32();
    descriptor(0x1008, 0x00AF9B000000FFFFL);
    descriptor(0x1018, 0x00AFFB000000FFFFL);
    put64(0x10000, origin | 0x11007);
    put64(0x11000, origin | 0x12007);
    for (int i = 0; i < 4; i++) {
      put64(0x12000 + 8 * i, (i == 0 ? origin : (long) i << 21) | 0x87);
    }
    cpu.cr3 = origin | 0x10000;
    cpu.cr4 = 0x20;
    cpu.efer = 0x500;
    cpu.cr0 = 0xE0000011L;
    cpu.cs.set(8, 0, 0xFFFFFFFFL, 0xA09B);
    cpu.memory.flushAll();
    Modes.update(cpu);
  }

  /** Runs at CPL 3 from now on, with the user segments. */
  public void user() {
    cpu.cs.set(0x1B, 0, 0xFFFFFFFFL, cpu.cs.attributes | 0x60);
    cpu.ss.set(0x23, 0, 0xFFFFFFFFL, 0xC0F3);
    cpu.ds.set(0x23, 0, 0xFFFFFFFFL, 0xC0F3);
    cpu.es.set(0x23, 0, 0xFFFFFFFFL, 0xC0F3);
    cpu.cpl = 3;
    Modes.update(cpu);
  }

  public void descriptor(long physical, long value) {
    put64(physical, value);
  }

  /** A 32-bit gate in the IDT at 2000h. */
  public void gate32(int vector, int selector, long offset, int type, int dpl) {
    put64(
        0x2000 + 8L * vector,
        offset & 0xFFFF
            | (long) selector << 16
            | (0x80L | dpl << 5 | type) << 40
            | (offset >>> 16) << 48);
  }

  /** A 64-bit gate in the IDT at 2000h. */
  public void gate64(int vector, int selector, long offset, int ist, int dpl) {
    long at = 0x2000 + 16L * vector;
    put64(
        at,
        offset & 0xFFFF
            | (long) selector << 16
            | (long) ist << 32
            | (0x80L | dpl << 5 | 14) << 40
            | (offset >>> 16 & 0xFFFF) << 48);
    put64(at + 8, offset >>> 32);
  }

  @Override
  public void close() {
    bus.ram.close();
    bus.smramMemory.close();
  }
}
