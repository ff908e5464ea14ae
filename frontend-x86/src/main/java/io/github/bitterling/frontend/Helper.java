package io.github.bitterling.frontend;

/**
 * Instructions (or parts) too long or rare for IR operations: plain methods of the virtual
 * processor, called with up to three 64-bit arguments. The lifter names them, the processor
 * implements them, both engines call the same method.
 *
 * <p>Contract. Before a helper that is not {@link Kind#PURE} the engine makes the whole state
 * current (registers, flags, {@code rip} = this instruction, {@code nextRip} = the one after). A
 * helper that faults leaves the architectural state as before the instruction and records the
 * fault; a VM exit caused by an instruction is such a fault, so both kinds may meet one. After a
 * {@link Kind#ENDS} helper without fault the engine continues at {@code nextRip}, which the helper
 * may have changed (branches, VM exits); such a helper must be the last operation before EXIT.
 * After a {@link Kind#STATE} helper the block goes on; every register may have changed. A PURE
 * helper looks at its arguments only and cannot fault.
 *
 * <p>Privilege, mode and VMX intercept checks of an instruction are the helper's, so the lifter
 * emits one HELPER for any mode in which the encoding exists.
 */
public enum Helper {
  // Control transfer. size = operand size in bytes (2, 4, 8)
  /** (selector, offset, size). */
  JMP_FAR(Kind.ENDS),
  /** (selector, offset, size). */
  CALL_FAR(Kind.ENDS),
  /** (size, bytes to release). */
  RET_FAR(Kind.ENDS),
  /** (size). */
  IRET(Kind.ENDS),
  /** (vector): INT n. */
  INT(Kind.ENDS),
  INT3(Kind.ENDS),
  INT1(Kind.ENDS),
  INTO(Kind.ENDS),
  /** (index, linear address of the bounds pair, size). */
  BOUND(Kind.STATE),
  SYSCALL(Kind.ENDS),
  /** (operand size 4 or 8). */
  SYSRET(Kind.ENDS),
  SYSENTER(Kind.ENDS),
  /** (operand size 4 or 8). */
  SYSEXIT(Kind.ENDS),
  /** (vector, error code, has error code): raises an exception as a fault, e.g. (6, 0, 0) = #UD. */
  RAISE(Kind.ENDS),

  // Stack frames
  /** (size, bytes, nesting level). */
  ENTER(Kind.STATE),
  /** (size). */
  PUSHA(Kind.STATE),
  /** (size). */
  POPA(Kind.STATE),

  // Segment registers
  /** (segment register, selector): MOV Sreg; SS also starts an interrupt shadow. */
  LOAD_SEGMENT(Kind.ENDS),
  /** (segment register, size): POP Sreg; SS also starts an interrupt shadow. */
  POP_SEGMENT(Kind.ENDS),
  /**
   * (segment register, linear address of offset:selector, size << 8 | general register): LDS,
   * LSS...
   */
  LOAD_FAR(Kind.ENDS),
  /** (): selector value is read with the SELECTOR operation; this is SLDT -> selector. */
  SLDT(Kind.STATE),
  STR(Kind.STATE),
  /** (selector). */
  LLDT(Kind.ENDS),
  LTR(Kind.ENDS),
  /** (linear address, bytes in memory 6 or 10, operand size 2, 4 or 8; 2 takes a 24-bit base). */
  LGDT(Kind.ENDS),
  LIDT(Kind.ENDS),
  /** (linear address, bytes in memory 6 or 10, operand size). */
  SGDT(Kind.STATE),
  SIDT(Kind.STATE),
  /** (selector, size) -> access rights; sets ZF; when ZF = 0 the destination is not written. */
  LAR(Kind.STATE),
  LSL(Kind.STATE),
  /** (selector), sets ZF. */
  VERR(Kind.STATE),
  VERW(Kind.STATE),
  /** (destination selector, source selector) -> new destination; sets ZF. */
  ARPL(Kind.STATE),

  // Flags
  /** (size) -> image for PUSHF (VM and RF clear); checks IOPL in virtual-8086 mode. */
  READ_FLAGS(Kind.STATE),
  /** (image): #GP(0) for what POPF may not load in virtual-8086 mode. */
  CHECK_VIRTUAL_FLAGS(Kind.STATE),
  /** (image, size): POPF. */
  WRITE_FLAGS(Kind.ENDS),
  CLI(Kind.ENDS),
  STI(Kind.ENDS),
  CLD(Kind.STATE),
  STD(Kind.STATE),
  /** (value, count, width index 0-3) -> result; reads and writes CF, OF. count is masked, not 0. */
  RCL(Kind.STATE),
  RCR(Kind.STATE),
  /** (AL or AX value) -> new AX; sets flags. */
  DAA(Kind.STATE),
  DAS(Kind.STATE),
  AAA(Kind.STATE),
  AAS(Kind.STATE),
  /** (AX, base) -> new AX; base 0 is a divide error. */
  AAM(Kind.STATE),
  AAD(Kind.STATE),

