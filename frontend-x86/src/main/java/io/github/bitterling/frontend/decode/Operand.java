package io.github.bitterling.frontend.decode;

/** Operand types of the instruction table, named as in the SDM, volume 2, appendix A.2. */
public enum Operand {
  // Register or memory by ModRM.rm
  Eb(Kind.RM, Size.B),
  Ew(Kind.RM, Size.W),
  Ed(Kind.RM, Size.D),
  Eq(Kind.RM, Size.Q),
  Ev(Kind.RM, Size.V),
  Ey(Kind.RM, Size.Y),
  // Register by ModRM.reg
  Gb(Kind.REG, Size.B),
  Gw(Kind.REG, Size.W),
  Gv(Kind.REG, Size.V),
  Gz(Kind.REG, Size.Z),
  Gy(Kind.REG, Size.Y),
  // Memory only
  M(Kind.MEM, Size.NONE),
  Mb(Kind.MEM, Size.B),
  Mw(Kind.MEM, Size.W),
  Md(Kind.MEM, Size.D),
  Mq(Kind.MEM, Size.Q),
  Mt(Kind.MEM, Size.T),
  Mx(Kind.MEM, Size.X),
  Mv(Kind.MEM, Size.V),
  My(Kind.MEM, Size.Y),
  /** Far pointer: offset of the operand size, then selector. */
  Mp(Kind.MEM, Size.P),
  /** Pair of bounds. */
  Ma(Kind.MEM, Size.A),
  /** Descriptor-table register: 6 bytes, 10 in 64-bit mode. */
  Ms(Kind.MEM, Size.S),
  /** x87 environment, 14 or 28 bytes. */
  Men(Kind.MEM, Size.ENV),
  /** x87 state, 94 or 108 bytes. */
  Msv(Kind.MEM, Size.SAVE),
  Mn512(Kind.MEM, Size.FX),
  /** Register named by ModRM.rm whatever ModRM.mod says. */
  Rq(Kind.RM_IS_REG, Size.Q),
  Cq(Kind.CONTROL, Size.Q),
  Dq(Kind.DEBUG, Size.Q),
  Sw(Kind.SREG, Size.W),
  // Immediates
  Ib(Kind.IMM, Size.B),
  Iw(Kind.IMM, Size.W),
  Iz(Kind.IMM, Size.Z),
  Iv(Kind.IMM, Size.V),
  /** One byte, sign-extended to the operand size. */
  Is(Kind.IMM_SIGNED, Size.V),
  Jb(Kind.REL, Size.B),
  Jz(Kind.REL, Size.Z),
  Ap(Kind.FAR, Size.P),
  Ob(Kind.MOFFS, Size.B),
  Ov(Kind.MOFFS, Size.V),
  // Register in the opcode byte
  Zb(Kind.OPREG, Size.B),
  Zv(Kind.OPREG, Size.V),
  // Fixed
  AL(Kind.ACC, Size.B),
  AX(Kind.ACC, Size.W),
  rAX(Kind.ACC, Size.V),
  zAX(Kind.ACC, Size.Z),
  CL(Kind.COUNT, Size.B),
  DX(Kind.PORT, Size.W),
  ONE(Kind.ONE, Size.B),
  ES(Kind.SEG, Size.W),
  CS(Kind.SEG, Size.W),
  SS(Kind.SEG, Size.W),
  DS(Kind.SEG, Size.W),
  FS(Kind.SEG, Size.W),
  GS(Kind.SEG, Size.W),
  Xb(Kind.STRING_SI, Size.B),
  Xv(Kind.STRING_SI, Size.V),
  Xz(Kind.STRING_SI, Size.Z),
  Yb(Kind.STRING_DI, Size.B),
  Yv(Kind.STRING_DI, Size.V),
  Yz(Kind.STRING_DI, Size.Z),
  // Vector and x87 registers
  Vx(Kind.XMM, Size.X),
  Wx(Kind.XMM_RM, Size.X),
  Wq(Kind.XMM_RM, Size.Q),
  Wd(Kind.XMM_RM, Size.D),
  Ww(Kind.XMM_RM, Size.W),
  Ux(Kind.XMM_RM_REG, Size.X),
  Pq(Kind.MMX, Size.Q),
  Qq(Kind.MMX_RM, Size.Q),
  Qd(Kind.MMX_RM, Size.D),
  Nq(Kind.MMX_RM_REG, Size.Q),
  H(Kind.XMM0, Size.X),
  // With a VEX prefix: x is the vector length, dq always 16 bytes, h, f, e a half, fourth, eighth
  // of it
  Vdq(Kind.XMM, Size.DQ),
  Hx(Kind.XMM_VVVV, Size.X),
  Hdq(Kind.XMM_VVVV, Size.DQ),
  Wdq(Kind.XMM_RM, Size.DQ),
  Wh(Kind.XMM_RM, Size.XH),
  Wf(Kind.XMM_RM, Size.XF),
  We(Kind.XMM_RM, Size.XE),
  Wb(Kind.XMM_RM, Size.B),
  Udq(Kind.XMM_RM_REG, Size.DQ),
  Mdq(Kind.MEM, Size.DQ),
  /** Vector register in bits 7:4 of an immediate byte. */
  Lx(Kind.XMM_IMM, Size.X),
  /** General register in VEX.vvvv. */
  By(Kind.REG_VVVV, Size.Y),
  /** Memory addressed by the elements of an index vector (VSIB). */
  MVd(Kind.VSIB, Size.D),
  MVq(Kind.VSIB, Size.Q),
  /** Bounds register in ModRM.reg, and in ModRM.rm. */
  Bnd(Kind.BND, Size.NONE),
  Ubnd(Kind.BND_RM_REG, Size.NONE),
  ST0(Kind.ST, Size.T),
  STi(Kind.ST, Size.T);

