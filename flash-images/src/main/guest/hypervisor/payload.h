#ifndef HV_PAYLOAD_H
#define HV_PAYLOAD_H

#include "vm.h"

/*
 * Loads the VM's program, a SELF payload of the CBFS, into its memory and gives its entry. Returns 0, or after an error
 * line the code to stop with (enum stop_code).
 */
u32 payload_load(const struct vm *vm, u32 *entry);

#endif
