#ifndef HV_DEVICES_H
#define HV_DEVICES_H

/*
 * Stops what a VM that is gone may have left running: bus masters and their messages, interrupt controllers, timers.
 * Everything else its next program sets up anyway.
 */
void devices_quiet(void);

#endif