  // System
  CPUID(Kind.ENDS),
  RDTSC(Kind.ENDS),
  RDTSCP(Kind.ENDS),
  RDPMC(Kind.ENDS),
  RDMSR(Kind.ENDS),
  WRMSR(Kind.ENDS),
  HLT(Kind.ENDS),
  PAUSE(Kind.ENDS),
  /** (linear address). */
  MONITOR(Kind.ENDS),
  MWAIT(Kind.ENDS),
  INVD(Kind.ENDS),
  WBINVD(Kind.ENDS),
  /** (linear address). */
  INVLPG(Kind.ENDS),
  /** (type, linear address of descriptor). */
  INVPCID(Kind.ENDS),
  CLTS(Kind.ENDS),
  /** (control register number, general register number) -> value. */
  MOV_FROM_CR(Kind.STATE),
  /** (control register number, value, general register number). */
  MOV_TO_CR(Kind.ENDS),
  /** As for control registers. */
  MOV_FROM_DR(Kind.STATE),
  MOV_TO_DR(Kind.ENDS),
  /** (value, linear address of memory operand or 0, is memory). */
  LMSW(Kind.ENDS),
  /** () -> CR0 (64 bits; the lifter narrows). */
  SMSW(Kind.STATE),
  XGETBV(Kind.ENDS),
  XSETBV(Kind.ENDS),
  SWAPGS(Kind.ENDS),
  RSM(Kind.ENDS),
  GETSEC(Kind.ENDS),
  /** (0) -> random value from a seeded generator; sets CF = 1. */
  RDRAND(Kind.STATE),
  /** (linear address). */
  CLFLUSH(Kind.STATE),

  // Ports. width index 0-2
  /** (port, width index, 1 if the port is an immediate): into the accumulator. */
  IN(Kind.ENDS),
  /** (port, width index, 1 if the port is an immediate): value is in the accumulator. */
  OUT(Kind.ENDS),

  // String instructions: first argument packs what {@link StringOp} says; work on rsi, rdi, rcx
  MOVS(Kind.ENDS),
  STOS(Kind.ENDS),
  LODS(Kind.ENDS),
  CMPS(Kind.ENDS),
  SCAS(Kind.ENDS),
  INS(Kind.ENDS),
  OUTS(Kind.ENDS),

  // Wide compare-and-exchange: (linear address, 1 when locked while processors run at once); uses
  // and sets EAX, EDX, EBX, ECX, ZF
  CMPXCHG8B(Kind.STATE),
  CMPXCHG16B(Kind.STATE),

  // x87, MMX, SSE
  /**
   * (opcode bits: (first byte & 7) << 8 | ModRM, linear address of memory operand or 0, operand
   * size in bytes | segment << 8).
   */
  X87(Kind.STATE),
  /** WAIT. */
  FWAIT(Kind.STATE),
  /** (linear address, operand size). */
  FXSAVE(Kind.STATE),
  FXRSTOR(Kind.STATE),
  /** (linear address, 1 with a VEX prefix). */
  LDMXCSR(Kind.STATE),
  STMXCSR(Kind.STATE),
  EMMS(Kind.STATE),

  // VMX
  /** (linear address). */
  VMXON(Kind.ENDS),
  VMXOFF(Kind.ENDS),
  VMCLEAR(Kind.ENDS),
  VMPTRLD(Kind.ENDS),
  VMPTRST(Kind.ENDS),
  /** (field encoding, destination: register number, or linear address, is memory). */
  VMREAD(Kind.ENDS),
  /** (field encoding, value). */
  VMWRITE(Kind.ENDS),
  VMLAUNCH(Kind.ENDS),
  VMRESUME(Kind.ENDS),
  VMCALL(Kind.ENDS),
  VMFUNC(Kind.ENDS),
  /** (type, linear address of descriptor). */
  INVEPT(Kind.ENDS),
  INVVPID(Kind.ENDS),

  /**
   * (up to 8 bytes of the instruction, first one most significant; how many): instruction known but
   * not implemented yet: a reported stop.
   */
  UNIMPLEMENTED(Kind.ENDS),

