/* POST codes of the bootblock's C; docs/firmware.md says what they mean. */
#ifndef FW_BOOTBLOCK_H
#define FW_BOOTBLOCK_H

#define POST_C_ENTRY 0x22
#define POST_MMCONF 0x23
#define POST_BASES 0x24
#define POST_CONSOLE 0x25
#define POST_WATCHDOG 0x26
#define POST_MEMORY_START 0x28
#define POST_MEMORY_RCVEN 0x29
#define POST_MEMORY_WRITE_LEVELLING 0x2a
#define POST_MEMORY_READS 0x2b
#define POST_MEMORY_WRITES 0x2c
#define POST_MEMORY_CACHE 0x2d
#define POST_RAM_PROBE 0x30
#define POST_RAM_DONE 0x31
#define POST_MEMORY_CLEAR 0x32
#define POST_LOAD_RAMSTAGE 0x38
#define POST_LEAVE_CAR 0x39
#define POST_ERROR_BOARD 0xe0
#define POST_ERROR_RAM 0xe1
#define POST_ERROR_CBFS 0xe2
#define POST_ERROR_RAMSTAGE 0xe3
#define POST_ERROR_TRAINING 0xe8

#endif
