package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;

/** CPUID: the model's answers, and what they have of the state (SDM volume 2, CPUID). */
final class Cpuid {
  private static final int MAX_EXTENDED = 0x80000008;

  private static final int OSXSAVE = 1 << 27;

  private final CpuModel model;

  // The result being made
  private int eax;
  private int ebx;
  private int ecx;
  private int edx;

  Cpuid(CpuModel model) {
    this.model = model;
  }

  void run(Cpu cpu) {
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptInstruction(cpu, ExitReason.CPUID, 0));
    }
    leaf(cpu, (int) cpu.r[0], (int) cpu.r[1]);
    cpu.r[0] = eax & 0xFFFFFFFFL;
    cpu.r[3] = ebx & 0xFFFFFFFFL;
    cpu.r[1] = ecx & 0xFFFFFFFFL;
    cpu.r[2] = edx & 0xFFFFFFFFL;
  }

  private void leaf(Cpu cpu, int leaf, int sub) {
    if (leaf < 0 && leaf <= MAX_EXTENDED) {
      extended(leaf);
    } else {
      // Beyond the last leaf Intel parts answer as the last basic one
      basic(cpu, leaf >= 0 && leaf <= model.lastLeaf() ? leaf : model.lastLeaf(), sub);
    }
  }

  private void set(int a, int b, int c, int d) {
    eax = a;
    ebx = b;
    ecx = c;
    edx = d;
  }

  private void fixed(int leaf, int sub) {
    int[] answer = model.leaf(leaf, sub);
    set(answer[0], answer[1], answer[2], answer[3]);
  }

  private void basic(Cpu cpu, int leaf, int sub) {
    switch (leaf) {
      case 0 -> set(model.lastLeaf(), text("Genu"), text("ntel"), text("ineI"));
      case 1 -> features(cpu);
      case 4, 7 -> fixed(leaf, sub);
      case 0xB -> topology(cpu, sub);
      case 0xD -> extendedState(cpu, sub);
      default -> fixed(leaf, 0);
    }
  }

  private void features(Cpu cpu) {
    fixed(1, 0);
    eax = model.signature();
    ebx = cpu.apic.id() << 24 | 16 << 16 | 8 << 8;
    if ((cpu.apic.apicBaseMsr() & 1 << 11) == 0) {
      edx &= ~Feature.APIC.mask();
    }
    if ((cpu.cr4 & Bits.CR4_OSXSAVE) != 0) {
      ecx |= OSXSAVE;
    }
  }

  private void topology(Cpu cpu, int sub) {
    switch (sub) {
      case 0 -> set(1, 1, 0x100, cpu.apic.id());
      case 1 -> set(4, model.cores(), 0x201, cpu.apic.id());
      default -> set(0, 0, sub & 0xFF, cpu.apic.id());
    }
  }

  /** XSAVE: components, sizes, and where each component lies. */
  private void extendedState(Cpu cpu, int sub) {
    fixed(0xD, sub);
    long all = model.xcr0Bits();
    if (all == 0) {
      return;
    }
    switch (sub) {
      case 0 ->
          set(
              (int) all,
              StateComponent.standardBytes(cpu.xcr0),
              StateComponent.standardBytes(all),
              0);
      case 1 -> {
        ebx = StateComponent.compactedBytes(cpu.xcr0 | cpu.xss);
        ecx = (int) model.xssBits();
      }
      default -> component(StateComponent.of(sub));
    }
  }

  /** ECX bit 0: managed by IA32_XSS. */
  private void component(StateComponent c) {
    if (c != null && ((model.xcr0Bits() | model.xssBits()) & c.bit()) != 0) {
      set(c.bytes(), c.offset(), c.supervisor() ? 1 : 0, 0);
    }
  }

  private void extended(int leaf) {
    switch (leaf) {
      case 0x80000000 -> set(MAX_EXTENDED, 0, 0, 0);
      case 0x80000002, 0x80000003, 0x80000004 -> brand((leaf - 0x80000002) * 16);
      case 0x80000008 -> set(model.linearBits() << 8 | model.physicalBits(), 0, 0, 0);
      default -> fixed(leaf, 0);
    }
  }

  private void brand(int from) {
    set(brandWord(from), brandWord(from + 4), brandWord(from + 8), brandWord(from + 12));
  }

  private int brandWord(int at) {
    int word = 0;
    for (int i = 0; i < 4 && at + i < model.brand().length(); i++) {
      word |= model.brand().charAt(at + i) << 8 * i;
    }
    return word;
  }

  private static int text(String four) {
    return four.charAt(0) | four.charAt(1) << 8 | four.charAt(2) << 16 | four.charAt(3) << 24;
  }
}
