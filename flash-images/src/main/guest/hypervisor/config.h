/* hypervisor.cfg, a text file of the flash image: lines "key=value", # begins a comment. */
#ifndef HV_CONFIG_H
#define HV_CONFIG_H

#include "types.h"

#define CONFIG_NAME_LENGTH 64

struct config {
  char payload[CONFIG_NAME_LENGTH]; /* key "payload": CBFS name of the guest's program */
};

/* The file's settings, defaults where it or a key is missing; unknown keys and bad values get a log line. */
void config_read(struct config *config);

/* The parser alone, for any text. */
void config_parse(struct config *config, const char *text, u64 length);

#endif
