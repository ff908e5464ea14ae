/* Waiting with the processor halted. */
#ifndef FW_SLEEP_H
#define FW_SLEEP_H

#include "types.h"

/* Halts for as many milliseconds, timed by the local APIC. Interrupts are off before and after. */
void sleep_ms(u32 milliseconds);

#endif
