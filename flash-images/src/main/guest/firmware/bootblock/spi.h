/* Changes of the flash by the SPI controller's hardware sequencing. Offsets are from the part's first byte. */
#ifndef FW_SPI_H
#define FW_SPI_H

#include "types.h"

#define SPI_SECTOR 4096u

/* Erases the sector at `at` and programs `length` bytes, not more than a sector. False: the controller refused. */
bool spi_replace(u32 at, const void *data, u32 length);

#endif
