package io.github.bitterling.vmx.vt;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.cpu.Segment;

/** The VMX instructions (SDM volume 3, chapter 31). */
final class VmxInstructions {
  // VM-instruction error numbers, 31.4
  static final int ERROR_VMCALL_IN_ROOT = 1;
  static final int ERROR_VMCLEAR_ADDRESS = 2;
  static final int ERROR_VMCLEAR_VMXON = 3;
  static final int ERROR_LAUNCH_NOT_CLEAR = 4;
  static final int ERROR_RESUME_NOT_LAUNCHED = 5;
  static final int ERROR_CONTROLS = 7;
  static final int ERROR_HOST_STATE = 8;
  static final int ERROR_VMPTRLD_ADDRESS = 9;
  static final int ERROR_VMPTRLD_VMXON = 10;
  static final int ERROR_VMPTRLD_REVISION = 11;
  static final int ERROR_FIELD = 12;
  static final int ERROR_READ_ONLY = 13;
  static final int ERROR_VMXON_IN_ROOT = 15;
  static final int ERROR_BLOCKED_BY_MOV_SS = 26;
  static final int ERROR_INVALIDATE = 28;

  private static final int UD = 6;
  private static final int GP = 13;
  private static final long LOCKED_OUTSIDE_SMX = 5;
  private static final int EPTP_LIST_ENTRIES = 512;

  private final VmxState state;
  private final VmEntry entry;
  private final FeatureControl featureControl;

  /** The VMCS that the link pointer names, while the guest reads or writes it. */
  private final Vmcs shadow;

  VmxInstructions(VmxState state, VmEntry entry, FeatureControl featureControl) {
    this.state = state;
    this.entry = entry;
    this.featureControl = featureControl;
    this.shadow = new Vmcs(state.memory);
  }

  void execute(Cpu cpu, Helper instruction, long a, long b, boolean memory) {
    state.vmcs.refresh();
    if (instruction == Helper.VMXON) {
      vmxon(cpu, a);
    } else if (instruction == Helper.VMFUNC) {
      vmfunc(cpu);
    } else if (shadowed(cpu, instruction, operand(cpu, a))) {
      inShadow(cpu, instruction, a, b, memory);
    } else if (permitted(cpu, instruction)) {
      inRoot(cpu, instruction, a, b, memory);
    }
  }

  /** 31.3: VMREAD and VMWRITE of the guest that its bitmaps let through. */
  private boolean shadowed(Cpu cpu, Helper instruction, long encoding) {
    boolean read = instruction == Helper.VMREAD;
    if (!cpu.nonRoot || !read && instruction != Helper.VMWRITE || !modeAllows(cpu)) {
      return false;
    }
    Controls c = state.controls;
    if (!c.secondary(Bits.VMCS_SHADOWING) || encoding >>> 15 != 0) {
      return false;
    }
    long bitmap = read ? c.vmreadBitmap : c.vmwriteBitmap;
    return (state.memory.readPhysical(bitmap + (encoding >> 3), 1) >> (encoding & 7) & 1) == 0;
  }

  private void inShadow(Cpu cpu, Helper instruction, long a, long b, boolean memory) {
    if (!privileged(cpu)) {
      return;
    }
    long link = state.vmcs.get(Field.VMCS_LINK_POINTER);
    if (link == Vmcs.NONE) {
      failInvalid(cpu, "the VMCS link pointer is FFFFFFFF_FFFFFFFFh");
      return;
    }
    shadow.bind(link);
    if (instruction == Helper.VMREAD) {
      vmread(cpu, shadow, operand(cpu, a), b, memory);
    } else {
      vmwrite(cpu, shadow, operand(cpu, a), operand(cpu, b));
    }
  }

  /** 26.5.6: at any privilege; a function that is not enabled, or fails, exits. */
  private void vmfunc(Cpu cpu) {
    long function = cpu.r[0] & 0xFFFF_FFFFL;
    if (!cpu.nonRoot || !state.controls.secondary(Bits.VM_FUNCTIONS) || function > 63) {
      cpu.raise(UD);
      return;
    }
    boolean enabled = (state.controls.vmFunctions >>> function & 1) != 0;
    if (!enabled || !switchEptPointer(cpu, cpu.r[1] & 0xFFFF_FFFFL)) {
      cpu.vmExit(ExitReason.VMFUNC.number(), 0);
    }
  }

