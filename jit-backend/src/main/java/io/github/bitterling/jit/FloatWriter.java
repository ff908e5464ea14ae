package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.fpu.Sse;
import java.util.Locale;
import java.util.function.Supplier;
import org.objectweb.asm.Label;

/**
 * Emits FLOAT operations. The four operations of arithmetic and the root are a JVM operation and a
 * look at its result in line, with the slow method behind the blocks (see {@code SseInline}); the
 * frequent ones of the others have methods that HotSpot inlines. All elements of an instruction but
 * the last put their faults off.
 */
final class FloatWriter {
  private final RegionWriter region;
  private final IrBlock ir;
  private final Values values;
  private final FloatValues floats;
  private final PlainValues plain;
  private final Code code;

  FloatWriter(RegionWriter region, IrBlock ir, Values values, PlainValues plain) {
    this.region = region;
    this.ir = ir;
    this.values = values;
    this.floats = values.floats();
    this.plain = plain;
    this.code = region.code();
  }

  /**
   * @param fault makes the label for leaving before the instruction
   */
  void write(int i, Supplier<Label> fault) {
    int what = (int) ir.imm(i);
    if (!PlainValues.inline(what)) {
      call(i, what, fault);
      return;
    }
    plain.advance(i);
    boolean root = FloatOp.of(what) == FloatOp.SQRT;
    if (FloatOp.format(what) == FloatOp.DOUBLE) {
      doubles(i, what, root, fault);
    } else {
      singles(i, what, root, fault);
    }
    values.release(ir.a(i));
    values.release(ir.b(i));
    floats.recycle(ir.a(i));
    if (ir.a(i) != ir.b(i)) {
      floats.recycle(ir.b(i));
    }
  }

  private static boolean more(int what) {
    return (what & FloatOp.MORE) != 0;
  }

  private static int opcode(int what, boolean wide) {
    return switch (FloatOp.of(what)) {
      case ADD -> wide ? DADD : FADD;
      case SUB -> wide ? DSUB : FSUB;
      case MUL -> wide ? DMUL : FMUL;
      default -> wide ? DDIV : FDIV;
    };
  }

  private static String name(int what) {
    return FloatOp.of(what).name().toLowerCase(Locale.ROOT);
  }

  // Doubles

  private void doubles(int i, int what, boolean root, Supplier<Label> fault) {
    int a = ir.a(i);
    int b = ir.b(i);
    if (!root) {
      floats.settleDouble(a);
    }
    floats.settleDouble(b);
    int result = region.floatTemp();
    if (root) {
      floats.pushDouble(b);
      code.call("java/lang/Math", "sqrt", "(D)D");
    } else {
      floats.pushDouble(a);
      floats.pushDouble(b);
      code.op(opcode(what, true));
    }
    code.op(DUP2);
    code.dstore(result);
    boolean lookA = !root && !plain.isDouble(a);
    boolean lookB = (root || a != b) && !plain.isDouble(b);
    if (lookA) {
      floats.pushDouble(a);
    }
    if (lookB) {
      floats.pushDouble(b);
    }
    look("D", 1 + (lookA ? 1 : 0) + (lookB ? 1 : 0));
    Loc[] at = {values.loc(a), values.loc(b)};
    slow(
        more(what) ? null : fault.get(),
        () -> {
          code.aload(RegionWriter.CPU);
          if (!root) {
            pushDouble(at[0]);
          }
          pushDouble(at[1]);
          code.iconst(more(what) ? 1 : 0);
          code.call(Code.SSE_INLINE, name(what), "(" + Code.CPU_T + (root ? "D" : "DD") + "Z)D");
          code.dstore(result);
        });
    values.setLoc(i, Loc.ofDouble(result));
    plain.operated(i);
  }

  private void pushDouble(Loc at) {
    if (at.is(Loc.Kind.DOUBLE)) {
      code.dload(at.at());
    } else {
      values.push(at, true, 64);
      code.bitsToDouble();
    }
  }

