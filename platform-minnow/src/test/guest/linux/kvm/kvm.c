/*
 * Virtual machines inside a Linux guest, by KVM: each check runs a program of guest.S and compares what it made its host
 * do with what it must. One line a check, "KVM: ok ..." or "KVM: FAILED ...".
 */
#include "vm.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

extern const char real_mode[], protected_mode[], climb[], waits[], faults[], interrupt_controllers[], two_processors[],
    dirties[], triple_fault[], five_steps[];

static int failures;

static void expect(const char *name, struct vm *vm, const char *wanted) {
    size_t used = strlen(vm->record);
    if (used > 0)
        vm->record[used - 1] = 0;
    if (strcmp(vm->record, wanted) == 0) {
        printf("KVM: ok %s\n", name);
    } else {
        printf("KVM: FAILED %s: got \"%s\", expected \"%s\"\n", name, vm->record, wanted);
        failures++;
    }
    vm_destroy(vm);
}

static void real(void) {
    struct vm vm;
    vm_create(&vm, PLAIN);
    vm_real(&vm, real_mode);
    vm_run(&vm);
    expect("real mode", &vm,
           "out2 80 13ba in1 81 out1 82 5a out1 3f8 4b out1 3f8 56 out1 3f8 4d in1 3f8 in1 3f8 out2 82 5c5b "
           "out4 84 cafe1234 hlt");
}

static void protected(void) {
    struct vm vm;
    vm_create(&vm, PLAIN);
    vm_protected(&vm, protected_mode);
    vm_run(&vm);
    expect("protected mode and device accesses", &vm,
           "write4 d0000000 12345678 write2 d0000008 abcd write1 d000000d ef read4 d0000010 out4 80 5a read1 d0000014 "
           "out4 80 5b read4 d0000018 write4 d0000018 5d out4 80 31 hlt");
}

static void to_long(void) {
    struct vm vm;
    vm_create(&vm, PLAIN);
    vm_real(&vm, climb);
    vm_run(&vm);
    expect("from real mode to 64-bit mode", &vm,
           "out4 80 20 out4 80 500 write8 d0000000 1122334455667788 read8 d0000008 out4 80 5a out4 80 1a6dd2 hlt");
}

static void inject(struct vm *vm, unsigned vector) {
    struct kvm_interrupt interrupt = {.irq = vector};
    must(vm->cpu, KVM_INTERRUPT, &interrupt, "KVM_INTERRUPT");
}

/* Interrupts that the host injects: into HLT, and once the guest allows them. */
static void injection(void) {
    struct vm vm;
    vm_create(&vm, PLAIN);
    vm_long(&vm, waits);
    vm_run(&vm);
    inject(&vm, 0x40);
    vm_run(&vm);
    vm.run->request_interrupt_window = 1;
    vm_run(&vm);
    if (vm.run->ready_for_interrupt_injection)
        inject(&vm, 0x41);
    vm.run->request_interrupt_window = 0;
    vm_run(&vm);
    expect("interrupt injection and interrupt window", &vm,
           "hlt out1 90 40 out4 f4 1 out4 80 1 exit7 out1 90 41 hlt");
}

static void exceptions(void) {
    struct vm vm;
    vm_create(&vm, PLAIN);
    vm_long(&vm, faults);
    vm_run(&vm);
    expect("exceptions in the guest", &vm,
           "out1 90 0 out1 90 3 out1 90 6 out1 90 d out4 91 0 out1 90 e out4 92 200123 out4 91 2 hlt");
}

static void line(struct vm *vm, unsigned number, unsigned level) {
    struct kvm_irq_level change = {.irq = number, .level = level};
    must(vm->vm, KVM_IRQ_LINE, &change, "KVM_IRQ_LINE");
}

static void controllers(void) {
    struct vm vm;
    vm_create(&vm, IRQCHIP);
    vm_long(&vm, interrupt_controllers);
    vm_run(&vm);
    line(&vm, 5, 1);
    line(&vm, 5, 0);
    vm_run(&vm);
    expect("local APIC and I/O APIC in the kernel", &vm, "out1 80 3 out1 90 43 out1 f4 3 out1 90 45 out1 f4 3");
}

static void woken(int signal) {
    (void)signal;
}

/* A processor that waits for INIT leaves KVM_RUN with EAGAIN once it has come. */
static void *second(void *cpu) {
    while (ioctl((int)(intptr_t)cpu, KVM_RUN, 0) < 0 && errno == EAGAIN) {
    }
    return 0;
}

static void processors(void) {
    struct vm vm;
    struct kvm_run *run;
    pthread_t thread;
    vm_create(&vm, IRQCHIP);
    intptr_t cpu = vm_add_cpu(&vm, 1, &run);
    vm_long(&vm, two_processors);
    signal(SIGUSR1, woken);
    pthread_create(&thread, 0, second, (void *)cpu);
    vm_run(&vm);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, 0);
    munmap(run, vm.run_bytes);
    close((int)cpu);
    expect("two processors", &vm, "out4 f4 9c40");
}

/* KVM may count pages that were only read: those of the code and of the tables are left out. */
static void dirty_pages(void) {
    struct vm vm;
    uint64_t bits[MEMORY_BYTES / PAGE / 64] = {0};
    struct kvm_dirty_log log = {.dirty_bitmap = bits};
    vm_create(&vm, DIRTY_LOG);
    vm_long(&vm, dirties);
    must(vm.vm, KVM_GET_DIRTY_LOG, &log, "KVM_GET_DIRTY_LOG");
    memset(bits, 0, sizeof bits);
    vm_run(&vm);
    must(vm.vm, KVM_GET_DIRTY_LOG, &log, "KVM_GET_DIRTY_LOG");
    for (unsigned page = 32; page < MEMORY_BYTES / PAGE; page++)
        if (bits[page / 64] >> page % 64 & 1)
            vm_note(&vm, "page%u ", page);
    expect("dirty page log", &vm, "hlt page100 page200 page1000");
}

static void shutdown(void) {
    struct vm vm;
    vm_create(&vm, PLAIN);
    vm_long(&vm, triple_fault);
    vm_run(&vm);
    expect("triple fault", &vm, "exit8");
}

static void steps(void) {
    struct vm vm;
    struct kvm_guest_debug debug = {.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP};
    vm_create(&vm, PLAIN);
    vm_long(&vm, five_steps);
    must(vm.cpu, KVM_SET_GUEST_DEBUG, &debug, "KVM_SET_GUEST_DEBUG");
    for (int i = 0; i < 4; i++) {
        vm_run(&vm);
        vm_note(&vm, "+%llu ", (unsigned long long)(vm.run->debug.arch.pc - vm_address(five_steps)));
    }
    vm_run(&vm);
    expect("single steps", &vm, "exit4 +1 exit4 +3 exit4 +5 exit4 +6 hlt");
}

int main(void) {
    setvbuf(stdout, 0, _IOLBF, 0);
    real();
    protected();
    to_long();
    injection();
    exceptions();
    controllers();
    processors();
    dirty_pages();
    shutdown();
    steps();
    printf("KVM: failures %d\n", failures);
    return failures != 0;
}