  /** Where an operand lives. */
  public enum Kind {
    RM,
    REG,
    MEM,
    RM_IS_REG,
    CONTROL,
    DEBUG,
    SREG,
    IMM,
    IMM_SIGNED,
    REL,
    FAR,
    MOFFS,
    OPREG,
    ACC,
    COUNT,
    PORT,
    ONE,
    SEG,
    STRING_SI,
    STRING_DI,
    XMM,
    XMM_RM,
    XMM_RM_REG,
    MMX,
    MMX_RM,
    MMX_RM_REG,
    XMM0,
    XMM_VVVV,
    XMM_IMM,
    REG_VVVV,
    VSIB,
    BND,
    BND_RM_REG,
    ST
  }

  /** Size codes; see {@link Insn#bytes}. */
  public enum Size {
    NONE,
    B,
    W,
    D,
    Q,
    T,
    X,
    DQ,
    XH,
    XF,
    XE,
    V,
    Z,
    Y,
    P,
    A,
    S,
    ENV,
    SAVE,
    FX
  }

  private static final Operand[] VALUES = values();

  private final Kind kind;
  private final Size size;

  Operand(Kind kind, Size size) {
    this.kind = kind;
    this.size = size;
  }

  public static Operand of(int ordinal) {
    return VALUES[ordinal];
  }

  public Kind kind() {
    return kind;
  }

  public Size size() {
    return size;
  }

  /** True when the operand needs a ModRM byte. */
  boolean usesModRm() {
    return switch (kind) {
      case RM,
          REG,
          MEM,
          VSIB,
          RM_IS_REG,
          CONTROL,
          DEBUG,
          SREG,
          XMM,
          XMM_RM,
          XMM_RM_REG,
          MMX,
          MMX_RM,
          MMX_RM_REG,
          BND,
          BND_RM_REG ->
          true;
      default -> false;
    };
  }

  /** True when VEX.vvvv names the operand. */
  boolean usesVvvv() {
    return kind == Kind.XMM_VVVV || kind == Kind.REG_VVVV;
  }

  /** True when ModRM.mod must be 3. */
  boolean registerOnly() {
    return kind == Kind.XMM_RM_REG || kind == Kind.MMX_RM_REG || kind == Kind.BND_RM_REG;
  }

  /** True when ModRM.rm may name memory. */
  public boolean mayBeMemory() {
    return kind == Kind.RM || kind == Kind.MEM || kind == Kind.XMM_RM || kind == Kind.MMX_RM;
  }
}
