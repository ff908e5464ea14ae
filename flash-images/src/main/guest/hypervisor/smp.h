#ifndef HV_SMP_H
#define HV_SMP_H

/* Starts the application processors one after another; each is in VMX operation before the next one is woken. */
void smp_start_all(void);

#endif
