/*
 * The UART when it is the hypervisor's (console=hypervisor): the primary VM's accesses pass through here, and what is
 * typed after Ctrl-] up to the end of the line is a command for the hypervisor (docs/hypervisor.md).
 */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include "types.h"

bool console_has_port(u16 port);
u32 console_in(u16 port);
void console_out(u16 port, u8 value);

/* Looks for input the guest does not ask for. */
void console_poll(void);

#endif
