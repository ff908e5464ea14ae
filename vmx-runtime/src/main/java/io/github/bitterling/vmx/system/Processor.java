package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.vmx.apic.ApicBus;
import io.github.bitterling.vmx.apic.LocalApic;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.VmxUnit;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.paging.Mmu;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * One processor with its units wired, in power-on state once {@link #powerOn} was called.
 *
 * @param mmu also for code tracking and flushes by the board
 */
public record Processor(
    Cpu cpu,
    Mmu mmu,
    Events events,
    HelperTable helpers,
    Msrs msrs,
    LocalApic apic,
    ProcessorReset reset) {

  /** What processors share. */
  public record Board(
      SystemBus bus,
      MachineControl machine,
      VirtualTime time,
      ApicBus apics,
      Msrs.CacheAsRam cacheAsRam) {}

  /** Builds processor {@code index} with a VMX unit; 0 is the bootstrap processor. */
  public static Processor create(int index, CpuModel model, Board board, VmxUnit vmx) {
    Processor processor = create(index, model, board);
    processor.cpu.vmx = vmx;
    return processor;
  }

  /**
   * Builds processor {@code index} for a VMX unit that needs its parts: the caller sets it before
   * power-on.
   */
  public static Processor create(int index, CpuModel model, Board board) {
    Cpu cpu = new Cpu(index);
    LocalApic apic =
        new LocalApic(
            cpu,
            board.bus(),
            board.apics(),
            board.time(),
            CpuModel.BUS_HERTZ,
            model.apicId(index),
            index == 0);
    cpu.apic = apic;
    Mmu mmu = new Mmu(cpu, board.bus(), model.physicalBits(), model.has(Feature.PAGE1GB));
    cpu.memory = mmu;
    Msrs msrs = new Msrs(model, board.cacheAsRam());
    cpu.msrs = msrs;
    ProcessorReset reset = new ProcessorReset(model.signature());
    LastPortAccess io = new LastPortAccess();
    SystemManagement smm = new SystemManagement(model, board.machine(), new Smram(mmu), io);
    Events events = new Events(board.machine(), reset, smm);
    cpu.events = events;
    Ports ports = new Ports(board.bus(), events, io);
    HelperTable helpers = new HelperTable(model, msrs, events, smm, ports, index);
    cpu.helpers = helpers;
    return new Processor(cpu, mmu, events, helpers, msrs, apic, reset);
  }

  public void powerOn() {
    reset.powerOn(cpu);
  }
}
