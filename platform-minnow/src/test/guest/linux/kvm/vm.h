/* A virtual machine of KVM's and the record of what it made its host do. */
#ifndef VM_H
#define VM_H

#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>

enum { MEMORY_BYTES = 4 << 20, PAGE = 4096, RECORD_BYTES = 2048 };

struct vm {
    int kvm;
    int vm;
    int cpu;
    struct kvm_run *run;
    size_t run_bytes;
    uint8_t *memory;
    uint64_t input;            /* what the next reads from ports and devices give, plus one each time */
    char record[RECORD_BYTES]; /* the exits as text, separated by blanks */
};

/* Features of a machine. */
enum { PLAIN = 0, IRQCHIP = 1, DIRTY_LOG = 2 };

/* Makes a machine with the guest's code in memory and one processor. */
void vm_create(struct vm *vm, int features);
void vm_destroy(struct vm *vm);

/* One more processor: its file descriptor and its shared page. */
int vm_add_cpu(struct vm *vm, int number, struct kvm_run **run);

/* Starts processor 0 in real mode, flat protected mode or 64-bit mode at a label of guest.S. */
void vm_real(struct vm *vm, const char *label);
void vm_protected(struct vm *vm, const char *label);
void vm_long(struct vm *vm, const char *label);

/* Guest address of a label. */
uint64_t vm_address(const char *label);

/*
 * Runs processor 0 until an exit that is no access to a port or device, records all, and gives the reason. An OUT to
 * port F4h ends it too, with KVM_EXIT_IO.
 */
int vm_run(struct vm *vm);

/* ioctl that ends the program with a message when it fails. */
int must(int fd, unsigned long request, void *argument, const char *what);
void die(const char *what);
void vm_note(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

extern const char guest_image[], guest_image_end[];

#endif
