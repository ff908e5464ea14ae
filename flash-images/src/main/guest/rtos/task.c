/* Two tasks and their stacks; every tick the other one goes on. */
#include "rtos.h"

#define STACK_WORDS 2048
#define INTERRUPTS_ON 0x202u
#define CODE 0x08u

static u32 stacks[TASKS][STACK_WORDS];
static u32 saved[TASKS];
static u32 current;

/* A stack as the tick leaves it: PUSHA's eight registers, then what IRET takes. */
void task_create(u32 index, task_body *body) {
  u32 *top = &stacks[index][STACK_WORDS];
  *--top = INTERRUPTS_ON;
  *--top = CODE;
  *--top = (u32)body;
  for (u32 i = 0; i < 8; i++) {
    *--top = 0;
  }
  saved[index] = (u32)top;
}

u32 task_switch(u32 esp) {
  saved[current] = esp;
  current = (current + 1) % TASKS;
  return saved[current];
}

void start_first(u32 esp);

_Noreturn void task_run(void) {
  start_first(saved[current]);
  __builtin_unreachable();
}