  /** Stack: result and the operands to look at. */
  private void look(String type, int numbers) {
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "floatSpan", "I");
    code.call(Code.SSE_INLINE, "off", "(" + type.repeat(numbers) + "I)Z");
  }

  /** Stack: whether the slow method is needed. Goes on here afterwards. */
  private void slow(Label fault, Runnable again) {
    Label back = new Label();
    Label slow =
        region.later(
            () -> {
              again.run();
              if (fault != null) {
                code.aload(RegionWriter.CPU);
                code.get(Code.CPU, "fault", "I");
                code.jump(IFNE, fault);
              }
              code.jump(GOTO, back);
            });
    code.jump(IFNE, slow);
    code.label(back);
  }

  // Singles

  private void singles(int i, int what, boolean root, Supplier<Label> fault) {
    boolean pair = FloatOp.format(what) == FloatOp.PAIR;
    if (!root) {
      floats.settleSingles(ir.a(i), !pair);
    }
    floats.settleSingles(ir.b(i), !pair);
    int result = region.floatTemp();
    lane(i, what, root, 0, result, pair || more(what) ? null : fault);
    if (pair) {
      lane(i, what, root, 1, result + 1, more(what) ? null : fault);
    }
    values.setLoc(i, pair ? Loc.ofSingles(result) : Loc.ofSingle(result));
    plain.operated(i);
  }

  /**
   * @param fault null when faults are put off
   */
  private void lane(int i, int what, boolean root, int lane, int result, Supplier<Label> fault) {
    int a = ir.a(i);
    int b = ir.b(i);
    if (root) {
      floats.pushLane(b, lane);
      code.op(F2D);
      code.call("java/lang/Math", "sqrt", "(D)D");
      code.op(D2F);
    } else {
      floats.pushLane(a, lane);
      floats.pushLane(b, lane);
      code.op(opcode(what, false));
    }
    code.op(DUP);
    code.fstore(result);
    boolean lookA = !root && !plain.isSingle(a, lane);
    boolean lookB = (root || a != b) && !plain.isSingle(b, lane);
    if (lookA) {
      floats.pushLane(a, lane);
    }
    if (lookB) {
      floats.pushLane(b, lane);
    }
    look("F", 1 + (lookA ? 1 : 0) + (lookB ? 1 : 0));
    Runnable operands =
        values.frozen(
            () -> {
              if (!root) {
                floats.pushLane(a, lane);
              }
              floats.pushLane(b, lane);
            });
    slow(
        fault == null ? null : fault.get(),
        () -> {
          code.aload(RegionWriter.CPU);
          operands.run();
          code.iconst(fault == null ? 1 : 0);
          code.call(Code.SSE_INLINE, name(what), "(" + Code.CPU_T + (root ? "F" : "FF") + "Z)F");
          code.fstore(result);
        });
  }

  // All others

  /** Fused multiply-add. */
  void fused(int i, Supplier<Label> fault) {
    int what = (int) ir.imm(i);
    code.aload(RegionWriter.CPU);
    code.iconst(what);
    for (int k = 0; k < 3; k++) {
      values.useLong(ir.arg(i, k));
    }
    code.call(Code.SSE, Sse.fusedMethod(what), "(" + Code.CPU_T + "IJJJ)J");
    called(i, what, fault);
  }

  private void call(int i, int what, Supplier<Label> fault) {
    String method = Sse.method(what);
    code.aload(RegionWriter.CPU);
    if (method == null) {
      code.iconst(what);
    }
    values.useLong(ir.a(i));
    values.useLong(ir.b(i));
    if (method == null) {
      code.call(Code.SSE, "run", "(" + Code.CPU_T + "IJJ)J");
    } else {
      code.iconst(more(what) ? 1 : 0);
      int dot = method.indexOf('.');
      String owner =
          Code.SSE.substring(0, Code.SSE.lastIndexOf('/') + 1) + method.substring(0, dot);
      code.call(owner, method.substring(dot + 1), "(" + Code.CPU_T + "JJZ)J");
    }
    called(i, what, fault);
  }

  private void called(int i, int what, Supplier<Label> fault) {
    values.keepLong(i);
    if (!more(what)) {
      code.aload(RegionWriter.CPU);
      code.get(Code.CPU, "fault", "I");
      code.jump(IFNE, fault.get());
    }
  }
}
