#include "aml.h"

#define OP_NAME 0x08
#define OP_BYTE 0x0a
#define OP_WORD 0x0b
#define OP_DWORD 0x0c
#define OP_SCOPE 0x10
#define OP_BUFFER 0x11
#define OP_PACKAGE 0x12
#define OP_METHOD 0x14
#define OP_EXTENDED 0x5b
#define OP_DEVICE 0x82
#define OP_PROCESSOR 0x83
#define OP_ARGUMENT0 0x68
#define OP_STORE 0x70
#define OP_IF 0xa0
#define OP_RETURN 0xa4

/* PkgLength in its three-byte form, whatever the size: the place is known before the length is. */
static u32 open_block(struct bytes *b) {
  u32 at = b->used;
  put_zeros(b, 3);
  return at;
}

void aml_close(struct bytes *b, u32 block) {
  u32 length = b->used - block;
  b->start[block] = (u8)(0x80 | (length & 15));
  b->start[block + 1] = (u8)(length >> 4);
  b->start[block + 2] = (u8)(length >> 12);
}

/* A name is one segment, or has a root prefix in front: "\_SB_". */
static void put_name(struct bytes *b, const char *name) {
  if (*name == '\\') {
    put8(b, '\\');
    name++;
  }
  u8 *at = bytes_take(b, 4);
  memset(at, '_', 4);
  memcpy(at, name, strlen(name));
}

u32 aml_scope(struct bytes *b, const char *name) {
  put8(b, OP_SCOPE);
  u32 block = open_block(b);
  put_name(b, name);
  return block;
}

u32 aml_device(struct bytes *b, const char *name) {
  put8(b, OP_EXTENDED);
  put8(b, OP_DEVICE);
  u32 block = open_block(b);
  put_name(b, name);
  return block;
}

u32 aml_method(struct bytes *b, const char *name, u32 arguments) {
  put8(b, OP_METHOD);
  u32 block = open_block(b);
  put_name(b, name);
  put8(b, arguments);
  return block;
}

u32 aml_package(struct bytes *b, u32 elements) {
  put8(b, OP_PACKAGE);
  u32 block = open_block(b);
  put8(b, elements);
  return block;
}

u32 aml_if_local(struct bytes *b, const char *name) {
  put8(b, OP_IF);
  u32 block = open_block(b);
  put_name(b, name);
  return block;
}

void aml_name(struct bytes *b, const char *name) {
  put8(b, OP_NAME);
  put_name(b, name);
}

void aml_integer(struct bytes *b, u32 value) {
  if (value < 2) {
    put8(b, value);
  } else if (value < 0x100) {
    put8(b, OP_BYTE);
    put8(b, value);
  } else if (value < 0x10000) {
    put8(b, OP_WORD);
    put16(b, value);
  } else {
    put8(b, OP_DWORD);
    put32(b, value);
  }
}

static u32 hex_digit(char c) { return c <= '9' ? (u32)(c - '0') : (u32)(c - 'A' + 10); }

/* Three letters of five bits, four hexadecimal digits, most significant byte first. */
void aml_eisa_id(struct bytes *b, const char *id) {
  u32 value = 0;
  for (u32 i = 0; i < 3; i++) {
    value = value << 5 | (u32)(id[i] - '@');
  }
  for (u32 i = 3; i < 7; i++) {
    value = value << 4 | hex_digit(id[i]);
  }
  put8(b, OP_DWORD);
  put32(b, __builtin_bswap32(value));
}

void aml_name_integer(struct bytes *b, const char *name, u32 value) {
  aml_name(b, name);
  aml_integer(b, value);
}

void aml_name_eisa_id(struct bytes *b, const char *name, const char *id) {
  aml_name(b, name);
  aml_eisa_id(b, id);
}

void aml_return_name(struct bytes *b, const char *name) {
  put8(b, OP_RETURN);
  put_name(b, name);
}

void aml_store_argument(struct bytes *b, const char *name) {
  put8(b, OP_STORE);
  put8(b, OP_ARGUMENT0);
  put_name(b, name);
}

void aml_processor(struct bytes *b, const char *name, u32 id) {
  put8(b, OP_EXTENDED);
  put8(b, OP_PROCESSOR);
  u32 block = open_block(b);
  put_name(b, name);
  put8(b, id);
  put32(b, 0);
  put8(b, 0);
  aml_close(b, block);
}

/* The buffer's size is a word constant right behind the block's length. */
u32 aml_resources(struct bytes *b) {
  put8(b, OP_BUFFER);
  u32 block = open_block(b);
  put8(b, OP_WORD);
  put16(b, 0);
  return block;
}

void aml_close_resources(struct bytes *b, u32 block) {
  put8(b, 0x79);
  put8(b, 0);
  patch(b, block + 4, b->used - (block + 6), 2);
  aml_close(b, block);
}

void aml_resource_io(struct bytes *b, u32 base, u32 length) {
  put8(b, 0x47);
  put8(b, 1);
  put16(b, base);
  put16(b, base);
  put8(b, 1);
  put8(b, length);
}

void aml_resource_irq(struct bytes *b, u32 irq) {
  put8(b, 0x22);
  put16(b, 1u << irq);
}

void aml_resource_fixed_memory(struct bytes *b, u32 base, u32 length) {
  put8(b, 0x86);
  put16(b, 9);
  put8(b, 1);
  put32(b, base);
  put32(b, length);
}

static void word_window(struct bytes *b, u32 type, u32 specific, u32 first, u32 last) {
  put8(b, 0x88);
  put16(b, 0x0d);
  put8(b, type);
  put8(b, 0x0c);
  put8(b, specific);
  put16(b, 0);
  put16(b, first);
  put16(b, last);
  put16(b, 0);
  put16(b, last - first + 1);
}

void aml_resource_bus_window(struct bytes *b, u32 first, u32 last) { word_window(b, 2, 0, first, last); }

void aml_resource_io_window(struct bytes *b, u32 first, u32 last) { word_window(b, 1, 3, first, last); }

void aml_resource_memory_window(struct bytes *b, u32 first, u32 last) {
  put8(b, 0x87);
  put16(b, 0x17);
  put8(b, 0);
  put8(b, 0x0c);
  put8(b, 1);
  put32(b, 0);
  put32(b, first);
  put32(b, last);
  put32(b, 0);
  put32(b, last - first + 1);
}
