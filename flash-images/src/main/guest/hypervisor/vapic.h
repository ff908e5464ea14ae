/*
 * The local APIC of a cell's core (SDM volume 3, local APIC chapter): xAPIC registers, timer, interrupts between the
 * cores of the cell. The processor's own stays with the hypervisor. The timer counts at the bus clock: the time-stamp
 * counter over the processor's ratio.
 */
#ifndef HV_VAPIC_H
#define HV_VAPIC_H

#include "types.h"

struct core;

#define VAPIC_LVTS 6

struct vapic {
  volatile u64 irr[4]; /* other cores set bits here */
  u64 isr[4];
  u32 tpr, svr, ldr, dfr, icr_high, icr_low, divide;
  u32 lvt[VAPIC_LVTS]; /* timer, thermal, performance, LINT0, LINT1, error */
  u32 initial_count;
  u64 deadline; /* time stamp at which the timer fires; 0 = it does not run */
};

void vapic_reset(struct vapic *vapic);

/* The register at this offset of the APIC page. */
u32 vapic_read(struct core *core, u32 offset);
void vapic_write(struct core *core, u32 offset, u32 value);

/* Fires the timer when its time has come. */
void vapic_timer(struct core *core);

/* Before VM entry: injects the interrupt that is due, or asks for an exit when it can be. */
void vapic_deliver(struct core *core);

/* CR8 is bits 7:4 of the task priority. */
u64 vapic_read_cr8(const struct vapic *vapic);
void vapic_write_cr8(struct vapic *vapic, u64 value);

#endif
