/*
 * Parts of the hypervisor that need no processor of their own, on the host:
 *   parts hide START:SIZE:TYPE...              memory map with the block at 10200000h hidden, one range a line
 *   parts segments                             ES to TR after INIT: selector base limit rights, one a line
 *   parts config FILE                          the settings, a VM a line, then the number of errors
 *   parts mmio BITS HEX                        an instruction: write, constant, register, value, length; or "unknown"
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cbfs.h"
#include "checksum.h"
#include "config.h"
#include "coreboot_table.h"
#include "log.h"
#include "mmio.h"
#include "segments.h"
#include "vmcs_field.h"

#define AREA 0x10000000ul
#define AREA_SIZE 0x400000ul
#define COPY_AT (AREA + 0x1F0000)
#define HIDDEN_AT (AREA + 0x200000)
#define HIDDEN_SIZE 0x200000ul
#define TABLE_AT (AREA + 0x100000)

/* One command and out: what it allocated goes with it. */
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static u32 log_lines;

void hv_log(const char *format, ...) {
  (void)format;
  log_lines++;
}

static u8 *read_file(const char *name, size_t *length) {
  FILE *file = fopen(name, "rb");
  if (!file) {
    perror(name);
    exit(2);
  }
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  u8 *bytes = malloc(*length ? *length : 1);
  if (fread(bytes, 1, *length, file) != *length) {
    exit(2);
  }
  fclose(file);
  return bytes;
}

static u32 *word(u64 at, u32 index) { return (u32 *)at + index; }

/* LBIO header, the memory record, and one record behind it that must come through unchanged. */
static void write_table(char **ranges, int count) {
  memcpy((void *)TABLE_AT, "LBIO", 4);
  u32 memory_size = 8 + 20 * (u32)count;
  *word(TABLE_AT, 1) = 24;
  *word(TABLE_AT, 3) = memory_size + 12;
  *word(TABLE_AT, 5) = 2;
  *word(TABLE_AT, 6) = 1;
  *word(TABLE_AT, 7) = memory_size;
  struct lb_memory_range *range = (struct lb_memory_range *)(TABLE_AT + 32);
  for (int i = 0; i < count; i++, range++) {
    unsigned long start, size;
    unsigned type;
    if (sscanf(ranges[i], "%lx:%lx:%u", &start, &size, &type) != 3) {
      exit(2);
    }
    *range = (struct lb_memory_range){start, size, type};
  }
  memcpy(range, (u32[]){0x77, 12, 0xCAFE}, 12);
  *word(TABLE_AT, 4) = checksum_ip((void *)(TABLE_AT + 24), memory_size + 12);
  *word(TABLE_AT, 2) = 0;
  *word(TABLE_AT, 2) = checksum_ip((void *)TABLE_AT, 24);
}

static void print_table(void) {
  printf("anchor %08x %u\n", checksum_ip((void *)TABLE_AT, 24), *word(TABLE_AT, 6));
  printf("forward %lx\n", *(unsigned long *)(TABLE_AT + 32));
  bool good = checksum_ip((void *)COPY_AT, 24) == 0 &&
              checksum_ip((void *)(COPY_AT + 24), *word(COPY_AT, 3)) == *word(COPY_AT, 4);
  printf("checksums %s\n", good ? "good" : "bad");
  struct coreboot_table copy = {COPY_AT, COPY_AT};
  u32 count = 0;
  const struct lb_memory_range *range = coreboot_memory(&copy, &count);
  for (u32 i = 0; i < count; i++, range++) {
    printf("%lx %lx %u\n", (unsigned long)range->start, (unsigned long)range->size, range->type);
  }
  printf("next record %x %x\n", ((u32 *)range)[0], ((u32 *)range)[2]);
}

static int hide(char **ranges, int count) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  void *area = mmap((void *)AREA, AREA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (area != (void *)AREA) {
    perror("mmap");
    return 2;
  }
  write_table(ranges, count);
  struct coreboot_table table = {TABLE_AT, TABLE_AT};
  if (!coreboot_table_hide(&table, COPY_AT, HIDDEN_AT, HIDDEN_SIZE)) {
    return 1;
  }
  print_table();
  return 0;
}

/* The fields of segments ES to TR lie two apart. */
#define SEGMENTS 8
static u64 written[4][SEGMENTS];

void vmwrite(u64 field, u64 value) {
  static const u32 first[] = {GUEST_ES, GUEST_ES_BASE, GUEST_ES_LIMIT, GUEST_ES_RIGHTS};
  for (u32 kind = 0; kind < COUNT(first); kind++) {
    if (field >= first[kind] && field < first[kind] + 2 * SEGMENTS) {
      written[kind][(field - first[kind]) / 2] = value;
    }
  }
}

static int segments(void) {
  segments_reset();
  for (u32 i = 0; i < SEGMENTS; i++) {
    for (u32 kind = 0; kind < 4; kind++) {
      printf("%lx%c", (unsigned long)written[kind][i], kind < 3 ? ' ' : '\n');
    }
  }
  return 0;
}

static void print_ranges(const struct config_ranges *ranges) {
  for (u32 i = 0; i < ranges->count; i++) {
    printf(" %lx-%lx", (unsigned long)ranges->range[i].first, (unsigned long)ranges->range[i].last);
  }
}

static int config(const char *name) {
  size_t length;
  u8 *text = read_file(name, &length);
  struct config settings;
  config_init(&settings);
  config_parse(&settings, (const char *)text, length);
  for (u32 i = 0; i < settings.count; i++) {
    const struct vm_config *vm = &settings.vm[i];
    printf("%s %s %x %lx ports", vm->name, vm->payload, vm->cores, (unsigned long)vm->memory);
    print_ranges(&vm->ports);
    printf(" mmio");
    print_ranges(&vm->mmio);
    printf("\n");
  }
  printf("errors %u lines %u\n", settings.errors, log_lines);
  return 0;
}

static int mmio(const char *bits, const char *hex) {
  u8 code[16];
  u32 length = 0;
  for (; hex[2 * length] && length < sizeof(code); length++) {
    unsigned byte;
    sscanf(hex + 2 * length, "%2x", &byte);
    code[length] = (u8)byte;
  }
  struct mmio_access access;
  if (!mmio_decode(code, length, (u32)atoi(bits), &access)) {
    printf("unknown\n");
    return 0;
  }
  printf("%s %s %u %x %u\n", access.write ? "write" : "read", access.constant ? "constant" : "register", access.reg,
         access.value, access.length);
  return 0;
}

int main(int count, char **arguments) {
  if (count >= 3 && !strcmp(arguments[1], "hide")) {
    return hide(arguments + 2, count - 2);
  }
  if (count >= 2 && !strcmp(arguments[1], "segments")) {
    return segments();
  }
  if (count >= 3 && !strcmp(arguments[1], "config")) {
    return config(arguments[2]);
  }
  if (count >= 4 && !strcmp(arguments[1], "mmio")) {
    return mmio(arguments[2], arguments[3]);
  }
  return 2;
}
