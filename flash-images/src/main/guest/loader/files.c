/*
 * Reads sectors of the start disk through the port that a machine started with a kernel has: the physical address of a
 * request goes to the port, and the sectors are in memory when the instruction is over.
 */
#include "loader.h"

#define PORT 0xf8
#define SIGNATURE 0x464c5442u /* "BTLF" */
#define DONE 1

struct request {
  u64 sector;
  u64 address;
  u32 count;
  u32 status;
};

int files_present(void) { return inl(PORT) == SIGNATURE; }

int files_read(u64 sector, u32 count, u32 to) {
  volatile struct request request = {sector, to, count, 0};
  __asm__ volatile("" ::: "memory");
  outl(PORT, (u32)(uptr)&request);
  __asm__ volatile("" ::: "memory");
  return request.status == DONE;
}
