package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Small vocabulary over ASM: constants, locals, calls. */
final class Code {
  static final String CPU = "io/github/bitterling/vmx/cpu/Cpu";
  static final String CPU_T = "L" + CPU + ";";
  static final String ACCESS = "io/github/bitterling/vmx/cpu/Access";
  static final String SHARED_ACCESS = "io/github/bitterling/vmx/cpu/SharedAccess";
  static final String MEMORY = "io/github/bitterling/vmx/mem/GuestMemory";
  static final String PROBE = "io/github/bitterling/jit/Probe";
  static final String TLB = "io/github/bitterling/vmx/mem/Tlb";
  static final String SSE = "io/github/bitterling/vmx/fpu/Sse";
  static final String SSE_INLINE = "io/github/bitterling/vmx/fpu/SseInline";
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

  void fload(int local) {
    m.visitVarInsn(FLOAD, local);
  }

  void fstore(int local) {
    m.visitVarInsn(FSTORE, local);
  }

  void dload(int local) {
    m.visitVarInsn(DLOAD, local);
  }

  void dstore(int local) {
    m.visitVarInsn(DSTORE, local);
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

  // Bits of floating-point numbers

  void bitsToDouble() {
    call("java/lang/Double", "longBitsToDouble", "(J)D");
  }

  void doubleToBits() {
    call("java/lang/Double", "doubleToRawLongBits", "(D)J");
  }

  void bitsToFloat() {
    call("java/lang/Float", "intBitsToFloat", "(I)F");
  }

  void floatToBits() {
    call("java/lang/Float", "floatToRawIntBits", "(F)I");
  }

  /** Pushes the long whose bits lie in locals of any kind but constants and registers. */
  void loadBits(Loc at) {
    switch (at.kind()) {
      case DOUBLE -> {
        dload(at.at());
        doubleToBits();
      }
      case SINGLE -> loadSingleBits(at.at());
      case SINGLES -> {
        loadSingleBits(at.at());
        fload(at.at() + 1);
        floatToBits();
        op(I2L);
        iconst(32);
        op(LSHL);
        op(LOR);
      }
      default -> lload(at.at());
    }
  }

  private void loadSingleBits(int local) {
    fload(local);
    floatToBits();
    widen(32);
  }

  /** The long on the stack goes to the locals of a vector's part. */
  void storeBits(Loc at) {
    switch (at.kind()) {
      case DOUBLE -> {
        bitsToDouble();
        dstore(at.at());
      }
      case SINGLES -> {
        op(DUP2);
        op(L2I);
        bitsToFloat();
        fstore(at.at());
        iconst(32);
        op(LUSHR);
        op(L2I);
        bitsToFloat();
        fstore(at.at() + 1);
      }
      default -> lstore(at.at());
    }
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
