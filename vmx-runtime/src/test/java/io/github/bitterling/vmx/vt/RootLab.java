package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.Rig;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Programs in VMX root operation, or before it: the bytes run in 64-bit mode at CPL 0 unless told
 * otherwise, then the status flags are looked at. Every vector's handler halts. As often as the
 * engine wants; each round must end like the first.
 */
final class RootLab implements AutoCloseable {
  static final long VMXON = 0x61000;
  static final long VMCS = 0x62000;

  /** Another page with the revision identifier. */
  static final long OTHER = 0x63000;

  static final String VMXON_60000 = "f30fc7342500000600";
  static final String VMCLEAR_60008 = "660fc7342508000600";
  static final String VMPTRLD_60008 = "0fc7342508000600";

  /** VMXON, VMCLEAR and VMPTRLD. */
  static final String STARTED = VMXON_60000 + VMCLEAR_60008 + VMPTRLD_60008;

  /** pushfq; pop rax; mov [60100h], rax; hlt. */
  private static final String END = "9c 58 4889042500010600 f4";

  private static final long FLAGS = 0x60100;
  private static final long UNTOUCHED = 0x5A5A;

  private final Lab lab;
  private final int rounds;
  final Rig rig;
  final Cpu cpu;
  private Runnable mode = () -> {};
  private Long featureControl = 5L;

  RootLab(Lab.Engine engine, CpuModel model) {
    lab = new Lab(engine, model);
    rounds = engine.rounds();
    rig = lab.rig;
    cpu = rig.cpu;
    rig.put64(0x60000, VMXON);
    rig.put64(0x60008, VMCS);
    for (int v = 0; v < 256; v++) {
      rig.put(Lab.handler(v), "f4");
    }
    rig.put64(0x3004, 0x6000);
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
  }

  /** How the processor is before the program, beside the usual. */
  RootLab mode(Runnable change) {
    mode = change;
    return this;
  }

  /** IA32_FEATURE_CONTROL before the program. */
  RootLab featureControl(long value) {
    featureControl = value;
    return this;
  }

  Vmx vmx() {
    return lab.vmx;
  }

  /** "succeed", "invalid", "error n", or "#vector" with the error code. */
  String run(String code) {
    String first = once(code);
    for (int i = 1; i < rounds; i++) {
      String again = once(code);
      if (!again.equals(first)) {
        throw new AssertionError("round " + i + ": " + again + ", the first was " + first);
      }
    }
    return first;
  }

  private String once(String code) {
    start();
    String bytes = code + END;
    rig.put(Lab.CODE, bytes);
    int length = HexFormat.of().parseHex(bytes.replaceAll("\\s", "")).length;
    rig.forgetCode(Lab.CODE, length);
    rig.run(50);
    return outcome(Lab.CODE + length);
  }

  private void start() {
    lab.vmx.reset(cpu, true);
    if (featureControl != 0) {
      lab.vmx.writeMsr(cpu, Bits.MSR_FEATURE_CONTROL, featureControl);
    }
    for (long region : new long[] {VMXON, VMCS, OTHER}) {
      for (int i = 0; i < VmcsDump.BYTES; i += 8) {
        rig.put64(region + i, 0);
      }
      rig.put32(region, lab.vmx.readMsr(cpu, 0x480).intValue());
    }
    rig.put64(FLAGS, UNTOUCHED);
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.fault = Cpu.FAULT_NONE;
    cpu.latched = 0;
    cpu.cr4 = 0x2020;
    rig.long64();
    cpu.cr4 = 0x2020;
    cpu.cr0 = 0x8000_0031L;
    cpu.rip = Lab.CODE;
    cpu.setFlags(LazyFlags.STATUS | 2);
    mode.run();
    io.github.bitterling.vmx.system.Modes.update(cpu);
    cpu.memory.flushEverything();
  }

  private String outcome(long end) {
    if (cpu.activity != Cpu.Activity.HALTED) {
      throw new AssertionError("did not halt: rip %x %s".formatted(cpu.rip, rig.resets));
    }
    long linear = cpu.rip + cpu.cs.base;
    if (linear != end) {
      int vector = (int) (linear - 1 - 0xA000) / 16;
      boolean error = vector == 13 || vector == 14;
      return "#" + vector + (error ? "(%x)".formatted(rig.get32(cpu.r[4])) : "");
    }
    return status(rig.get64(FLAGS) & LazyFlags.STATUS);
  }

  private String status(long flags) {
    if (flags == 0) {
      return "succeed";
    }
    if (flags == LazyFlags.CF) {
      return "invalid";
    }
    long current = lab.vmx.currentVmcs();
    return flags == LazyFlags.ZF
        ? "error " + rig.get32(current + Field.VM_INSTRUCTION_ERROR.offset())
        : "flags %x".formatted(flags).toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() {
    lab.close();
  }
}
