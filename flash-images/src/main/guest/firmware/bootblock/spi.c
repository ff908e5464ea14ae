#include "spi.h"

#include "baytrail.h"
#include "memory_functions.h"
#include "processor.h"

#define SPI_HSFS (SPI_BASE + 0x04)
#define SPI_HSFC (SPI_BASE + 0x06)
#define SPI_FADDR (SPI_BASE + 0x08)
#define SPI_FDATA (SPI_BASE + 0x10)
#define HSFS_DONE 1u
#define HSFS_ERROR 2u
#define HSFS_ACCESS_ERROR 4u
#define HSFS_BUSY (1u << 5)
#define HSFC_GO 1u
#define HSFC_PROGRAM (2u << 1)
#define HSFC_ERASE (3u << 1)
#define HSFC_COUNT(bytes) (((bytes) - 1) << 8)
#define BCR_WRITE_ENABLE 1u
#define CHUNK 64u

static bool cycle(u32 at, u32 control) {
  mmio_write16(SPI_HSFS, HSFS_DONE | HSFS_ERROR | HSFS_ACCESS_ERROR);
  mmio_write32(SPI_FADDR, at);
  mmio_write16(SPI_HSFC, (u16)(control | HSFC_GO));
  u32 status;
  do {
    status = mmio_read16(SPI_HSFS);
  } while ((status & HSFS_BUSY) && !(status & HSFS_ERROR));
  return (status & HSFS_DONE) && !(status & HSFS_ERROR);
}

static bool program(u32 at, const u8 *data, u32 length) {
  bool done = true;
  while (length && done) {
    u32 part = length < CHUNK ? length : CHUNK;
    u32 words[CHUNK / 4];
    memcpy(words, data, part);
    for (u32 i = 0; 4 * i < part; i++) {
      mmio_write32(SPI_FDATA + 4 * i, words[i]);
    }
    done = cycle(at, HSFC_PROGRAM | HSFC_COUNT(part));
    at += part;
    data += part;
    length -= part;
  }
  return done;
}

bool spi_replace(u32 at, const void *data, u32 length) {
  u32 bcr = mmio_read32(SPI_BCR);
  mmio_write32(SPI_BCR, bcr | BCR_WRITE_ENABLE);
  bool done = cycle(at, HSFC_ERASE) && program(at, data, length);
  mmio_write32(SPI_BCR, bcr & ~BCR_WRITE_ENABLE);
  return done;
}
