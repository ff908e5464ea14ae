package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.cpu.Segment;
import java.util.ArrayList;
import java.util.List;

/** Compares the architectural state of two processors, for the lockstep engine and for tests. */
public final class CpuComparison {
  private static final String[] GPR = {
    "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
    "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"
  };
  private static final String[] SEGMENT = {"ES", "CS", "SS", "DS", "FS", "GS"};

  private final List<String> found = new ArrayList<>();
  private final String first;
  private final String second;

  private CpuComparison(String first, String second) {
    this.first = first;
    this.second = second;
  }

  /** One line for every field that differs; empty when the states are equal. */
  public static List<String> differences(Cpu a, String nameA, Cpu b, String nameB) {
    CpuComparison c = new CpuComparison(nameA, nameB);
    c.execution(a, b);
    c.system(a, b);
    for (int i = 0; i < SEGMENT.length; i++) {
      c.segment(SEGMENT[i], a.segments[i], b.segments[i]);
    }
    c.segment("LDTR", a.ldtr, b.ldtr);
    c.segment("TR", a.tr, b.tr);
    return c.found;
  }

  private void execution(Cpu a, Cpu b) {
    value("instructions retired", a.retired, b.retired);
    value("cycles charged", a.charged, b.charged);
    value("RIP", a.rip, b.rip);
    value("RFLAGS", a.flags(), b.flags());
    for (int i = 0; i < 16; i++) {
      value(GPR[i], a.r[i], b.r[i]);
    }
    for (int i = 0; i < 32; i++) {
      value("XMM" + i / 2 + (i % 2 == 0 ? " low" : " high"), a.xmm[i], b.xmm[i]);
      value("YMM" + i / 2 + (i % 2 == 0 ? " bits 191:128" : " bits 255:192"), a.ymm[i], b.ymm[i]);
    }
    value("MXCSR", a.mxcsr, b.mxcsr);
    for (int i = 0; i < a.bnd.length; i++) {
      value("BND" + i / 2 + (i % 2 == 0 ? " lower" : " upper"), a.bnd[i], b.bnd[i]);
    }
    value("BNDCFGU", a.bndcfgu, b.bndcfgu);
    value("BNDSTATUS", a.bndstatus, b.bndstatus);
    x87(a.fpu, b.fpu);
    value("activity", a.activity.ordinal(), b.activity.ordinal());
    value("SMM", a.smm ? 1 : 0, b.smm ? 1 : 0);
    value("SMBASE", a.smbase, b.smbase);
    value("SMIs", a.smiCount, b.smiCount);
    value("interrupt shadow", a.interruptShadow, b.interruptShadow);
  }

  private void x87(FpuState a, FpuState b) {
    value("x87 control word", a.control, b.control);
    value("x87 status word", a.statusWord(), b.statusWord());
    value("x87 valid registers", a.valid, b.valid);
    value("x87 opcode", a.opcode, b.opcode);
    value("x87 instruction pointer", a.instruction, b.instruction);
    value("x87 operand pointer", a.operand, b.operand);
    for (int i = 0; i < 8; i++) {
      value("x87 register " + i + " significand", a.significand[i], b.significand[i]);
      value("x87 register " + i + " exponent", a.signExponent[i], b.signExponent[i]);
    }
  }

  private void system(Cpu a, Cpu b) {
    value("CR0", a.cr0, b.cr0);
    value("CR2", a.cr2, b.cr2);
    value("CR3", a.cr3, b.cr3);
    value("CR4", a.cr4, b.cr4);
    value("EFER", a.efer, b.efer);
    value("XCR0", a.xcr0, b.xcr0);
    value("IA32_BNDCFGS", a.bndcfgs, b.bndcfgs);
    value("IA32_XSS", a.xss, b.xss);
    value("IA32_PM_CTL1", a.pmCtl1, b.pmCtl1);
    value("CPL", a.cpl, b.cpl);
    value("mode", a.mode, b.mode);
    value("VMX operation", a.vmxOperation ? 1 : 0, b.vmxOperation ? 1 : 0);
    value("non-root", a.nonRoot ? 1 : 0, b.nonRoot ? 1 : 0);
    value("GDTR base", a.gdtrBase, b.gdtrBase);
    value("IDTR base", a.idtrBase, b.idtrBase);
    for (int i = 0; i < 8; i++) {
      value("DR" + i, a.dr[i], b.dr[i]);
    }
  }

  private void segment(String name, Segment a, Segment b) {
    value(name + " selector", a.selector, b.selector);
    value(name + " base", a.base, b.base);
    value(name + " limit", a.limit, b.limit);
    value(name + " attributes", a.attributes, b.attributes);
  }

  private void value(String name, long a, long b) {
    if (a != b) {
      found.add(String.format("%s: %s %016Xh, %s %016Xh", name, first, a, second, b));
    }
  }
}
