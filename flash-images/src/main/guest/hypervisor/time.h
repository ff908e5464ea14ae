#ifndef HV_TIME_H
#define HV_TIME_H

#include "types.h"

/* Finds a running ACPI PM timer at 408h; without one delays use channel 2 of the PIT. */
void time_init(void);

void delay_us(u32 microseconds);

/* Polls every 20 us until *word == value; false when the time is over. */
bool wait_for(const volatile u32 *word, u32 value, u32 microseconds);

#endif