  /** VM function 0, EPTP switching (26.5.6.3); the only one there is. */
  private boolean switchEptPointer(Cpu cpu, long index) {
    if (index >= EPTP_LIST_ENTRIES) {
      return false;
    }
    long pointer = state.memory.readPhysical(state.controls.eptpList + 8 * index, 8);
    if (!state.caps.eptPointerValid(pointer)) {
      return false;
    }
    Controls c = state.controls;
    state.vmcs.set(Field.EPT_POINTER, pointer);
    if (c.secondary(Bits.VIRTUALIZATION_EXCEPTIONS)) {
      state.vmcs.set(Field.EPTP_INDEX, index);
    }
    if (pointer != c.eptPointer) {
      c.eptPointer = pointer;
      state.lastEptPointer = pointer;
      state.eptPointerOfVpid.put(c.vpid, pointer);
      state.memory.flushVpid(cpu, c.vpid, false);
    }
    return true;
  }

  private void inRoot(Cpu cpu, Helper instruction, long a, long b, boolean memory) {
    switch (instruction) {
      case VMXOFF -> vmxoff(cpu);
      case VMCLEAR -> vmclear(cpu, a);
      case VMPTRLD -> vmptrld(cpu, a);
      case VMPTRST -> vmptrst(cpu, a);
      case VMREAD -> vmread(cpu, current(), operand(cpu, a), b, memory);
      case VMWRITE -> vmwrite(cpu, current(), operand(cpu, a), operand(cpu, b));
      case VMLAUNCH -> enter(cpu, true);
      case VMRESUME -> enter(cpu, false);
      case VMCALL -> fail(cpu, ERROR_VMCALL_IN_ROOT);
      case INVEPT -> invept(cpu, operand(cpu, a), b);
      case INVVPID -> invvpid(cpu, operand(cpu, a), b);
      default -> throw new IllegalArgumentException(instruction.name());
    }
  }

  // Who may execute

  private boolean permitted(Cpu cpu, Helper instruction) {
    boolean modeFree = instruction == Helper.VMCALL && cpu.nonRoot;
    if (!cpu.vmxOperation || !modeFree && !modeAllows(cpu)) {
      cpu.raise(UD);
      return false;
    }
    if (cpu.nonRoot) {
      cpu.vmExit(reasonOf(instruction), 0);
      return false;
    }
    return privileged(cpu);
  }

  private static boolean modeAllows(Cpu cpu) {
    boolean compatibility = longMode(cpu) && !cpu.cs.is(Segment.L);
    return (cpu.cr0 & Bits.CR0_PE) != 0 && !cpu.flag(Cpu.VM) && !compatibility;
  }

  private static boolean privileged(Cpu cpu) {
    if (cpu.cpl > 0) {
      cpu.raise(GP, 0);
      return false;
    }
    return true;
  }

  private static int reasonOf(Helper instruction) {
    return ExitReason.valueOf(instruction.name()).number();
  }

  private static boolean longMode(Cpu cpu) {
    return (cpu.efer & Bits.EFER_LMA) != 0;
  }

  /** Register operands are 32 bits outside 64-bit mode (and compatibility mode is #UD). */
  private static long operand(Cpu cpu, long value) {
    return longMode(cpu) ? value : value & 0xFFFF_FFFFL;
  }

  // Outcome, 31.2

  static void succeed(Cpu cpu) {
    cpu.setStatus(0);
  }

  private void failInvalid(Cpu cpu, String why) {
    state.explain(cpu, cpu.rip, "VMfailInvalid, " + why + " (SDM 3, 31.2)");
    cpu.setStatus(LazyFlags.CF);
  }

  /**
   * @param found the operand to blame, for the explanation
   */
  private void fail(Cpu cpu, int error, long found) {
    if (state.explanations != null && state.vmcs.valid()) {
      state.explain(
          cpu,
          cpu.rip,
          "VMfailValid " + VmFailure.text(error) + ", found " + Long.toHexString(found) + "h");
    }
    failWith(cpu, error);
  }

  private void fail(Cpu cpu, int error) {
    if (state.explanations != null && state.vmcs.valid()) {
      state.explain(cpu, cpu.rip, "VMfailValid " + VmFailure.text(error));
    }
    failWith(cpu, error);
  }

