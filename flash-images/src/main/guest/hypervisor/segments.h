/* The guest's segment registers in the states the hypervisor puts them. */
#ifndef HV_SEGMENTS_H
#define HV_SEGMENTS_H

/* As INIT leaves them (SDM volume 3 table 9-1). */
void segments_reset(void);

/* Flat 32-bit code (selector 10h) and data (18h), no LDT. */
void segments_flat32(void);

#endif
