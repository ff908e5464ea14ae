#include "vmcs_field.h"

#include "log.h"

void vmwrite(u64 field, u64 value) {
  bool failed;
  asm volatile("vmwrite %2, %1" : "=@ccbe"(failed) : "r"(field), "rm"(value) : "memory");
  if (failed) {
    hv_log("FATAL: VMWRITE of field %X <- %X failed, instruction error %X", field, value, vmread(INSTRUCTION_ERROR));
    hv_stop(STOP_ENTRY_FAILED);
  }
}
