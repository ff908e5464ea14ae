package io.github.bitterling.minnow.wiring;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.Locale;

/** Where a core stands, in words. */
final class CoreText {
  private CoreText() {}

  /** For example "64-bit, VMX root" or "real mode, VMX non-root, halted". */
  static String mode(Cpu cpu) {
    StringBuilder text = new StringBuilder(execution(cpu.mode));
    if (cpu.smm) {
      text.append(", SMM");
    }
    if (cpu.vmxOperation) {
      text.append(cpu.nonRoot ? ", VMX non-root" : ", VMX root");
    }
    if (cpu.activity != Cpu.Activity.ACTIVE) {
      text.append(", ").append(cpu.activity.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }
    return text.toString();
  }

  private static String execution(int mode) {
    if (ModeKey.is(mode, ModeKey.V86)) {
      return "virtual-8086";
    }
    int size = ModeKey.codeSize(mode);
    if (ModeKey.is(mode, ModeKey.LONG)) {
      return size == ModeKey.CODE64 ? "64-bit" : "compatibility";
    }
    if (!ModeKey.is(mode, ModeKey.PROTECTED)) {
      return "real mode";
    }
    return size == ModeKey.CODE32 ? "32-bit protected" : "16-bit protected";
  }

  /** Linear address of the instruction pointer. */
  static long linear(Cpu cpu) {
    return ModeKey.codeSize(cpu.mode) == ModeKey.CODE64
        ? cpu.rip
        : cpu.cs.base + cpu.rip & 0xFFFFFFFFL;
  }
}
