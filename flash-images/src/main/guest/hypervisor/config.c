#include "config.h"

#include "cbfs.h"
#include "config_value.h"
#include "log.h"
#include "memory_functions.h"

#define DEFAULT_PAYLOAD "fallback/realpayload"
#define PRIMARY_NAME "primary"

struct parser {
  struct config *config;
  struct vm_config *vm; /* the section's */
  u32 seen;             /* bit N: the section has a line with key N */
  u32 line;
};

typedef bool setter(struct parser *parser, struct text value);

static bool is_primary(const struct parser *parser) { return parser->vm == &parser->config->vm[0]; }

static bool set_payload(struct parser *parser, struct text value) {
  return text_copy(value, parser->vm->payload, CONFIG_PAYLOAD_LENGTH);
}

static bool set_cores(struct parser *parser, struct text value) {
  return !is_primary(parser) && text_cores(value, &parser->vm->cores);
}

static bool set_memory(struct parser *parser, struct text value) {
  return !is_primary(parser) && text_size(value, &parser->vm->memory);
}

static bool set_ports(struct parser *parser, struct text value) {
  return !is_primary(parser) && text_ranges(value, 0xFFFF, &parser->vm->ports);
}

/* Whole pages: EPT knows nothing smaller. */
static bool set_mmio(struct parser *parser, struct text value) {
  if (is_primary(parser) || !text_ranges(value, 0xFFFFFFFF, &parser->vm->mmio)) {
    return false;
  }
  for (u32 i = 0; i < parser->vm->mmio.count; i++) {
    const struct config_range *range = &parser->vm->mmio.range[i];
    if (range->first % PAGE || (range->last + 1) % PAGE) {
      return false;
    }
  }
  return true;
}

static bool set_restart(struct parser *parser, struct text value) {
  struct vm_config *vm = parser->vm;
  if (text_is(value, "vm")) {
    vm->restart = RESTART_VM;
  } else if (text_is(value, "board") && is_primary(parser)) {
    vm->restart = RESTART_BOARD;
  } else if (text_is(value, "never") && !is_primary(parser)) {
    vm->restart = RESTART_NEVER;
  } else {
    return false;
  }
  return true;
}

static bool set_violation(struct parser *parser, struct text value) {
  parser->vm->ignore_violations = text_is(value, "ignore");
  return !is_primary(parser) && (text_is(value, "ignore") || text_is(value, "stop"));
}

static bool set_console(struct parser *parser, struct text value) {
  parser->config->console = text_is(value, "hypervisor");
  return is_primary(parser) && (text_is(value, "hypervisor") || text_is(value, "guest"));
}

static bool set_selftest(struct parser *parser, struct text value) {
  parser->config->selftest = text_is(value, "on");
  return is_primary(parser) && (text_is(value, "on") || text_is(value, "off"));
}

static const struct {
  const char *key;
  setter *set;
  const char *expected;
} keys[] = {
    {"payload", set_payload, "a CBFS file name of 1 to 63 characters"},
    {"cores", set_cores, "core numbers as in 2,3 in the section of a VM"},
    {"memory", set_memory, "a multiple of 2M in the section of a VM"},
    {"ports", set_ports, "up to 8 hexadecimal ranges as in 60-64,70 in the section of a VM"},
    {"mmio", set_mmio, "up to 8 hexadecimal ranges of whole pages as in FED00000-FED00FFF in the section of a VM"},
    {"restart", set_restart, "board or vm; in the section of a VM: vm or never"},
    {"violation", set_violation, "stop or ignore, in the section of a VM"},
    {"console", set_console, "guest or hypervisor, before the first section"},
    {"selftest", set_selftest, "on or off, before the first section"},
};

static void complain(struct parser *parser, const char *expected) {
  hv_log("ERROR: %s line %u: expected %s", CONFIG_FILE, parser->line, expected);
  parser->config->errors++;
}

