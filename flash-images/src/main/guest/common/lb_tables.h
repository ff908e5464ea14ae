/* Constants of the coreboot tables ("LBIO"): record tags and types of memory ranges. */
#ifndef GUEST_LB_TABLES_H
#define GUEST_LB_TABLES_H

#define LB_TAG_MEMORY 0x01
#define LB_TAG_MAINBOARD 0x03
#define LB_TAG_VERSION 0x04
#define LB_TAG_BUILD 0x06
#define LB_TAG_SERIAL 0x0f
#define LB_TAG_CONSOLE 0x10
#define LB_TAG_FORWARD 0x11
#define LB_TAG_TIMESTAMPS 0x16
#define LB_TAG_CBMEM_CONSOLE 0x17
#define LB_TAG_BOOT_MEDIA 0x30
#define LB_TAG_CBMEM_ENTRY 0x31
#define LB_TAG_TSC_INFO 0x32
#define LB_TAG_ACPI_RSDP 0x43

#define LB_MEM_RAM 1
#define LB_MEM_RESERVED 2
#define LB_MEM_TABLE 16

#endif