  private void failWith(Cpu cpu, int error) {
    if (!state.vmcs.valid()) {
      failInvalid(cpu, "there is no current VMCS to take error " + VmFailure.text(error));
      return;
    }
    cpu.setStatus(LazyFlags.ZF);
    state.vmcs.set(Field.VM_INSTRUCTION_ERROR, error);
  }

  // VMXON, VMXOFF

  private void vmxon(Cpu cpu, long operand) {
    if (!modeAllows(cpu) || (cpu.cr4 & Bits.CR4_VMXE) == 0) {
      cpu.raise(UD);
    } else if (cpu.nonRoot) {
      cpu.vmExit(ExitReason.VMXON.number(), 0);
    } else if (cpu.vmxOperation) {
      if (privileged(cpu)) {
        fail(cpu, ERROR_VMXON_IN_ROOT);
      }
    } else if (cpu.cpl > 0
        || state.memory.a20Masked()
        || !registersFixed(cpu)
        || !featureControl.vmxAllowed(LOCKED_OUTSIDE_SMX)) {
      cpu.raise(GP, 0);
    } else {
      enterOperation(cpu, operand);
    }
  }

  private boolean registersFixed(Cpu cpu) {
    Capabilities c = state.caps;
    return HostChecks.fixed(cpu.cr0 & 0xFFFF_FFFFL, c.cr0Fixed0(), c.cr0Fixed1())
        && HostChecks.fixed(cpu.cr4, c.cr4Fixed0(), c.cr4Fixed1());
  }

  private void enterOperation(Cpu cpu, long operand) {
    long address = cpu.memory.load(cpu, operand, 8, 0);
    if (cpu.fault != 0) {
      return;
    }
    if (!state.caps.page(address)
        || (int) state.memory.readPhysical(address, 4) != state.caps.revision()) {
      failInvalid(
          cpu,
          "VMXON region "
              + Long.toHexString(address)
              + "h: must be a page below 2^MAXPHYADDR that begins with revision "
              + state.caps.revision());
      return;
    }
    state.leaveVmx();
    state.vmxonPointer = address;
    cpu.vmxOperation = true;
    succeed(cpu);
  }

  private void vmxoff(Cpu cpu) {
    cpu.vmxOperation = false;
    state.leaveVmx();
    cpu.attention = true; // an INIT held back in root operation is taken now
    if (state.memory.a20Masked()) {
      state.memory.flushAll(cpu); // A20M# was blocked and counts again
    }
    succeed(cpu);
  }

  // VMCS pointers

  private void vmclear(Cpu cpu, long operand) {
    long address = cpu.memory.load(cpu, operand, 8, 0);
    if (cpu.fault != 0) {
      return;
    }
    if (!state.caps.page(address)) {
      fail(cpu, ERROR_VMCLEAR_ADDRESS, address);
    } else if (address == state.vmxonPointer) {
      fail(cpu, ERROR_VMCLEAR_VMXON, address);
    } else {
      state.vmcs.setLaunched(address, false);
      if (address == state.vmcs.address()) {
        state.vmcs.bind(Vmcs.NONE);
      }
      succeed(cpu);
    }
  }

  private void vmptrld(Cpu cpu, long operand) {
    long address = cpu.memory.load(cpu, operand, 8, 0);
    if (cpu.fault != 0) {
      return;
    }
    if (!state.caps.page(address)) {
      fail(cpu, ERROR_VMPTRLD_ADDRESS, address);
    } else if (address == state.vmxonPointer) {
      fail(cpu, ERROR_VMPTRLD_VMXON, address);
    } else if (!revisionFits((int) state.memory.readPhysical(address, 4))) {
      fail(cpu, ERROR_VMPTRLD_REVISION, state.memory.readPhysical(address, 4));
    } else {
      state.vmcs.bind(address);
      succeed(cpu);
    }
  }

  private boolean revisionFits(int word) {
    int revision = state.caps.vmcsShadowing() ? word & ~Bits.SHADOW_VMCS : word;
    return revision == state.caps.revision();
  }

  private void vmptrst(Cpu cpu, long operand) {
    cpu.memory.store(cpu, operand, 8, state.vmcs.address(), 0);
    if (cpu.fault == 0) {
      succeed(cpu);
    }
  }

  // Fields

  private Vmcs current() {
    return state.vmcs;
  }

