#include "config_value.h"

#include "memory_functions.h"

#define CORES_POSSIBLE 32
#define DIGITS 9

bool text_is(struct text text, const char *word) {
  return text.length == strlen(word) && !memcmp(text.at, word, text.length);
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

struct text text_trim(struct text text) {
  while (text.length && blank(text.at[0])) {
    text.at++;
    text.length--;
  }
  while (text.length && blank(text.at[text.length - 1])) {
    text.length--;
  }
  return text;
}

struct text text_until(struct text *text, char separator) {
  struct text first = {text->at, 0};
  while (first.length < text->length && text->at[first.length] != separator) {
    first.length++;
  }
  bool found = first.length < text->length;
  text->at = found ? text->at + first.length + 1 : NULL;
  text->length = found ? text->length - first.length - 1 : 0;
  return first;
}

bool text_strip(struct text *text, const char *begin, const char *end) {
  u64 head = strlen(begin);
  u64 tail = strlen(end);
  if (text->length < head + tail || memcmp(text->at, begin, head) ||
      memcmp(text->at + text->length - tail, end, tail)) {
    return false;
  }
  text->at += head;
  text->length -= head + tail;
  return true;
}

bool text_copy(struct text text, char *to, u32 room) {
  if (text.length == 0 || text.length >= room) {
    return false;
  }
  memcpy(to, text.at, text.length);
  to[text.length] = 0;
  return true;
}

static u32 digit_of(char c) {
  if (c >= '0' && c <= '9') {
    return (u32)(c - '0');
  }
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 : 16;
}

static bool number(struct text text, u32 base, u64 *value) {
  *value = 0;
  if (text.length == 0 || text.length > DIGITS) {
    return false;
  }
  for (u64 i = 0; i < text.length; i++) {
    u32 digit = digit_of(text.at[i]);
    if (digit >= base) {
      return false;
    }
    *value = *value * base + digit;
  }
  return true;
}

bool text_cores(struct text text, u32 *cores) {
  *cores = 0;
  while (text.at) {
    u64 core;
    if (!number(text_trim(text_until(&text, ',')), 10, &core) || core >= CORES_POSSIBLE || *cores >> core & 1) {
      return false;
    }
    *cores |= 1u << core;
  }
  return true;
}

bool text_size(struct text text, u64 *size) {
  if (text.length < 2) {
    return false;
  }
  char unit = text.at[--text.length] | 0x20;
  u64 count;
  if ((unit != 'm' && unit != 'g') || !number(text, 10, &count)) {
    return false;
  }
  *size = count * (unit == 'm' ? MIB : GIB);
  return *size != 0 && *size % LARGE_PAGE == 0 && *size <= 3 * GIB;
}

static bool one_range(struct text text, u64 limit, struct config_range *range) {
  struct text first = text_until(&text, '-');
  if (!number(text_trim(first), 16, &range->first)) {
    return false;
  }
  range->last = range->first;
  if (text.at && !number(text_trim(text), 16, &range->last)) {
    return false;
  }
  return range->first <= range->last && range->last <= limit;
}

bool text_ranges(struct text text, u64 limit, struct config_ranges *ranges) {
  ranges->count = 0;
  while (text.at) {
    if (ranges->count == CONFIG_RANGES || !one_range(text_until(&text, ','), limit, &ranges->range[ranges->count++])) {
      return false;
    }
  }
  return true;
}
