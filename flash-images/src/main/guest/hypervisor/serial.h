/* The serial port of a cell: what is written there appears as lines of the hypervisor's with the cell's name. */
#ifndef HV_SERIAL_H
#define HV_SERIAL_H

#include "vm.h"

bool serial_has_port(u16 port);
u32 serial_in(u16 port);
void serial_out(struct vm *vm, u16 port, u8 value);

#endif
