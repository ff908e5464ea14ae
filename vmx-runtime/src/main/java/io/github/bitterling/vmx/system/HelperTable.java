package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.lift.PureHelpers;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.HelperUnit;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;

/** Sends each helper to the class that carries it out; one table per processor. */
public final class HelperTable implements HelperUnit {
  private static final int[] BYTES = {1, 2, 4, 8};

  private final Events events;
  private final CpuModel model;
  private final SystemOps system;
  private final SystemManagement smm;
  private final Ports ports;
  private final Strings strings;
  private final Xsave xsave;

  public HelperTable(
      CpuModel model, Msrs msrs, Events events, SystemManagement smm, Ports ports, int core) {
    this.events = events;
    this.model = model;
    this.system = new SystemOps(model, msrs, core);
    this.smm = smm;
    this.ports = ports;
    this.strings = new Strings(ports);
    this.xsave = new Xsave(model);
  }

  @Override
  public long call(Cpu cpu, int number, long a, long b, long c) {
    try {
      return transfer(cpu, Helper.of(number), a, b, c);
    } catch (GuestFault recorded) {
      return 0;
    }
  }

  private long transfer(Cpu cpu, Helper helper, long a, long b, long c) {
    switch (helper) {
      case JMP_FAR -> FarTransfers.jump(cpu, selector(a), b, (int) c);
      case CALL_FAR -> FarTransfers.call(cpu, selector(a), b, (int) c);
      case RET_FAR -> FarTransfers.ret(cpu, (int) a, (int) b);
      case IRET -> InterruptReturn.run(cpu, (int) a);
      case INT -> events.softwareInterrupt(cpu, (int) a);
      case INT3 -> events.softwareException(cpu, Vector.BP);
      case INT1 -> events.int1(cpu);
      case INTO -> into(cpu);
      case BOUND -> Frames.bound(cpu, a, b, (int) c);
      case SYSCALL -> SystemCalls.syscall(cpu);
      case SYSRET -> SystemCalls.sysret(cpu, (int) a);
      case SYSENTER -> SystemCalls.sysenter(cpu);
      case SYSEXIT -> SystemCalls.sysexit(cpu, (int) a);
      case SWAPGS -> SystemCalls.swapgs(cpu);
      case RAISE -> raise(cpu, (int) a, b, c != 0);
      case ENTER -> Frames.enter(cpu, (int) a, (int) b, (int) c);
      case PUSHA -> Frames.pusha(cpu, (int) a);
      case POPA -> Frames.popa(cpu, (int) a);
      default -> {
        return segments(cpu, helper, a, b, c);
      }
    }
    return 0;
  }

  private long segments(Cpu cpu, Helper helper, long a, long b, long c) {
    switch (helper) {
      case LOAD_SEGMENT -> SegmentLoads.moveTo(cpu, (int) a, selector(b));
      case POP_SEGMENT -> SegmentLoads.pop(cpu, (int) a, (int) b);
      case LOAD_FAR -> SegmentLoads.loadFar(cpu, (int) a, b, (int) (c >> 8), (int) c & 0xFF);
      case LLDT -> SegmentLoads.loadLdtr(cpu, selector(a));
      case LTR -> SegmentLoads.loadTr(cpu, selector(a));
      case LGDT -> TableRegisters.load(cpu, false, a, (int) c);
      case LIDT -> TableRegisters.load(cpu, true, a, (int) c);
      case SGDT -> TableRegisters.store(cpu, false, a, (int) c);
      case SIDT -> TableRegisters.store(cpu, true, a, (int) c);
      case VERR -> DescriptorQueries.verify(cpu, selector(a), false);
      case VERW -> DescriptorQueries.verify(cpu, selector(a), true);
      default -> {
        return queries(cpu, helper, a, b, c);
      }
    }
    return 0;
  }

