#ifndef HV_TOPOLOGY_H
#define HV_TOPOLOGY_H

/* Disables the processors of cells in the firmware's MADT and MP table, so that the primary VM does not start them. */
void topology_hide_cells(void);

#endif
