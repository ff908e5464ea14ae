package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Small vocabulary over ASM: constants, locals, calls. */
final class Code {
  static final String CPU = "io/github/bitterling/vmx/cpu/Cpu";
  static final String CPU_T = "L" + CPU + ";";
  static final String ACCESS = "io/github/bitterling/vmx/cpu/Access";
  static final String PROBE = "io/github/bitterling/jit/Probe";
  static final String TLB = "io/github/bitterling/vmx/mem/Tlb";
  static final String SSE = "io/github/bitterling/vmx/fpu/Sse";
  static final String ARITHMETIC = "io/github/bitterling/vmx/cpu/Arithmetic";
  static final String FLAGS = "io/github/bitterling/vmx/cpu/LazyFlags";
  static final String REGION = "io/github/bitterling/jit/RegionCode";

  final MethodVisitor m;

  Code(MethodVisitor m) {
    this.m = m;
  }

  void op(int opcode) {
    m.visitInsn(opcode);
  }

  void iconst(int value) {
    if (value >= -1 && value <= 5) {
      op(ICONST_0 + value);
    } else if (value == (byte) value) {
      m.visitIntInsn(BIPUSH, value);
    } else if (value == (short) value) {
      m.visitIntInsn(SIPUSH, value);
    } else {
      m.visitLdcInsn(value);
    }
  }

  void lconst(long value) {
    if (value == 0 || value == 1) {
      op(LCONST_0 + (int) value);
    } else {
      m.visitLdcInsn(value);
    }
  }

  void iload(int local) {
    m.visitVarInsn(ILOAD, local);
  }

  void lload(int local) {
    m.visitVarInsn(LLOAD, local);
  }

  void istore(int local) {
    m.visitVarInsn(ISTORE, local);
  }

  void lstore(int local) {
    m.visitVarInsn(LSTORE, local);
  }

  void astore(int local) {
    m.visitVarInsn(ASTORE, local);
  }

  void aload(int local) {
    m.visitVarInsn(ALOAD, local);
  }

  void jump(int opcode, Label to) {
    m.visitJumpInsn(opcode, to);
  }

  void label(Label label) {
    m.visitLabel(label);
  }

  void get(String owner, String name, String type) {
    m.visitFieldInsn(GETFIELD, owner, name, type);
  }

  void put(String owner, String name, String type) {
    m.visitFieldInsn(PUTFIELD, owner, name, type);
  }

  void call(String owner, String name, String type) {
    m.visitMethodInsn(INVOKESTATIC, owner, name, type, false);
  }

  /** Keeps the low bits of the int on the stack. */
  void maskInt(int bits) {
    if (bits < 32) {
      iconst((1 << bits) - 1);
      op(IAND);
    }
  }

  /** Keeps the low bits of the long on the stack. */
  void maskLong(int bits) {
    if (bits < 64) {
      lconst((1L << bits) - 1);
      op(LAND);
    }
  }

  /** Int on the stack with so many significant bits becomes a zero-extended long. */
  void widen(int bits) {
    op(I2L);
    if (bits >= 32) {
      maskLong(32);
    }
  }
}
