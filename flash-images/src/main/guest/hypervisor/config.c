#include "config.h"

#include "cbfs.h"
#include "log.h"
#include "memory_functions.h"

#define CONFIG_FILE "hypervisor.cfg"
#define DEFAULT_PAYLOAD "fallback/realpayload"
#define KEY_PAYLOAD "payload="

static void copy_text(char *to, const char *from, u64 length) {
  memcpy(to, from, length);
  to[length] = 0;
}

static bool starts_with(const char *line, u64 length, const char *key, u64 key_length) {
  return length >= key_length && !memcmp(line, key, key_length);
}

static void parse_line(struct config *config, const char *line, u64 length, u32 number) {
  if (length && line[length - 1] == '\r') {
    length--;
  }
  if (length == 0 || line[0] == '#') {
    return;
  }
  u64 key = sizeof(KEY_PAYLOAD) - 1;
  bool payload = starts_with(line, length, KEY_PAYLOAD, key);
  if (payload && length > key && length - key < CONFIG_NAME_LENGTH) {
    copy_text(config->payload, line + key, length - key);
  } else {
    hv_log("%s line %u is ignored: expected payload=<CBFS file name, 1 to %u characters>", CONFIG_FILE, number,
           CONFIG_NAME_LENGTH - 1);
  }
}

void config_parse(struct config *config, const char *text, u64 length) {
  u32 number = 1;
  u64 start = 0;
  for (u64 at = 0; at <= length; at++) {
    if (at == length || text[at] == '\n') {
      parse_line(config, text + start, at - start, number++);
      start = at + 1;
    }
  }
}

void config_read(struct config *config) {
  copy_text(config->payload, DEFAULT_PAYLOAD, sizeof(DEFAULT_PAYLOAD) - 1);
  struct cbfs flash;
  struct cbfs_file file;
  /* Without a file system there is no payload either: payload_load says what is wrong. */
  if (!cbfs_open_mapped(&flash) && !cbfs_find(&flash, CONFIG_FILE, &file)) {
    config_parse(config, (const char *)file.data, file.length);
  }
}
