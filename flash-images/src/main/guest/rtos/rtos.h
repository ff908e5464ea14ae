/*
 * A small real-time system: a tick of one millisecond by the local APIC's timer, two tasks that take turns at every
 * tick, a UART. It runs on the bare board, in the only VM, or in a cell (docs/hypervisor.md).
 */
#ifndef RTOS_H
#define RTOS_H

#include "processor.h"
#include "types.h"

#define TASKS 2
#define REPORT_TICKS 250

/* What the tick measures; the tasks only read. */
struct clock {
  volatile u32 ticks;
  volatile u32 lost;        /* ticks that did not come when their time was over */
  volatile u32 longest_gap; /* between two ticks, time-stamp counts */
  u32 counts_per_tick;
  u32 counts_per_us;
};

extern struct clock rtos_clock;

/* tick.c: interrupt table and timer. */
void tick_init(void);

/* task.c */
typedef void task_body(void);
void task_create(u32 index, task_body *body);
u32 task_switch(u32 esp);
_Noreturn void task_run(void);

/* uart.c */
void uart_init(void);
void print(const char *format, ...);

#endif
