/* Finds the delays with which this board's memory works. */
#ifndef FW_DRAM_TRAINING_H
#define FW_DRAM_TRAINING_H

#include "dram_lanes.h"

/* Message 68 to the DUNIT: a command to the DRAMs. */
void dram_command(u32 word);

/* Mode registers as the commands load them. */
#define MRS_MR0 0x75c40u /* DLL reset, write recovery, CAS latency */
#define MRS_MR1 0x1088u
#define MRS_MR2 0x10210u
#define MRS_MR3 0x18u
#define MRS_WRITE_LEVELLING (1u << (7 + 6)) /* MR1 A7 */
#define MRS_MPR (1u << (2 + 6))             /* MR3 A2: reads give the DRAMs' own pattern */
#define DRAM_PRECHARGE_ALL 0x10002u
#define DRAM_ZQ_CALIBRATION 0x10006u

/* Programs delays from another boot; true: all lanes work with them, and with some more or less of each. */
bool dram_restore(const struct lane lanes[LANES]);

/* All steps; when a lane has no window, the firmware ends with the step and the lane. */
void dram_train(struct lane lanes[LANES]);

#endif