static void begin_section(struct parser *parser, struct text name) {
  struct config *config = parser->config;
  if (config->count == CONFIG_VMS) {
    complain(parser, "no more VMs: 8 with the primary one are possible");
    return;
  }
  struct vm_config *vm = &config->vm[config->count++];
  memset(vm, 0, sizeof(*vm));
  vm->restart = RESTART_NEVER;
  parser->vm = vm;
  parser->seen = 0;
  if (!text_copy(name, vm->name, CONFIG_NAME_LENGTH)) {
    complain(parser, "[vm NAME] with a name of 1 to 15 characters");
  }
  for (u32 i = 0; i + 1 < config->count; i++) {
    if (!strcmp(config->vm[i].name, vm->name)) {
      complain(parser, "a name that no other VM has");
    }
  }
}

static void set(struct parser *parser, struct text key, struct text value) {
  for (u32 i = 0; i < COUNT(keys); i++) {
    if (text_is(key, keys[i].key)) {
      if (parser->seen & 1u << i) {
        complain(parser, "each key once in a section");
      } else if (!keys[i].set(parser, value)) {
        complain(parser, keys[i].expected);
      }
      parser->seen |= 1u << i;
      return;
    }
  }
  complain(parser, "payload, cores, memory, ports, mmio, restart, violation, console or selftest");
}

static void parse_line(struct parser *parser, struct text line) {
  line = text_trim(line);
  if (line.length == 0 || line.at[0] == '#') {
    return;
  }
  struct text section = line;
  if (text_strip(&section, "[vm ", "]")) {
    begin_section(parser, text_trim(section));
    return;
  }
  struct text key = text_until(&line, '=');
  if (!line.at) {
    complain(parser, "key=value or [vm NAME]");
    return;
  }
  set(parser, text_trim(key), text_trim(line));
}

static void require(struct config *config, bool met, const struct vm_config *vm, const char *what) {
  if (!met) {
    hv_log("ERROR: %s: VM %s %s", CONFIG_FILE, vm->name, what);
    config->errors++;
  }
}

static bool overlap(const struct config_ranges *a, const struct config_ranges *b) {
  for (u32 i = 0; i < a->count; i++) {
    for (u32 k = 0; k < b->count; k++) {
      if (a->range[i].first <= b->range[k].last && b->range[k].first <= a->range[i].last) {
        return true;
      }
    }
  }
  return false;
}

static void check(struct config *config) {
  for (u32 i = 1; i < config->count; i++) {
    const struct vm_config *vm = &config->vm[i];
    require(config, vm->cores != 0, vm, "has no cores= line");
    require(config, !(vm->cores & 1), vm, "has core 0, which starts the primary VM");
    require(config, vm->memory != 0, vm, "has no memory= line");
    require(config, vm->payload[0] != 0, vm, "has no payload= line");
    for (u32 k = 1; k < i; k++) {
      const struct vm_config *other = &config->vm[k];
      require(config, !(vm->cores & other->cores), vm, "shares a core with another VM");
      require(config, !overlap(&vm->ports, &other->ports), vm, "shares a port with another VM");
      require(config, !overlap(&vm->mmio, &other->mmio), vm, "shares registers with another VM");
    }
  }
}

void config_init(struct config *config) {
  memset(config, 0, sizeof(*config));
  config->count = 1;
  memcpy(config->vm[0].name, PRIMARY_NAME, sizeof(PRIMARY_NAME));
  memcpy(config->vm[0].payload, DEFAULT_PAYLOAD, sizeof(DEFAULT_PAYLOAD));
}

void config_parse(struct config *config, const char *text, u64 length) {
  struct parser parser = {config, &config->vm[0], 0, 0};
  struct text rest = {text, length};
  while (rest.at) {
    parser.line++;
    parse_line(&parser, text_until(&rest, '\n'));
  }
  check(config);
}

void config_read(struct config *config) {
  config_init(config);
  struct cbfs flash;
  struct cbfs_file file;
  /* Without a file system there is no payload either: payload_load says what is wrong. */
  if (!cbfs_open_mapped(&flash) && !cbfs_find(&flash, CONFIG_FILE, &file)) {
    config_parse(config, (const char *)file.data, file.length);
  }
}

u64 config_cell_memory(const struct config *config) {
  u64 sum = 0;
  for (u32 i = 1; i < config->count; i++) {
    sum += config->vm[i].memory;
  }
  return sum;
}
