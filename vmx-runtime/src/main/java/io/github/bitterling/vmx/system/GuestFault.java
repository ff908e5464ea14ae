package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * Leaves a helper whose fault or VM exit is already recorded in the processor. Caught at the helper
 * table and at event delivery, never seen outside this package.
 */
final class GuestFault extends RuntimeException {
  /** Stateless and stackless, so one serves every machine. */
  static final GuestFault RECORDED = new GuestFault();

  private GuestFault() {
    super("guest fault recorded", null, false, false);
  }

  static GuestFault exception(Cpu cpu, int vector) {
    cpu.raise(vector);
    return RECORDED;
  }

  static GuestFault exception(Cpu cpu, int vector, int error) {
    cpu.raise(vector, error);
    return RECORDED;
  }

  static GuestFault ud(Cpu cpu) {
    return exception(cpu, Vector.UD);
  }

  static GuestFault gp(Cpu cpu) {
    return exception(cpu, Vector.GP, 0);
  }

  /** #GP with a selector as error code. */
  static GuestFault gp(Cpu cpu, int selector) {
    return exception(cpu, Vector.GP, selector & 0xFFFC);
  }

  static GuestFault np(Cpu cpu, int selector) {
    return exception(cpu, Vector.NP, selector & 0xFFFC);
  }

  static GuestFault ss(Cpu cpu, int selector) {
    return exception(cpu, Vector.SS, selector & 0xFFFC);
  }

  static GuestFault ts(Cpu cpu, int selector) {
    return exception(cpu, Vector.TS, selector & 0xFFFC);
  }

  /** The machine stops and reports what it met; {@code code} identifies it (opcode bytes). */
  static GuestFault unimplemented(Cpu cpu, long code) {
    cpu.fault = Cpu.FAULT_UNIMPLEMENTED;
    cpu.faultError = code;
    return RECORDED;
  }

  /** Throws when something has been recorded. */
  static void check(Cpu cpu) {
    if (cpu.fault != Cpu.FAULT_NONE) {
      throw RECORDED;
    }
  }

  /** Throws when a VMX intercept recorded an exit. */
  static void exit(boolean intercepted) {
    if (intercepted) {
      throw RECORDED;
    }
  }
}
