# The code all guest programs share: a program's Makefile sets BUILD and CFLAGS, includes this file, and links what it
# needs of $(call common_objects,lzma cbfs ...). Objects are the program's own, compiled with its flags.

COMMON_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
COMMON_HEADERS := $(wildcard $(COMMON_DIR)*.h)
CFLAGS += -I$(COMMON_DIR)
common_objects = $(patsubst %,$(BUILD)/shared/%.o,$(1))

# Half a boot's instructions are in the LZMA decoder; being small does not make up for it.
$(BUILD)/shared/lzma.o: CFLAGS += -O2

$(BUILD)/shared/%.o: $(COMMON_DIR)%.c $(COMMON_HEADERS) $(COMMON_DIR)common.mk Makefile
	@mkdir -p $(@D)
	@echo "  CC common/$(<F)"; $(CC) $(CFLAGS) -c $< -o $@
