package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.paging.SegmentChecks;

/** Conditions that are #GP(0). */
final class GuestFaultIf {
  private GuestFaultIf() {}

  static void invalidInVmx(Cpu cpu, int cr, long value) {
    if (cpu.vmxOperation && !cpu.vmx.validInVmx(cpu, cr, value)) {
      throw GuestFault.gp(cpu);
    }
  }

  static void notCanonical(Cpu cpu, long address) {
    if (!SegmentChecks.canonical(address)) {
      throw GuestFault.gp(cpu);
    }
  }
}
