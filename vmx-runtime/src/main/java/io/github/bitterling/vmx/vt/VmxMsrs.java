package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** The MSRs outside this package, for MSR areas and the fields that load and save MSRs. */
public interface VmxMsrs {
  /** Value, or null where RDMSR would be #GP. Never causes a VM exit. */
  Long read(Cpu cpu, int msr);

  /** False where WRMSR would be #GP. */
  boolean write(Cpu cpu, int msr, long value);
}
