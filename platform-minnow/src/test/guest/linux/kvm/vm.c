#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CODE = 0x1000, STACK = 0x8000, TABLES = 0x10000, TSS_PAGES = 0xFFFBD000, IDENTITY_PAGE = 0xFFFBC000 };

void die(const char *what) {
    printf("KVM: FAILED %s: %s\n", what, strerror(errno));
    exit(1);
}

int must(int fd, unsigned long request, void *argument, const char *what) {
    int result = ioctl(fd, request, argument);
    if (result < 0)
        die(what);
    return result;
}

void vm_note(struct vm *vm, const char *format, ...) {
    size_t used = strlen(vm->record);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(vm->record + used, RECORD_BYTES - used, format, arguments);
    va_end(arguments);
}

uint64_t vm_address(const char *label) {
    return (uint64_t)(label - guest_image) + CODE;
}

static void give_memory(struct vm *vm, int features) {
    vm->memory = mmap(0, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (vm->memory == MAP_FAILED)
        die("memory");
    struct kvm_userspace_memory_region region = {
        .flags = features & DIRTY_LOG ? KVM_MEM_LOG_DIRTY_PAGES : 0,
        .memory_size = MEMORY_BYTES,
        .userspace_addr = (uintptr_t)vm->memory,
    };
    must(vm->vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
    memcpy(vm->memory + CODE, guest_image, (size_t)(guest_image_end - guest_image));
}

static void tell_cpuid(struct vm *vm, int cpu) {
    static struct {
        struct kvm_cpuid2 head;
        struct kvm_cpuid_entry2 entries[100];
    } table;
    table.head.nent = 100;
    must(vm->kvm, KVM_GET_SUPPORTED_CPUID, &table, "KVM_GET_SUPPORTED_CPUID");
    must(cpu, KVM_SET_CPUID2, &table, "KVM_SET_CPUID2");
}

int vm_add_cpu(struct vm *vm, int number, struct kvm_run **run) {
    int cpu = must(vm->vm, KVM_CREATE_VCPU, (void *)(intptr_t)number, "KVM_CREATE_VCPU");
    *run = mmap(0, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    if (*run == MAP_FAILED)
        die("kvm_run");
    tell_cpuid(vm, cpu);
    return cpu;
}

void vm_create(struct vm *vm, int features) {
    memset(vm, 0, sizeof *vm);
    vm->input = 0x5A;
    vm->kvm = open("/dev/kvm", O_RDWR);
    if (vm->kvm < 0)
        die("/dev/kvm");
    if (must(vm->kvm, KVM_GET_API_VERSION, 0, "KVM_GET_API_VERSION") != 12)
        die("API version");
    vm->vm = must(vm->kvm, KVM_CREATE_VM, 0, "KVM_CREATE_VM");
    uint64_t identity = IDENTITY_PAGE;
    must(vm->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity, "KVM_SET_IDENTITY_MAP_ADDR");
    must(vm->vm, KVM_SET_TSS_ADDR, (void *)(uintptr_t)TSS_PAGES, "KVM_SET_TSS_ADDR");
    if (features & IRQCHIP)
        must(vm->vm, KVM_CREATE_IRQCHIP, 0, "KVM_CREATE_IRQCHIP");
    give_memory(vm, features);
    vm->run_bytes = (size_t)must(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0, "KVM_GET_VCPU_MMAP_SIZE");
    vm->cpu = vm_add_cpu(vm, 0, &vm->run);
}

void vm_destroy(struct vm *vm) {
    munmap(vm->run, vm->run_bytes);
    close(vm->cpu);
    close(vm->vm);
    close(vm->kvm);
    munmap(vm->memory, MEMORY_BYTES);
}

static void start_at(struct vm *vm, const char *label) {
    struct kvm_regs registers = {.rip = vm_address(label), .rsp = STACK, .rflags = 2};
    must(vm->cpu, KVM_SET_REGS, &registers, "KVM_SET_REGS");
}

void vm_real(struct vm *vm, const char *label) {
    struct kvm_sregs special;
    must(vm->cpu, KVM_GET_SREGS, &special, "KVM_GET_SREGS");
    special.cs.base = 0;
    special.cs.selector = 0;
    must(vm->cpu, KVM_SET_SREGS, &special, "KVM_SET_SREGS");
    start_at(vm, label);
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, int wide) {
    return (struct kvm_segment){
        .limit = 0xFFFFFFFF, .selector = selector, .type = type, .present = 1, .s = 1, .g = 1, .db = !wide, .l = wide,
    };
}

static void flat(struct kvm_sregs *special, int wide) {
    special->cs = segment(8, 11, wide);
    special->ds = special->es = special->fs = special->gs = special->ss = segment(16, 3, 0);
    special->cr0 |= 1;
}

void vm_protected(struct vm *vm, const char *label) {
    struct kvm_sregs special;
    must(vm->cpu, KVM_GET_SREGS, &special, "KVM_GET_SREGS");
    flat(&special, 0);
    must(vm->cpu, KVM_SET_SREGS, &special, "KVM_SET_SREGS");
    start_at(vm, label);
}

/* 4 GiB one to one in 2-MByte pages. */
static void map_all(struct vm *vm) {
    uint64_t *tables = (uint64_t *)(vm->memory + TABLES);
    tables[0] = TABLES + PAGE + 7;
    for (int i = 0; i < 4; i++)
        tables[512 + i] = TABLES + PAGE * (2 + (uint64_t)i) + 7;
    for (uint64_t i = 0; i < 2048; i++)
        tables[1024 + i] = (i << 21) + 0x87;
}

void vm_long(struct vm *vm, const char *label) {
    struct kvm_sregs special;
    map_all(vm);
    must(vm->cpu, KVM_GET_SREGS, &special, "KVM_GET_SREGS");
    flat(&special, 1);
    special.cr3 = TABLES;
    special.cr4 = 0x620; /* PAE, OSFXSR, OSXMMEXCPT */
    special.efer = 0x500;
    special.cr0 = 0x80000033; /* PG, NE, ET, MP, PE */
    must(vm->cpu, KVM_SET_SREGS, &special, "KVM_SET_SREGS");
    start_at(vm, label);
}

static uint64_t number(const void *bytes, size_t size) {
    uint64_t value = 0;
    memcpy(&value, bytes, size);
    return value;
}

/* An access to ports; gives the port of the last OUT, or -1. */
static int port(struct vm *vm) {
    uint8_t *data = (uint8_t *)vm->run + vm->run->io.data_offset;
    int out = vm->run->io.direction == KVM_EXIT_IO_OUT;
    for (uint32_t i = 0; i < vm->run->io.count; i++, data += vm->run->io.size) {
        if (out) {
            vm_note(vm, "out%u %x %llx ", vm->run->io.size, vm->run->io.port,
                    (unsigned long long)number(data, vm->run->io.size));
        } else {
            memcpy(data, &vm->input, vm->run->io.size);
            vm->input++;
            vm_note(vm, "in%u %x ", vm->run->io.size, vm->run->io.port);
        }
    }
    return out ? vm->run->io.port : -1;
}

static void device(struct vm *vm) {
    if (vm->run->mmio.is_write) {
        vm_note(vm, "write%u %llx %llx ", vm->run->mmio.len, (unsigned long long)vm->run->mmio.phys_addr,
                (unsigned long long)number(vm->run->mmio.data, vm->run->mmio.len));
        return;
    }
    memcpy(vm->run->mmio.data, &vm->input, vm->run->mmio.len);
    vm->input++;
    vm_note(vm, "read%u %llx ", vm->run->mmio.len, (unsigned long long)vm->run->mmio.phys_addr);
}

/* Any other end; true when the caller has to decide. */
static void other(struct vm *vm) {
    struct kvm_regs registers;
    must(vm->cpu, KVM_GET_REGS, &registers, "KVM_GET_REGS");
    if (vm->run->exit_reason == KVM_EXIT_HLT)
        vm_note(vm, "hlt ");
    else
        vm_note(vm, "exit%u ", vm->run->exit_reason);
    if (vm->run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
        vm_note(vm, "(suberror %u at %llx) ", vm->run->internal.suberror, (unsigned long long)registers.rip);
    if (vm->run->exit_reason == KVM_EXIT_FAIL_ENTRY)
        vm_note(vm, "(%llx) ", (unsigned long long)vm->run->fail_entry.hardware_entry_failure_reason);
}

int vm_run(struct vm *vm) {
    for (int exits = 0; exits < 1000; exits++) {
        if (ioctl(vm->cpu, KVM_RUN, 0) < 0)
            die("KVM_RUN");
        if (vm->run->exit_reason == KVM_EXIT_MMIO) {
            device(vm);
        } else if (vm->run->exit_reason == KVM_EXIT_IO) {
            if (port(vm) == 0xF4)
                return KVM_EXIT_IO;
        } else {
            other(vm);
            return (int)vm->run->exit_reason;
        }
    }
    vm_note(vm, "endless ");
    return -1;
}
