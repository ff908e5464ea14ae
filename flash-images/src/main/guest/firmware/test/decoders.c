/*
 * Runs the firmware's CBFS reader and decoders on the host, so that tests can compare them with other implementations.
 *
 *   decoders cat IMAGE NAME                write the expanded file to standard output
 *   decoders damage IMAGE NAME SEED COUNT  change bytes of the stored data COUNT times, one at a time, and expand;
 *                                          print how many changes the decoder noticed, how many did not matter (same
 *                                          content as before), and how many gave other content unnoticed
 */
#include "../common/cbfs.h"
#include "../common/lzma.h"

#undef NULL /* the host has its own */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST (32u * 1024 * 1024)

static u16 probs[LZMA_PROBS];

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static u8 *read_all(const char *path, usize *size) {
  u8 *bytes = malloc(LARGEST);
  FILE *file = fopen(path, "rb");
  if (!bytes || !file) {
    die("cannot read the image");
  }
  *size = fread(bytes, 1, LARGEST, file);
  fclose(file);
  return bytes;
}

/* The pointer in the last four bytes is an address below 4 GiB, where the flash ends. */
static struct cbfs_file find(const u8 *image, usize size, const char *name) {
  struct cbfs fs;
  struct cbfs_file file;
  const u8 *end = image + size;
  const char *problem = cbfs_open(&fs, end, end - (u32)(0 - le32(end - 4)));
  if (!problem) {
    problem = cbfs_find(&fs, name, &file);
  }
  if (!problem) {
    problem = cbfs_verify(&file);
  }
  if (problem) {
    die(problem);
  }
  return file;
}

static const char *expand(const struct cbfs_file *file, const u8 *data, u8 *to, u32 room, u32 *written) {
  u32 expanded;
  return cbfs_expand(cbfs_compression(file, &expanded), data, file->length, to, room, probs, written);
}

static void damage(const struct cbfs_file *file, const u8 *good, u32 good_size, u32 seed, u32 count) {
  u32 noticed = 0;
  u32 harmless = 0;
  u32 silent = 0;
  /* Exactly as large as promised: the sanitizer sees every byte too far. */
  u8 *data = malloc(file->length);
  u8 *to = malloc(good_size);
  if (!data || !to) {
    die("no memory");
  }
  for (u32 i = 0; i < count; i++) {
    u32 written;
    memcpy(data, file->data, file->length);
    seed = seed * 1664525u + 1013904223u;
    u32 at = (seed >> 8) % file->length;
    data[at] ^= (u8)(1u << (seed >> 29));
    if (expand(file, data, to, good_size, &written)) {
      noticed++;
    } else if (written == good_size && memcmp(to, good, good_size) == 0) {
      harmless++;
    } else {
      silent++;
    }
  }
  printf("%u %u %u\n", noticed, harmless, silent);
  free(data);
  free(to);
}

int main(int argc, char **argv) {
  if (argc < 4) {
    die("usage: decoders cat|damage IMAGE NAME [SEED COUNT]");
  }
  usize size;
  u8 *image = read_all(argv[2], &size);
  struct cbfs_file file = find(image, size, argv[3]);
  u32 expanded;
  u32 written;
  cbfs_compression(&file, &expanded);
  u8 *to = malloc(expanded ? expanded : 1);
  const char *problem = expand(&file, file.data, to, expanded, &written);
  if (problem) {
    die(problem);
  }
  if (strcmp(argv[1], "cat") == 0) {
    fwrite(to, 1, written, stdout);
  } else if (argc == 6) {
    damage(&file, to, written, (u32)atoi(argv[4]), (u32)atoi(argv[5]));
  }
  free(to);
  free(image);
  return 0;
}