  private long queries(Cpu cpu, Helper helper, long a, long b, long c) {
    return switch (helper) {
      case SLDT -> TableRegisters.selector(cpu, false);
      case STR -> TableRegisters.selector(cpu, true);
      case LAR -> DescriptorQueries.lar(cpu, selector(a), (int) b);
      case LSL -> DescriptorQueries.lsl(cpu, selector(a));
      case ARPL -> arpl(cpu, selector(a), selector(b));
      case READ_FLAGS -> Flags.image(cpu, (int) a);
      case RCL -> Arithmetics.rotate(cpu, a, (int) b, (int) c, true);
      case RCR -> Arithmetics.rotate(cpu, a, (int) b, (int) c, false);
      case DAA -> Arithmetics.daa(cpu, a, false);
      case DAS -> Arithmetics.daa(cpu, a, true);
      case AAA -> Arithmetics.aaa(cpu, a, false);
      case AAS -> Arithmetics.aaa(cpu, a, true);
      case AAM -> Arithmetics.aam(cpu, a, (int) b);
      case AAD -> Arithmetics.aad(cpu, a, (int) b);
      case MOV_FROM_CR -> ControlRegisters.read(cpu, (int) a, (int) b);
      case MOV_FROM_DR -> DebugRegisters.read(cpu, (int) a, (int) b);
      case SMSW -> ControlRegisters.smsw(cpu);
      case RDRAND -> system.random(cpu, ExitReason.RDRAND);
      case RDSEED -> system.random(cpu, ExitReason.RDSEED);
      case READ_BASE -> SegmentBases.read(cpu, (int) a);
      case MMX_GET -> Fpu.mmx(cpu, (int) a);
      case CRC32C, PACKED -> PureHelpers.call(helper, a, b, c);
      default -> flags(cpu, helper, a, b, c);
    };
  }

  private long flags(Cpu cpu, Helper helper, long a, long b, long c) {
    switch (helper) {
      case CHECK_VIRTUAL_FLAGS -> Flags.checkVirtual(cpu, a);
      case WRITE_FLAGS -> Flags.popf(cpu, a, (int) b);
      case CLI -> Flags.cli(cpu);
      case STI -> Flags.sti(cpu);
      case CLD -> cpu.rflags &= ~(long) Cpu.DF;
      case STD -> cpu.rflags |= Cpu.DF;
      case CMPXCHG8B -> Arithmetics.compareExchange8(cpu, a);
      case CMPXCHG16B -> Arithmetics.compareExchange16(cpu, a);
      case CLAC -> Flags.access(cpu, false);
      case STAC -> Flags.access(cpu, true);
      case CLTS -> ControlRegisters.clts(cpu);
      case MOV_TO_CR -> ControlRegisters.write(cpu, model, (int) a, b, (int) c);
      case MOV_TO_DR -> DebugRegisters.write(cpu, (int) a, b, (int) c);
      case LMSW -> ControlRegisters.lmsw(cpu, a, b, c != 0);
      default -> machine(cpu, helper, a, b, c);
    }
    return 0;
  }

  private void machine(Cpu cpu, Helper helper, long a, long b, long c) {
    switch (helper) {
      case CPUID -> system.cpuid(cpu);
      case RDTSC -> system.rdtsc(cpu, false);
      case RDTSCP -> system.rdtsc(cpu, true);
      case RDPMC -> system.rdpmc(cpu);
      case RDMSR -> system.rdmsr(cpu);
      case WRMSR -> system.wrmsr(cpu);
      case HLT -> system.hlt(cpu);
      case PAUSE -> system.pause(cpu);
      case MONITOR -> system.monitor(cpu, a);
      case MWAIT -> system.mwait(cpu);
      case INVD -> system.invd(cpu, false);
      case WBINVD -> system.invd(cpu, true);
      case INVLPG -> system.invlpg(cpu, a);
      case INVPCID -> Pcids.invalidate(cpu, a, b);
      case GETSEC -> system.absent(cpu);
      case XGETBV -> xsave.get(cpu);
      case XSETBV -> xsave.set(cpu);
      case RSM -> smm.resume(cpu);
      case CLFLUSH -> Mem.load(cpu, a, 1);
      case IN -> ports.in(cpu, (int) a & 0xFFFF, BYTES[(int) b & 3], c != 0);
      case OUT -> ports.out(cpu, (int) a & 0xFFFF, BYTES[(int) b & 3], c != 0);
      default -> strings(cpu, helper, a, b, c);
    }
  }

