package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.frontend.decode.Sem;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which test compares a row of the instruction table with a processor. Everything that the row does
 * not mark as privileged, intercepted or working on segments belongs to {@link SiliconTests} or
 * {@link FloatSiliconTests}, so a new row is covered by being written.
 */
public enum Scope {
  INTEGER("SiliconTests"),
  FLOAT("FloatSiliconTests"),
  /** What a process can do with segments, gates, ports and flags beyond its own. */
  PROCESS("UserTests, BareTests"),
  RING0("BareTests"),
  /** Extended states, and bases that the host's C library needs for itself. */
  EXTENDED_STATE("XsaveSiliconTests, XsaveTests"),
  /** No processor the tests meet has them. */
  BOUNDS("BoundsTests"),
  /** XSAVES and XRSTORS. */
  SUPERVISOR_STATE("XsaveTests"),
  VMX("tests of VMX"),
  /** The result is the machine's own: identification, time, random numbers, control registers. */
  MACHINE("RegisterTests, EventTests");

  private static final Set<Sem> FLOATS =
      EnumSet.of(
          Sem.X87,
          Sem.FLOAT,
          Sem.FMA,
          Sem.INSERTPS,
          Sem.LDMXCSR,
          Sem.STMXCSR,
          Sem.FWAIT,
          Sem.FXSAVE,
          Sem.FXRSTOR,
          Sem.EMMS);

  /** Transfers through gates and descriptors, and the flags of the system, by their meaning. */
  private static final Set<Sem> PROCESSES =
      EnumSet.of(
          Sem.INT, Sem.INT1, Sem.INT3, Sem.INTO, Sem.IRET, Sem.RETF, Sem.PUSHF, Sem.POPF, Sem.LAR,
          Sem.LSL, Sem.VERR, Sem.VERW);

  private static final Set<Sem> EXTENDED_STATES =
      EnumSet.of(
          Sem.XSAVE,
          Sem.XSAVEOPT,
          Sem.XSAVEC,
          Sem.XRSTOR,
          Sem.XGETBV,
          Sem.RDFSBASE,
          Sem.RDGSBASE,
          Sem.WRFSBASE,
          Sem.WRGSBASE);

  private static final Set<Sem> MACHINES = EnumSet.of(Sem.SYSCALL, Sem.SYSENTER, Sem.RSM);

  private final String tests;

  Scope(String tests) {
    this.tests = tests;
  }

  /** Names of the tests, for people. */
  public String tests() {
    return tests;
  }

  /** Run by {@link SiliconTests}: all that a program can execute without the system's help. */
  public boolean integer() {
    return this == INTEGER;
  }

  public static Scope of(Row row) {
    if (row.feature().equals("VMX") || row.feature().equals("SMX")) {
      return VMX;
    }
    if (row.feature().equals("MPX")) {
      return BOUNDS;
    }
    if (row.feature().equals("XSAVES")) {
      return SUPERVISOR_STATE;
    }
    if ((row.attributes() & Attr.CPL0) != 0) {
      return RING0;
    }
    if ((row.attributes() & Attr.IOPL) != 0
        || PROCESSES.contains(row.semantics())
        || row.operands().stream().anyMatch(Scope::segment)) {
      return PROCESS;
    }
    if (EXTENDED_STATES.contains(row.semantics())) {
      return EXTENDED_STATE;
    }
    if (MACHINES.contains(row.semantics())
        || !row.intercept().isEmpty() && row.semantics() != Sem.PAUSE) {
      return MACHINE;
    }
    return FLOATS.contains(row.semantics()) ? FLOAT : INTEGER;
  }

  private static boolean segment(Operand o) {
    return o.kind() == Operand.Kind.SREG
        || o.kind() == Operand.Kind.SEG
        || o.kind() == Operand.Kind.FAR
        || o == Operand.Mp;
  }
}
