package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.BlockLifter;
import io.github.bitterling.frontend.CodeSource;
import io.github.bitterling.frontend.Feature;
import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.EnumSet;
import java.util.Set;

/**
 * The lifter: decodes one instruction after the other and lets the family of its semantics key
 * write the IR. Not thread-safe; each translating thread has its own.
 */
public final class X86Lifter implements BlockLifter {
  private static final long MASK32 = 0xFFFF_FFFFL;

  private final Decoder decoder;
  private final Emit e;
  private final Arithmetic arithmetic;
  private final Moves moves;
  private final Shifts shifts;
  private final Bits bits;
  private final Stack stack;
  private final Bounds bounds;
  private final Control control;
  private final Atomics atomics;
  private final FlagOps flagOps;
  private final SystemOps system;
  private final Simd simd;
  private final SimdInteger integers;
  private final SimdFloat floats;
  private final Avx avx;

  /** Of a processor with every instruction of the table. */
  public X86Lifter() {
    this(EnumSet.allOf(Feature.class));
  }

  /**
   * @param features of the processor: instructions of others are what they are on it
   */
  public X86Lifter(Set<Feature> features) {
    this(features, false);
  }

  /**
   * @param shared processors run at the same time, so that LOCK and the order of memory accesses
   *     mean something; else they take turns between instructions
   */
  public X86Lifter(Set<Feature> features, boolean shared) {
    decoder = new Decoder(features);
    e = new Emit(shared);
    arithmetic = new Arithmetic(e);
    moves = new Moves(e);
    shifts = new Shifts(e);
    bits = new Bits(e);
    stack = new Stack(e);
    bounds = new Bounds(e);
    control = new Control(e, bounds);
    atomics = new Atomics(e);
    flagOps = new FlagOps(e);
    system = new SystemOps(e, moves);
    simd = new Simd(e);
    integers = new SimdInteger(e, simd);
    floats = new SimdFloat(e, simd);
    avx = new Avx(e, simd);
  }

  @Override
  public IrBlock lift(CodeSource source, long ip, int modeKey, int maxInstructions) {
    int codeSize = ModeKey.codeSize(modeKey);
    long mask = codeSize == ModeKey.CODE64 ? -1 : MASK32;
    e.block(modeKey);
    int position = 0;
    long at = ip;
    while (true) {
      Insn insn = decoder.decode(source, position, codeSize);
      if (insn.status() == Insn.Status.NEED_BYTES) {
        if (position == 0) {
          e.ir.rollback(0, 0);
          return null;
        }
        e.go(at);
        break;
      }
      long next = at + insn.length() & mask;
      e.instruction(insn, at, next);
      instruction(insn);
      position += insn.length();
      at = next;
      if (e.ir.ended()) {
        break;
      }
      if (e.ir.instructions() >= maxInstructions) {
        e.go(at);
        break;
      }
    }
    return e.ir.finish(ip, at, e.flow);
  }

  private void instruction(Insn insn) {
    if (insn.status() == Insn.Status.TOO_LONG) {
      e.raise(13, true);
    } else if (insn.status() == Insn.Status.INVALID
        || insn.has(Attr.PM) && !e.mode(ModeKey.PROTECTED)) {
      e.undefined();
    } else if (!simd.unavailable()) {
      semantics();
    }
  }

  private void unimplemented(Insn insn) {
    long bytes = 0;
    int n = Math.min(insn.length(), 8);
    for (int k = 0; k < n; k++) {
      bytes = bytes << 8 | insn.rawByte(k);
    }
    e.ends(Helper.UNIMPLEMENTED, e.konst(bytes), e.konst(n));
  }