  private void strings(Cpu cpu, Helper helper, long a, long b, long c) {
    switch (helper) {
      case MOVS -> strings.movs(cpu, a);
      case STOS -> strings.stos(cpu, a);
      case LODS -> strings.lods(cpu, a);
      case CMPS -> strings.cmps(cpu, a);
      case SCAS -> strings.scas(cpu, a);
      case INS -> strings.ins(cpu, a);
      case OUTS -> strings.outs(cpu, a);
      case BNDMK -> Bounds.make(cpu, (int) a, b, c);
      case BNDCL -> Bounds.checkLower(cpu, (int) a, b);
      case BNDCU -> Bounds.checkUpper(cpu, (int) a, b, true);
      case BNDCN -> Bounds.checkUpper(cpu, (int) a, b, false);
      case BNDMOV -> Bounds.copy(cpu, (int) a, (int) b);
      case BNDMOV_LOAD -> Bounds.load(cpu, (int) a, b, (int) c);
      case BNDMOV_STORE -> Bounds.store(cpu, (int) a, b, (int) c);
      case BNDLDX -> Bounds.loadFromTable(cpu, (int) a, b, c);
      case BNDSTX -> Bounds.storeToTable(cpu, (int) a, b, c);
      case BND_INIT -> Bounds.initialize(cpu);
      default -> vectors(cpu, helper, a, b, c);
    }
  }

  private void vectors(Cpu cpu, Helper helper, long a, long b, long c) {
    switch (helper) {
      case X87 -> FpuInstructions.run(cpu, (int) a, b, (int) c);
      case FWAIT -> Fpu.wait(cpu);
      case FXSAVE -> Fpu.fxsave(cpu, a, (int) b);
      case FXRSTOR -> Fpu.fxrstor(cpu, a, (int) b);
      case XSAVE -> xsave.save(cpu, a, (int) b);
      case XSAVEOPT -> xsave.saveOptimized(cpu, a, (int) b);
      case XSAVEC -> xsave.saveCompacted(cpu, a, (int) b);
      case XRSTOR -> xsave.restore(cpu, a, (int) b);
      case XSAVES -> xsave.saveSupervisor(cpu, a, (int) b);
      case XRSTORS -> xsave.restoreSupervisor(cpu, a, (int) b);
      case LDMXCSR -> Fpu.ldmxcsr(cpu, a, b != 0);
      case STMXCSR -> Fpu.stmxcsr(cpu, a, b != 0);
      case EMMS -> Fpu.emms(cpu);
      case SIMD_UNAVAILABLE -> Fpu.unavailable(cpu, (int) a);
      case MASKED_LOAD -> VectorMemory.load(cpu, a, b);
      case MASKED_STORE -> VectorMemory.store(cpu, a, b);
      case GATHER -> VectorMemory.gather(cpu, a, b);
      case MMX_PUT -> Fpu.putMmx(cpu, (int) a, b);
      case REQUIRE_CPL0 -> Modes.requireCpl0(cpu);
      case WRITE_BASE -> SegmentBases.write(cpu, (int) a, b);
      case MMX_ENTER -> Fpu.enterMmx(cpu);
      case PCMPSTR -> Texts.compare(cpu, (int) a, b, c);
      case MASKMOV -> Texts.maskedMove(cpu, a, (int) b);
      case MFENCE -> GuestMemory.fence();
      case VMXON,
          VMXOFF,
          VMCLEAR,
          VMPTRLD,
          VMPTRST,
          VMREAD,
          VMWRITE,
          VMLAUNCH,
          VMRESUME,
          VMCALL,
          VMFUNC,
          INVEPT,
          INVVPID ->
          cpu.vmx.instruction(cpu, helper.ordinal(), a, b, c);
      default -> throw GuestFault.unimplemented(cpu, a);
    }
  }

  private static int selector(long value) {
    return (int) value & 0xFFFF;
  }

  private static void raise(Cpu cpu, int vector, long error, boolean hasError) {
    if (hasError) {
      cpu.raise(vector, error);
    } else {
      cpu.raise(vector);
    }
  }

  private void into(Cpu cpu) {
    if ((cpu.flags() & 1 << 11) != 0) {
      events.softwareException(cpu, Vector.OF);
    }
  }

  private static long arpl(Cpu cpu, int destination, int source) {
    Modes.requireProtected(cpu);
    boolean raises = Descriptors.rpl(destination) < Descriptors.rpl(source);
    long status = cpu.flags() & LazyFlags.STATUS;
    long zero = LazyFlags.ZF;
    cpu.setStatus(raises ? status | zero : status & ~zero);
    return raises ? destination & ~3 | Descriptors.rpl(source) : destination;
  }
}
