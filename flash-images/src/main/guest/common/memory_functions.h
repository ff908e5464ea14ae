/* The memory and string functions, among them those that gcc calls even in a freestanding program. */
#ifndef GUEST_MEMORY_FUNCTIONS_H
#define GUEST_MEMORY_FUNCTIONS_H

#include "types.h"

void *memcpy(void *to, const void *from, usize count);
void *memmove(void *to, const void *from, usize count);
void *memset(void *to, int value, usize count);
int memcmp(const void *a, const void *b, usize count);
usize strlen(const char *text);
int strcmp(const char *a, const char *b);

#endif
