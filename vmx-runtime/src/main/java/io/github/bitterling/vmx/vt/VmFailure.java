package io.github.bitterling.vmx.vt;

/** VM-instruction error numbers in words (SDM volume 3, 31.4). */
final class VmFailure {
  private VmFailure() {}

  static String text(int error) {
    return error + " " + inWords(error);
  }

  /** What the number says, in parentheses. */
  static String inWords(int error) {
    return "(" + meaning(error) + "; SDM 3, 31.4)";
  }

  private static String meaning(int error) {
    return switch (error) {
      case VmxInstructions.ERROR_VMCALL_IN_ROOT -> "VMCALL executed in VMX root operation";
      case VmxInstructions.ERROR_VMCLEAR_ADDRESS -> "VMCLEAR with invalid physical address";
      case VmxInstructions.ERROR_VMCLEAR_VMXON -> "VMCLEAR with VMXON pointer";
      case VmxInstructions.ERROR_LAUNCH_NOT_CLEAR -> "VMLAUNCH with non-clear VMCS";
      case VmxInstructions.ERROR_RESUME_NOT_LAUNCHED -> "VMRESUME with non-launched VMCS";
      case VmxInstructions.ERROR_CONTROLS -> "VM entry with invalid control fields";
      case VmxInstructions.ERROR_HOST_STATE -> "VM entry with invalid host-state fields";
      case VmxInstructions.ERROR_VMPTRLD_ADDRESS -> "VMPTRLD with invalid physical address";
      case VmxInstructions.ERROR_VMPTRLD_VMXON -> "VMPTRLD with VMXON pointer";
      case VmxInstructions.ERROR_VMPTRLD_REVISION ->
          "VMPTRLD with incorrect VMCS revision identifier";
      case VmxInstructions.ERROR_FIELD -> "VMREAD or VMWRITE from or to unsupported VMCS component";
      case VmxInstructions.ERROR_READ_ONLY -> "VMWRITE to read-only VMCS component";
      case VmxInstructions.ERROR_VMXON_IN_ROOT -> "VMXON executed in VMX root operation";
      case VmxInstructions.ERROR_BLOCKED_BY_MOV_SS -> "VM entry with events blocked by MOV SS";
      case VmxInstructions.ERROR_INVALIDATE -> "invalid operand to INVEPT or INVVPID";
      default -> "unknown";
    };
  }
}
