/*
 * Runs what the guest programs share (src/main/guest/common) on the host, so that tests can compare it with other
 * implementations.
 *
 *   decoders cat IMAGE NAME                 one file of the image, its hash checked, expanded, to standard output
 *   decoders attack IMAGE NAME SEED COUNT   COUNT times one changed byte in the image's metadata, then as cat: exit 0
 *                                           when every one of them ended in content or an error
 *   decoders unpack lzma|lz4 FILE ROOM      the bytes of one stream to standard output
 *   decoders damage lzma|lz4 FILE ROOM SEED COUNT
 *                                           COUNT times one changed byte; prints how many the decoder refused, how many
 *                                           did not matter, and how many gave other content unnoticed
 *   decoders self FILE                      places a payload's segments into 1 MiB of memory at 10000000h, written to
 *                                           standard output, the entry to standard error
 *
 * Exit 1 with the reason on standard error where something is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "byte_order.h"
#include "cbfs.h"
#include "lzma.h"
#include "self.h"

#define AREA 0x10000000ul
#define AREA_SIZE 0x100000ul

/* One command and out: what it allocated goes with it. */
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static u16 probs[LZMA_PROBS];

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* Exactly as large as it must be: the sanitizer sees every byte too far. */
static u8 *room_for(usize size) {
  u8 *bytes = malloc(size ? size : 1);
  if (!bytes) {
    die("no memory");
  }
  return bytes;
}

static u8 *read_all(const char *path, usize *size) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    die("cannot read the file");
  }
  fseek(file, 0, SEEK_END);
  *size = (usize)ftell(file);
  rewind(file);
  u8 *bytes = room_for(*size);
  if (fread(bytes, 1, *size, file) != *size) {
    die("cannot read the file");
  }
  fclose(file);
  return bytes;
}

/* The pointer in the last four bytes is an address below 4 GiB, where the flash ends. */
static const char *find(const u8 *image, usize size, const char *name, struct cbfs_file *file) {
  struct cbfs fs;
  const u8 *end = image + size;
  const char *problem = cbfs_open(&fs, end, end - (u32)(0 - le32(end - 4)));
  if (!problem && fs.size > size) {
    problem = "the master header is for a larger flash";
  }
  if (!problem) {
    problem = cbfs_find(&fs, name, file);
  }
  return problem ? problem : cbfs_verify(file);
}

static const char *expand_file(const struct cbfs_file *file, u8 **to, u32 *written) {
  u32 expanded;
  u32 compression = cbfs_compression(file, &expanded);
  if (expanded > 64 * MIB) {
    return "larger than any file here";
  }
  *to = room_for(expanded);
  return cbfs_expand(compression, file->data, file->length, *to, expanded, probs, written);
}

static int cat(const char *path, const char *name) {
  usize size;
  const u8 *image = read_all(path, &size);
  struct cbfs_file file;
  u8 *to;
  u32 written;
  const char *problem = find(image, size, name, &file);
  if (!problem) {
    problem = expand_file(&file, &to, &written);
  }
  if (problem) {
    die(problem);
  }
  fwrite(to, 1, written, stdout);
  return 0;
}

static u32 next_random(u32 *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/* Changes bytes of the file's header and attributes and of the header before the first file. */
static int attack(char **arguments) {
  usize size;
  u8 *image = read_all(arguments[0], &size);
  struct cbfs_file good;
  const char *problem = find(image, size, arguments[1], &good);
  if (problem) {
    die(problem);
  }
  u32 seed = (u32)atoi(arguments[2]);
  u8 *metadata = image + (good.header - image);
  for (int i = 0; i < atoi(arguments[3]); i++) {
    usize at = next_random(&seed) % good.attributes_end;
    u8 change = (u8)(1 + next_random(&seed) % 255);
    struct cbfs_file file;
    metadata[at] ^= change;
    if (!find(image, size, arguments[1], &file)) {
      u8 *to = NULL;
      u32 written;
      struct cbfs_stage stage;
      expand_file(&file, &to, &written);
      cbfs_stage(&file, &stage);
      free(to);
    }
    metadata[at] ^= change;
  }
  return 0;
}

static const char *unpack(const char *kind, const u8 *from, usize length, u8 *to, usize room, u32 *written) {
  u32 compression = strcmp(kind, "lzma") == 0 ? CBFS_LZMA : CBFS_LZ4;
  return cbfs_expand(compression, from, (u32)length, to, (u32)room, probs, written);
}

static int unpack_file(char **arguments) {
  usize length;
  u8 *from = read_all(arguments[1], &length);
  usize room = strtoull(arguments[2], NULL, 0);
  u8 *to = room_for(room);
  u32 written;
  const char *problem = unpack(arguments[0], from, length, to, room, &written);
  if (problem) {
    die(problem);
  }
  fwrite(to, 1, written, stdout);
  return 0;
}

static int damage(char **arguments) {
  usize length;
  u8 *from = read_all(arguments[1], &length);
  usize room = strtoull(arguments[2], NULL, 0);
  u8 *good = room_for(room);
  u8 *to = room_for(room);
  u32 good_size;
  const char *problem = unpack(arguments[0], from, length, good, room, &good_size);
  if (problem) {
    die(problem);
  }
  u32 seed = (u32)atoi(arguments[3]);
  u32 counts[3] = {0, 0, 0};
  for (int i = 0; i < atoi(arguments[4]); i++) {
    usize at = next_random(&seed) % length;
    u8 change = (u8)(1 + next_random(&seed) % 255);
    u32 written;
    from[at] ^= change;
    problem = unpack(arguments[0], from, length, to, room, &written);
    from[at] ^= change;
    counts[problem ? 0 : written == good_size && memcmp(to, good, good_size) == 0 ? 1 : 2]++;
  }
  printf("%u %u %u\n", counts[0], counts[1], counts[2]);
  return 0;
}

static int place(const char *path) {
  usize length;
  const u8 *data = read_all(path, &length);
  struct cbfs_file file = {.data = data, .length = (u32)length};
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  u8 *area = mmap((void *)AREA, AREA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (area != (u8 *)AREA) {
    die("mmap");
  }
  memset(area, 0xee, AREA_SIZE);
  struct self_segment segment;
  u32 at = 0;
  const char *problem;
  while (!(problem = self_next(&file, &at, &segment)) && segment.type != SELF_ENTRY) {
    if (segment.load < AREA || segment.load > AREA + AREA_SIZE || segment.memory > AREA + AREA_SIZE - segment.load) {
      die("outside");
    }
    problem = self_place(&file, &segment, probs);
    if (problem) {
      die(problem);
    }
  }
  if (problem) {
    die(problem);
  }
  fprintf(stderr, "%lx\n", (unsigned long)segment.load);
  fwrite(area, 1, AREA_SIZE, stdout);
  return 0;
}

int main(int count, char **arguments) {
  const char *command = count > 1 ? arguments[1] : "";
  if (strcmp(command, "cat") == 0 && count == 4) {
    return cat(arguments[2], arguments[3]);
  }
  if (strcmp(command, "attack") == 0 && count == 6) {
    return attack(arguments + 2);
  }
  if (strcmp(command, "unpack") == 0 && count == 5) {
    return unpack_file(arguments + 2);
  }
  if (strcmp(command, "damage") == 0 && count == 7) {
    return damage(arguments + 2);
  }
  if (strcmp(command, "self") == 0 && count == 3) {
    return place(arguments[2]);
  }
  return 2;
}
