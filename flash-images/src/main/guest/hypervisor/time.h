#ifndef HV_TIME_H
#define HV_TIME_H

#include "types.h"

/* Finds a running ACPI PM timer at 408h; without one delays use channel 2 of the PIT. */
void time_init(void);

/* Finds how fast the time-stamp counter is; takes a millisecond. Without it time_us gives 0. */
void time_calibrate(void);

/* Microseconds of a time-stamp difference. */
u64 time_us(u64 counts);

/* Time-stamp counts of so many microseconds. */
u64 time_counts(u64 microseconds);

void delay_us(u32 microseconds);

/* Polls every 20 us until *word == value; false when the time is over. */
bool wait_for(const volatile u32 *word, u32 value, u32 microseconds);

#endif