  private Field field(Cpu cpu, Vmcs vmcs, long encoding) {
    if (!vmcs.valid()) {
      failInvalid(cpu, "there is no current VMCS");
      return null;
    }
    Field f = Field.of(encoding);
    if (f == null || !state.caps.has(f)) {
      fail(cpu, ERROR_FIELD, encoding);
      return null;
    }
    return f;
  }

  private void vmread(Cpu cpu, Vmcs vmcs, long encoding, long destination, boolean memory) {
    Field f = field(cpu, vmcs, encoding);
    if (f == null) {
      return;
    }
    long value = vmcs.get(f);
    value = operand(cpu, (encoding & 1) != 0 ? value >>> 32 : value);
    if (memory) {
      cpu.memory.store(cpu, destination, longMode(cpu) ? 8 : 4, value, 0);
      if (cpu.fault != 0) {
        return;
      }
    } else {
      cpu.r[(int) destination & 15] = value;
    }
    succeed(cpu);
  }

  private void vmwrite(Cpu cpu, Vmcs vmcs, long encoding, long value) {
    Field f = field(cpu, vmcs, encoding);
    if (f == null) {
      return;
    }
    if (f.readOnly() && !state.caps.writesExitInformation()) {
      fail(cpu, ERROR_READ_ONLY, encoding);
      return;
    }
    boolean high = (encoding & 1) != 0;
    vmcs.set(f, high ? value << 32 | vmcs.get(f) & 0xFFFF_FFFFL : value);
    succeed(cpu);
  }

  // VM entry

  private void enter(Cpu cpu, boolean launch) {
    if (!state.vmcs.valid()) {
      failInvalid(cpu, "there is no current VMCS");
    } else if (state.caps.vmcsShadowing() && state.vmcs.shadow()) {
      failInvalid(cpu, "the current VMCS is a shadow VMCS");
    } else if ((cpu.interruptShadow & Cpu.SHADOW_SS) != 0) {
      fail(cpu, ERROR_BLOCKED_BY_MOV_SS);
    } else if (launch && state.vmcs.launched()) {
      fail(cpu, ERROR_LAUNCH_NOT_CLEAR);
    } else if (!launch && !state.vmcs.launched()) {
      fail(cpu, ERROR_RESUME_NOT_LAUNCHED);
    } else {
      int error = entry.enter(cpu); // explains itself
      if (error != 0) {
        failWith(cpu, error);
      }
    }
  }

  // Invalidation

  private void invept(Cpu cpu, long type, long descriptor) {
    if (!state.caps.inveptType(type)) {
      fail(cpu, ERROR_INVALIDATE);
      return;
    }
    long eptPointer = cpu.memory.load(cpu, descriptor, 8, 0);
    long reserved = cpu.fault == 0 ? cpu.memory.load(cpu, descriptor + 8, 8, 0) : 0;
    if (cpu.fault != 0) {
      return;
    }
    boolean single = type == 1;
    if (reserved != 0 || single && !state.caps.eptPointerValid(eptPointer)) {
      fail(cpu, ERROR_INVALIDATE);
      return;
    }
    if (single) {
      state.memory.flushEpt(cpu, eptPointer);
    } else {
      state.memory.flushAll(cpu);
    }
    succeed(cpu);
  }

  private void invvpid(Cpu cpu, long type, long descriptor) {
    if (!state.caps.invvpidType(type)) {
      fail(cpu, ERROR_INVALIDATE);
      return;
    }
    long word = cpu.memory.load(cpu, descriptor, 8, 0);
    long linear = cpu.fault == 0 ? cpu.memory.load(cpu, descriptor + 8, 8, 0) : 0;
    if (cpu.fault != 0) {
      return;
    }
    int vpid = (int) word & 0xFFFF;
    boolean badAddress = type == 0 && !Bits.canonical(linear);
    if (word >>> 16 != 0 || vpid == 0 && type != 2 || badAddress) {
      fail(cpu, ERROR_INVALIDATE);
      return;
    }
    invalidate(cpu, (int) type, vpid, linear);
    succeed(cpu);
  }

  private void invalidate(Cpu cpu, int type, int vpid, long linear) {
    switch (type) {
      case 0 -> state.memory.flushLinear(cpu, vpid, linear);
      case 1 -> state.memory.flushVpid(cpu, vpid, false);
      case 2 -> state.memory.flushAll(cpu);
      default -> state.memory.flushVpid(cpu, vpid, true);
    }
  }
}
