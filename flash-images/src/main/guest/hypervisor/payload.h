#ifndef HV_PAYLOAD_H
#define HV_PAYLOAD_H

#include "types.h"

/* Loads a SELF payload out of the CBFS and gives its entry; stops with an error line when that cannot be done. */
u32 payload_load(const char *name);

#endif