  private void semantics() {
    switch (e.i.semantics()) {
      case ADD -> arithmetic.binary(Op.ADD, FlagKind.ADD);
      case OR -> arithmetic.binary(Op.OR, FlagKind.LOGIC);
      case AND -> arithmetic.binary(Op.AND, FlagKind.LOGIC);
      case SUB -> arithmetic.binary(Op.SUB, FlagKind.SUB);
      case XOR -> arithmetic.binary(Op.XOR, FlagKind.LOGIC);
      case ADC -> arithmetic.withCarry(Op.ADD, FlagKind.ADC);
      case SBB -> arithmetic.withCarry(Op.SUB, FlagKind.SBB);
      case CMP -> arithmetic.compare(Op.SUB, FlagKind.SUB);
      case TEST -> arithmetic.compare(Op.AND, FlagKind.LOGIC);
      case INC -> arithmetic.step(Op.ADD, FlagKind.INC);
      case DEC -> arithmetic.step(Op.SUB, FlagKind.DEC);
      case NOT -> arithmetic.not();
      case NEG -> arithmetic.neg();
      case MUL -> arithmetic.multiplyAccumulator(false);
      case IMUL1 -> arithmetic.multiplyAccumulator(true);
      case IMUL -> arithmetic.multiply();
      case DIV -> arithmetic.divide(Op.UDIV, Op.UREM);
      case IDIV -> arithmetic.divide(Op.SDIV, Op.SREM);
      case DAA -> arithmetic.decimal(Helper.DAA);
      case DAS -> arithmetic.decimal(Helper.DAS);
      case AAA -> arithmetic.decimal(Helper.AAA);
      case AAS -> arithmetic.decimal(Helper.AAS);
      case AAM -> arithmetic.decimalBase(Helper.AAM);
      case AAD -> arithmetic.decimalBase(Helper.AAD);
      case CBW -> arithmetic.extendAccumulator();
      case CWD -> arithmetic.extendToData();

      case MOV -> moves.mov();
      case MOVZX -> moves.extend(false);
      case MOVSX, MOVSXD -> moves.extend(true);
      case LEA -> moves.lea();
      case XCHG -> moves.xchg();
      case XCHG_RAX -> moves.xchgAccumulator();
      case CMOVCC -> moves.cmov();
      case SETCC -> moves.setcc();
      case BSWAP -> moves.bswap();
      case MOVBE_LOAD, MOVBE_STORE -> moves.movbe();
      case CRC32 -> moves.crc32();
      case XLAT -> moves.xlat();
      case MOV_FROM_SEG -> moves.fromSegment();
      case MOV_TO_SEG -> moves.toSegment();
      case LES -> moves.loadFar(Seg.ES);
      case LDS -> moves.loadFar(Seg.DS);
      case LSS -> moves.loadFar(Seg.SS);
      case LFS -> moves.loadFar(Seg.FS);
      case LGS -> moves.loadFar(Seg.GS);

      case CMPXCHG -> atomics.cmpxchg();
      case XADD -> atomics.xadd();
      case CMPXCHG8B -> atomics.wide();

      case SHL -> shifts.shift(Op.SHL, FlagKind.SHL);
      case SHR -> shifts.shift(Op.SHR, FlagKind.SHR);
      case SAR -> shifts.shift(Op.SAR, FlagKind.SAR);
      case ROL -> shifts.rotate(true);
      case ROR -> shifts.rotate(false);
      case RCL -> shifts.rotateThroughCarry(true);
      case RCR -> shifts.rotateThroughCarry(false);
      case SHLD -> shifts.doubleShift(true);
      case SHRD -> shifts.doubleShift(false);
      case BT -> bits.test(null);
      case BTS -> bits.test(Op.OR);
      case BTR -> bits.test(Op.AND);
      case BTC -> bits.test(Op.XOR);
      case BSF -> bits.scan(true);
      case BSR -> bits.scan(false);
      case POPCNT -> bits.count();
      case TZCNT -> bits.countZeros(Op.CTZ);
      case LZCNT -> bits.countZeros(Op.CLZ);
      case ANDN -> bits.andNot();
      case BEXTR -> bits.extract();
      case BZHI -> bits.zeroHigh();
      case BLSI -> bits.isolateLowestBit();
      case BLSR -> bits.lowestBit(Op.AND);
      case BLSMSK -> bits.lowestBit(Op.XOR);
      case MULX -> bits.multiply();
      case PDEP -> bits.parallel(PackedOp.PDEP);
      case PEXT -> bits.parallel(PackedOp.PEXT);
      case RORX -> bits.rotate();
      case SHIFTX -> bits.shift();

      case PUSH -> stack.push();
      case PUSH_SEG -> stack.pushSegment();
      case POP -> stack.pop();
      case POP_SEG -> stack.popSegment();
      case PUSHA -> stack.pushAll();
      case POPA -> stack.popAll();
      case PUSHF -> stack.pushFlags();
      case POPF -> stack.popFlags();
      case ENTER -> stack.enter();
      case LEAVE -> stack.leave();

      case JCC -> control.jcc();
      case JMP_REL -> control.jump();
      case JMP_IND -> control.jumpIndirect();
      case CALL_REL -> control.call();
      case CALL_IND -> control.callIndirect();
      case RET -> control.ret();
      case RETF -> control.retFar();
      case JMP_FAR -> control.far(Helper.JMP_FAR);
      case CALL_FAR -> control.far(Helper.CALL_FAR);
      case JMP_FAR_IND -> control.farIndirect(Helper.JMP_FAR);
      case CALL_FAR_IND -> control.farIndirect(Helper.CALL_FAR);
      case LOOP -> control.loop();
      case LOOPE -> control.loopWhile(true);
      case LOOPNE -> control.loopWhile(false);
      case JCXZ -> control.jcxz();
      case INT -> control.interrupt();
      case BOUND -> control.bound();
      case IRET -> e.ends(Helper.IRET, e.konst(e.i.opSize()));
      case UD2 -> e.undefined();

      case CMC -> flagOps.complementCarry();
      case CLC -> flagOps.clearCarry();
      case STC -> flagOps.setCarry();
      case LAHF -> flagOps.toAh();
      case SAHF -> flagOps.fromAh();
      case SALC -> flagOps.carryToAl();
      case CLD -> e.helper(Helper.CLD);
      case STD -> e.helper(Helper.STD);

      case MOVS -> system.string(Helper.MOVS);
      case CMPS -> system.string(Helper.CMPS);
      case STOS -> system.string(Helper.STOS);
      case LODS -> system.string(Helper.LODS);
      case SCAS -> system.string(Helper.SCAS);
      case INS -> system.string(Helper.INS);
      case OUTS -> system.string(Helper.OUTS);
      case IN -> system.port(Helper.IN, 1);
      case OUT -> system.port(Helper.OUT, 0);

      case SLDT -> system.storeSelector(Helper.SLDT);
      case STR -> system.storeSelector(Helper.STR);
      case LLDT -> system.loadSelector(Helper.LLDT);
      case LTR -> system.loadSelector(Helper.LTR);
      case VERR -> system.verify(Helper.VERR);
      case VERW -> system.verify(Helper.VERW);
      case LAR -> system.access(Helper.LAR);
      case LSL -> system.access(Helper.LSL);
      case ARPL -> system.adjustRpl();
      case LGDT -> system.table(Helper.LGDT, false);
      case LIDT -> system.table(Helper.LIDT, false);
      case SGDT -> system.table(Helper.SGDT, true);
      case SIDT -> system.table(Helper.SIDT, true);
      case SMSW -> system.smsw();
      case LMSW -> system.lmsw();
      case INVLPG -> system.invlpg();
      case CLFLUSH -> system.clflush();
      case MONITOR -> system.monitor();
      case MOV_FROM_CR -> system.fromControl();
      case MOV_TO_CR -> system.toControl();
      case MOV_FROM_DR -> system.fromDebug();
      case MOV_TO_DR -> system.toDebug();
      case RDRAND -> system.random(Helper.RDRAND);
      case RDSEED -> system.random(Helper.RDSEED);
      case VMXON -> system.vmxPointer(Helper.VMXON);
      case VMCLEAR -> system.vmxPointer(Helper.VMCLEAR);
      case VMPTRLD -> system.vmxPointer(Helper.VMPTRLD);
      case VMPTRST -> system.vmxPointer(Helper.VMPTRST);
      case VMREAD -> system.vmread();
      case VMWRITE -> system.vmwrite();
      case INVEPT -> system.invalidate(Helper.INVEPT);
      case INVVPID -> system.invalidate(Helper.INVVPID);
      case INVPCID -> system.invalidate(Helper.INVPCID);
      case SYSRET -> e.ends(Helper.SYSRET, e.konst(e.i.opSize()));
      case SYSEXIT -> e.ends(Helper.SYSEXIT, e.konst(e.i.opSize()));

      // Helpers without arguments bear the key's name.
      case INT3,
          INT1,
          INTO,
          SYSCALL,
          SYSENTER,
          CLI,
          STI,
          CPUID,
          RDTSC,
          RDTSCP,
          RDPMC,
          RDMSR,
          WRMSR,
          HLT,
          PAUSE,
          MWAIT,
          INVD,
          WBINVD,
          CLTS,
          CLAC,
          STAC,
          XGETBV,
          XSETBV,
          SWAPGS,
          RSM,
          GETSEC,
          VMXOFF,
          VMLAUNCH,
          VMRESUME,
          VMCALL,
          VMFUNC ->
          e.ends(Helper.valueOf(e.i.semantics().name()));

      case NOP -> {}
      case MFENCE -> atomics.fence();
      case X87 -> system.x87();
      case FWAIT -> e.helper(Helper.FWAIT);
      case EMMS -> e.helper(Helper.EMMS);
      case FXSAVE -> system.fxsave(Helper.FXSAVE, true);
      case FXRSTOR -> system.fxsave(Helper.FXRSTOR, false);
      case XSAVE -> system.xsave(Helper.XSAVE, true);
      case XSAVEOPT -> system.xsave(Helper.XSAVEOPT, true);
      case XSAVEC -> system.xsave(Helper.XSAVEC, true);
      case XRSTOR -> system.xsave(Helper.XRSTOR, false);
      case XSAVES -> system.xsave(Helper.XSAVES, true);
      case XRSTORS -> system.xsave(Helper.XRSTORS, false);
      case BNDMK -> bounds.make();
      case BNDCL -> bounds.check(Helper.BNDCL);
      case BNDCU -> bounds.check(Helper.BNDCU);
      case BNDCN -> bounds.check(Helper.BNDCN);
      case BNDMOV_LOAD -> bounds.load();
      case BNDMOV_STORE -> bounds.store();
      case BNDLDX -> bounds.table(Helper.BNDLDX);
      case BNDSTX -> bounds.table(Helper.BNDSTX);
      case RDFSBASE -> system.readBase(Seg.FS);
      case RDGSBASE -> system.readBase(Seg.GS);
      case WRFSBASE -> system.writeBase(Seg.FS);
      case WRGSBASE -> system.writeBase(Seg.GS);
      case LDMXCSR -> system.mxcsr(Helper.LDMXCSR, false);
      case STMXCSR -> system.mxcsr(Helper.STMXCSR, true);

      case MOVA -> simd.move(true);
      case MOVU -> simd.move(false);
      case PAND -> simd.logic(Op.AND, false);
      case PANDN -> simd.logic(Op.AND, true);
      case POR -> simd.logic(Op.OR, false);
      case PXOR -> simd.logic(Op.XOR, false);
      case PAND_MMX -> simd.logicMmx(Op.AND, false);
      case PANDN_MMX -> simd.logicMmx(Op.AND, true);
      case POR_MMX -> simd.logicMmx(Op.OR, false);
      case PXOR_MMX -> simd.logicMmx(Op.XOR, false);
      case MOVSS_LOAD, MOVSS_STORE -> simd.moveScalar(Width.W32);
      case MOVSD_LOAD, MOVSD_STORE -> simd.moveScalar(Width.W64);
      case MOVQ_LOAD -> simd.moveQuadLoad();
      case MOVQ_STORE -> simd.moveQuadStore();
      case MOVLPS_LOAD -> simd.moveHalfLoad(0);
      case MOVHPS_LOAD -> simd.moveHalfLoad(1);
      case MOVLPS_STORE -> simd.moveHalfStore(0);
      case MOVHPS_STORE -> simd.moveHalfStore(1);
      case MOVHLPS -> simd.moveHalf(0, 1);
      case MOVLHPS -> simd.moveHalf(1, 0);
      case MOVD_TO_XMM -> simd.generalToXmm();
      case MOVD_FROM_XMM -> simd.xmmToGeneral();
      case MOVD_TO_MMX -> simd.generalToMmx();
      case MOVD_FROM_MMX -> simd.mmxToGeneral();
      case MOVQ_MMX -> simd.movqMmx();
      case MOVQ_MMX_STORE -> simd.movqMmxStore();
      case MOVQ2DQ -> simd.mmxToXmm();
      case MOVDQ2Q -> simd.xmmToMmx();
      case PUNPCKLQDQ -> simd.unpackQuad(0);
      case PUNPCKHQDQ -> simd.unpackQuad(1);

      case PACKED -> integers.parts();
      case PACKED_MMX, PACK_MMX, PUNPCKL_MMX, PUNPCKH_MMX, PSHUFB_MMX -> integers.lanesMmx();
      case PACK -> integers.horizontal();
      case PUNPCKL -> integers.unpack(0);
      case PUNPCKH -> integers.unpack(1);
      case PACKED_SHIFT -> integers.shift();
      case PACKED_SHIFT_MMX -> integers.shiftMmx();
      case PSRLDQ -> integers.shiftBytes(false);
      case PSLLDQ -> integers.shiftBytes(true);
      case PALIGNR -> integers.align();
      case PALIGNR_MMX -> integers.alignMmx();
      case PSHUFB -> integers.shuffleBytes();
      case PSHUFW -> integers.shuffleWordsMmx();
      case PSHUFLW -> integers.shuffleWords(0);
      case PSHUFHW -> integers.shuffleWords(1);
      case PSHUFD -> integers.shuffleDoublewords();
      case SHUFPS -> integers.shuffleSingles();
      case SHUFPD -> integers.shuffleDoubles();
      case MOVSLDUP -> integers.pickDoublewords(0xA0);
      case MOVSHDUP -> integers.pickDoublewords(0xF5);
      case MOVDDUP -> integers.duplicateDouble();
      case PMOVMSKB -> integers.byteMask();
      case PMOVMSKB_MMX -> integers.byteMaskMmx();
      case MOVMSKPD -> integers.doubleMask();
      case MOVMSKPS -> integers.singleMask();
      case PTEST -> integers.test();
      case PEXTR -> integers.extract();
      case PEXTRW -> integers.extractWord();
      case PEXTRW_MMX -> integers.extractWordMmx();
      case PINSR -> integers.insert();
      case PINSRW_MMX -> integers.insertWordMmx();
      case BLEND -> integers.blend();
      case BLENDV -> integers.blendVariable();
      case PMOVX -> integers.extend();
      case FLOAT -> floats.lift();
      case INSERTPS -> floats.insert();
      case MPSADBW -> integers.multipleSums();
      case PHMINPOSUW -> integers.minimumPosition();
      case PCLMULQDQ -> integers.carryLessProduct();
      case AES_ROUND -> integers.aesRound();
      case AESIMC -> integers.aesInverseMix();
      case AESKEYGENASSIST -> integers.aesKeyAssist();
      case MOVSS_MERGE -> simd.mergeScalar(Width.W32);
      case MOVSD_MERGE -> simd.mergeScalar(Width.W64);
      case VZEROUPPER -> simd.clear(false);
      case VZEROALL -> simd.clear(true);
      case VTEST -> integers.testSigns();
      case FMA -> floats.fused();
      case VBROADCAST -> avx.broadcast();
      case VPERMQ -> avx.permuteQuads();
      case VPERMILPD -> avx.permuteDoubles();
      case VPERMILPD_V -> avx.permuteDoublesVariable();
      case VPERMILPS_V -> avx.permuteSinglesVariable();
      case VPERMD -> avx.permuteDoublewords();
      case VPERM2X128 -> avx.permuteLanes();
      case VINSERTX128 -> avx.insertLane();
      case VEXTRACTX128 -> avx.extractLane();
      case VMASKMOV_LOAD -> avx.maskedMove(false);
      case VMASKMOV_STORE -> avx.maskedMove(true);
      case VGATHER -> avx.gather();
      case PCMPSTR -> integers.compareText();
      case MASKMOV -> integers.maskedMove();

      // Any key without a case: a reported stop, never a silent no-op.
      default -> unimplemented(e.i);
    }
  }
}
