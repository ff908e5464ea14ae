#ifndef HV_LOCK_H
#define HV_LOCK_H

#include "cpu.h"

struct lock {
  volatile u32 taken;
};

static inline void lock_acquire(struct lock *lock) {
  while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE)) {
    while (lock->taken) {
      pause();
    }
  }
}

static inline void lock_release(struct lock *lock) { __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE); }

#endif
