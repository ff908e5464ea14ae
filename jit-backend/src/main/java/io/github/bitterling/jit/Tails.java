package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import org.objectweb.asm.Label;

/** The shared ends of a region: every exit is a number that leads here. */
final class Tails {
  private final RegionWriter region;
  private final Code code;
  private final Label exit = new Label();
  private final Label exitWithFlags = new Label();
  private final Label dynamic = new Label();
  private final Label dynamicWithFlags = new Label();
  private final Label helper = new Label();
  private final Label helperWithFlags = new Label();
  private final Label rip = new Label();
  private final Label spill = new Label();
  private final Label faulted = new Label();
  private final Label unchanged = new Label();
  private boolean exitUsed;
  private boolean flagsUsed;
  private boolean dynamicUsed;
  private boolean dynamicFlagsUsed;
  private boolean helperUsed;
  private boolean helperFlagsUsed;
  private boolean faultedUsed;

  Tails(RegionWriter region, Code code) {
    this.region = region;
    this.code = code;
  }

  /**
   * The exit number is in its local. Flags lie in the flag locals, or unchanged in the processor.
   */
  Label exit() {
    exitUsed = true;
    return exit;
  }

  /** The exit number is in its local. Flags lie in the flag locals. */
  Label exitWithFlags() {
    flagsUsed = true;
    return exitWithFlags;
  }

  /** Stack: instruction pointer. Flags as for {@link #exit}. */
  Label dynamic() {
    dynamicUsed = true;
    return dynamic;
  }

  /** Stack: instruction pointer. Flags lie in the flag locals. */
  Label dynamicWithFlags() {
    dynamicFlagsUsed = true;
    return dynamicWithFlags;
  }

  /** Stack: three arguments, helper number, exit number. Calls a helper that ends the block. */
  Label helper(boolean flagsMoved) {
    if (flagsMoved) {
      helperFlagsUsed = true;
      return helperWithFlags;
    }
    helperUsed = true;
    return helper;
  }

  /** Stack: exit number. A helper faulted: the processor's state is current. */
  Label faulted() {
    faultedUsed = true;
    return faulted;
  }

  /** Nothing was done. */
  Label unchanged() {
    return unchanged;
  }

  void write() {
    if (flagsUsed) {
      code.label(exitWithFlags);
      region.spillFlags();
      code.jump(GOTO, rip);
    }
    if (exitUsed) {
      code.label(exit);
      spillFlagsIfMoved();
    }
    if (exitUsed || flagsUsed) {
      code.label(rip);
      ripFromTable();
      handBack();
      code.label(spill);
      region.spillRegisters();
      leave();
    }
    dynamics();
    helpers();
    faults();
    code.label(unchanged);
    leave();
  }

  private void leave() {
    code.iload(RegionWriter.BUDGET);
    code.op(IRETURN);
  }

  private void spillFlagsIfMoved() {
    if (region.flagsInLocals()) {
      region.spillFlags();
    }
  }

  private void table(String name, String type, int load) {
    code.aload(0);
    code.get(Code.REGION, name, type);
    code.iload(region.exitNumber());
    code.op(load);
  }

  private void ripFromTable() {
    code.aload(RegionWriter.CPU);
    table("rips", "[J", LALOAD);
    code.put(Code.CPU, "rip", "J");
  }

  private void handBack() {
    code.iload(RegionWriter.BUDGET);
    table("rest", "[I", IALOAD);
    code.op(IADD);
    code.istore(RegionWriter.BUDGET);
  }

  private void dynamics() {
    Label store = new Label();
    if (dynamicFlagsUsed) {
      code.label(dynamicWithFlags);
      code.lstore(region.target());
      region.spillFlags();
      code.jump(GOTO, store);
    }
    if (dynamicUsed) {
      code.label(dynamic);
      code.lstore(region.target());
      spillFlagsIfMoved();
    }
    if (dynamicUsed || dynamicFlagsUsed) {
      code.label(store);
      code.aload(RegionWriter.CPU);
      code.lload(region.target());
      code.put(Code.CPU, "rip", "J");
      region.spillRegisters();
      leave();
    }
  }

  private void helpers() {
    if (!helperUsed && !helperFlagsUsed) {
      return;
    }
    int number = region.temp(false);
    int[] argument = {region.temp(true), region.temp(true), region.temp(true)};
    Label call = new Label();
    if (helperFlagsUsed) {
      code.label(helperWithFlags);
      popArguments(number, argument);
      region.spillFlags();
      code.jump(GOTO, call);
    }
    if (helperUsed) {
      code.label(helper);
      popArguments(number, argument);
      spillFlagsIfMoved();
    }
    code.label(call);
    region.spillRegisters();
    ripFromTable();
    code.aload(RegionWriter.CPU);
    table("nexts", "[J", LALOAD);
    code.put(Code.CPU, "nextRip", "J");
    retired();
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "helpers", "Lio/github/bitterling/vmx/cpu/HelperUnit;");
    code.aload(RegionWriter.CPU);
    code.iload(number);
    for (int at : argument) {
      code.lload(at);
    }
    callHelper();
    code.op(POP2);
    afterHelper();
  }

  private void popArguments(int number, int[] argument) {
    code.istore(region.exitNumber());
    code.istore(number);
    for (int k = 2; k >= 0; k--) {
      code.lstore(argument[k]);
    }
  }

  /** The helper is the block's last instruction and was charged with it. */
  private void retired() {
    code.aload(RegionWriter.CPU);
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "retiredEnd", "J");
    code.iload(RegionWriter.BUDGET);
    code.op(I2L);
    code.op(LSUB);
    code.put(Code.CPU, "retired", "J");
  }

  void callHelper() {
    code.m.visitMethodInsn(
        INVOKEINTERFACE,
        "io/github/bitterling/vmx/cpu/HelperUnit",
        "call",
        "(" + Code.CPU_T + "IJJJ)J",
        true);
  }

  private void afterHelper() {
    Label fault = new Label();
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "fault", "I");
    code.jump(IFNE, fault);
    code.aload(RegionWriter.CPU);
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "nextRip", "J");
    code.put(Code.CPU, "rip", "J");
    leave();
    code.label(fault);
    code.iload(RegionWriter.BUDGET);
    code.op(ICONST_1);
    code.op(IADD);
    code.op(IRETURN);
  }

  private void faults() {
    if (faultedUsed) {
      code.label(faulted);
      code.istore(region.exitNumber());
      handBack();
      leave();
    }
  }
}