  /**
   * (0 = x87/MMX, 1 = SSE, 2 = AVX): the instruction needs state that CR0, CR4 or XCR0 forbid at
   * present. Always faults: #UD when CR0.EM (MMX, SSE), CR4.OSFXSR = 0 (SSE), CR4.OSXSAVE = 0 or
   * XCR0 lacks the state (AVX), else #NM.
   */
  SIMD_UNAVAILABLE(Kind.ENDS),
  /**
   * (offset of the operand, what and how, see {@code lift.Avx.access}): VMASKMOV and VPMASKMOV;
   * only elements selected by the sign bits of the mask are accessed.
   */
  MASKED_LOAD(Kind.STATE),
  MASKED_STORE(Kind.STATE),
  /**
   * (offset without index, as above): VGATHER and VPGATHER. A fault leaves the elements before it
   * gathered and their mask cleared, so that the instruction can be run again.
   */
  GATHER(Kind.STATE),
  /** (MMX register) -> 64 bits. Raises a pending x87 fault (#MF); changes nothing else. */
  MMX_GET(Kind.STATE),
  /** (MMX register, value): as MMX_ENTER, then mantissa = value and sign and exponent all ones. */
  MMX_PUT(Kind.STATE),
  /** (): raises a pending x87 fault, else top of stack = 0 and all tags valid. */
  MMX_ENTER(Kind.STATE),
  /** (crc, data, width index 0-3) -> CRC-32C of the low data bytes added to crc, 32 bits. */
  CRC32C(Kind.PURE),
  /**
   * (operation, see PackedOp, a, b) -> 64-bit result of a lane-wise operation, see {@link
   * io.github.bitterling.frontend.lift.PureHelpers}.
   */
  PACKED(Kind.PURE),
  /**
   * (control byte | 100 explicit lengths | 200 lengths of 64 bits | 400 mask instead of index |
   * first register << 16, halves of the second operand): PCMPxSTRx. Writes RCX or XMM0, and the
   * status flags.
   */
  PCMPSTR(Kind.STATE),
  /** (linear address, data register | mask register << 8 | 10000 for MMX): MASKMOVDQU, MASKMOVQ. */
  MASKMOV(Kind.STATE),
  /** (): #GP(0) unless CPL is 0; before an operand is read that comes after this check. */
  REQUIRE_CPL0(Kind.STATE),

  /** (linear address, operand size in bytes | segment << 8); components in EDX:EAX. */
  XSAVE(Kind.STATE),
  XSAVEOPT(Kind.STATE),
  XSAVEC(Kind.STATE),
  /** May change the mode: BNDCFGU is a part of what it loads. */
  XRSTOR(Kind.ENDS),
  /** (segment register) -> base: RDFSBASE, RDGSBASE. */
  READ_BASE(Kind.STATE),
  /** (segment register, base): WRFSBASE, WRGSBASE. */
  WRITE_BASE(Kind.STATE),
  CLAC(Kind.ENDS),
  STAC(Kind.ENDS),

  /** As XSAVE: with the components of IA32_XSS. */
  XSAVES(Kind.STATE),
  XRSTORS(Kind.ENDS),
  /** As RDRAND. */
  RDSEED(Kind.STATE),

  // Bounds registers: first argument is the register 0-3
  /** (register, lower bound, upper bound as its complement). */
  BNDMK(Kind.STATE),
  /** (register, address): #BR below the lower bound. */
  BNDCL(Kind.STATE),
  /** (register, address): #BR above the upper bound. */
  BNDCU(Kind.STATE),
  /** (register, address): as BNDCU with the bound as it stands, not its complement. */
  BNDCN(Kind.STATE),
  /** (to, from). */
  BNDMOV(Kind.STATE),
  /** (register, linear address, bytes of each bound). */
  BNDMOV_LOAD(Kind.STATE),
  BNDMOV_STORE(Kind.STATE),
  /** (register, linear address of a pointer, its value): through the bound directory. */
  BNDLDX(Kind.STATE),
  BNDSTX(Kind.STATE),
  /** (): all bounds registers allow everything. */
  BND_INIT(Kind.STATE),

  /** (): every access before it is made before those after it. */
  MFENCE(Kind.STATE);

  /** How a helper meets the state. */
  public enum Kind {
    PURE,
    STATE,
    ENDS
  }

  private static final Helper[] VALUES = values();

  private final Kind kind;

  Helper(Kind kind) {
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  public static Helper of(int number) {
    return VALUES[number];
  }

  /** Whether the helper of this number is a function of its arguments alone. */
  public static boolean isPure(int number) {
    return of(number).kind == Kind.PURE;
  }
}
