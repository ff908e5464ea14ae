/* A writer for the few ACPI Machine Language constructs the DSDT needs (ACPI specification, chapter 20). */
#ifndef FW_AML_H
#define FW_AML_H

#include "bytes.h"

/* Blocks: the return value of an open call goes to aml_close, which fills in the length. */
u32 aml_scope(struct bytes *b, const char *name);
u32 aml_device(struct bytes *b, const char *name);
u32 aml_method(struct bytes *b, const char *name, u32 arguments);
u32 aml_package(struct bytes *b, u32 elements);
u32 aml_if_local(struct bytes *b, const char *name);
void aml_close(struct bytes *b, u32 block);

/* Name(name, ...): the value follows. */
void aml_name(struct bytes *b, const char *name);
void aml_integer(struct bytes *b, u32 value);
void aml_eisa_id(struct bytes *b, const char *id);
void aml_name_integer(struct bytes *b, const char *name, u32 value);
void aml_name_eisa_id(struct bytes *b, const char *name, const char *id);
void aml_return_name(struct bytes *b, const char *name);
void aml_store_argument(struct bytes *b, const char *name);
void aml_processor(struct bytes *b, const char *name, u32 id);

/* Buffer with resource descriptors between open and close. */
u32 aml_resources(struct bytes *b);
void aml_close_resources(struct bytes *b, u32 block);
void aml_resource_io(struct bytes *b, u32 base, u32 length);
void aml_resource_irq(struct bytes *b, u32 irq);
void aml_resource_fixed_memory(struct bytes *b, u32 base, u32 length);
void aml_resource_bus_window(struct bytes *b, u32 first, u32 last);
void aml_resource_io_window(struct bytes *b, u32 first, u32 last);
void aml_resource_memory_window(struct bytes *b, u32 first, u32 last);

#endif
