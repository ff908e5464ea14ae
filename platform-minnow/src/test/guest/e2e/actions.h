/*
 * What a test program does, chosen by -DACTION_...; the including file sets up the processor, a stack and .code16 or
 * .code32 before it. Addresses fit the mode because the assembler chooses operand and address sizes.
 *
 *   RESET_CHAIN   first boot: reset by port 64h, second: CF9, third: triple fault, fourth: power off
 *   RESET_ALWAYS  CF9 at every boot
 *   TRIPLE_ALWAYS triple fault at every boot
 *   POWER_OFF     ACPI S5
 *   EXIT          the value EXIT_VALUE to port F4h
 *   HALT          interrupts off, HLT
 *   SPIN          a loop without end
 *   POLL_PORT     waits for bit 1 of the 8042's status, which stays clear
 *   POLL_UNIT     waits for bit 5 of a sideband register, which stays clear; looks at a clock meanwhile
 *   FERR          division by zero with CR0.NE clear, which IRQ13 reports (boot sector only)
 *   PROGRAM_FLASH erases and programs a sector through the SPI controller (32-bit code only)
 */
#define COUNTER 0x50 /* CMOS byte that nobody else uses */
#define UART 0x3f8

.macro say text
#ifdef REAL_MODE
  movw $\text, %si
#else
  movl $\text, %esi
#endif
  call print
.endm

act:
  cld
#ifdef ON_BOARD
  /* No firmware ran: UART decode (00:1F.0 register 80h) and the ACPI block at 400h (register 40h). */
  movw $0xcf8, %dx
  movl $0x8000f880, %eax
  outl %eax, %dx
  movw $0xcfc, %dx
  movb $1, %al
  outb %al, %dx
  movw $0xcf8, %dx
  movl $0x8000f840, %eax
  outl %eax, %dx
  movw $0xcfc, %dx
  movl $0x402, %eax
  outl %eax, %dx
  movw $(UART + 3), %dx
  movb $3, %al
  outb %al, %dx
#endif
  say hello
#if defined(ACTION_RESET_CHAIN)
  movb $COUNTER, %al
  outb %al, $0x70
  inb $0x71, %al
  movb %al, %bl
  incb %al
  outb %al, $0x71
  movb %bl, %al
  addb $'0', %al
  movb %al, boot_digit
  say boot
  testb %bl, %bl
  jz reset_64
  cmpb $1, %bl
  je reset_cf9
  cmpb $2, %bl
  je triple_fault
  jmp power_off
#elif defined(ACTION_RESET_ALWAYS)
  jmp reset_cf9
#elif defined(ACTION_TRIPLE_ALWAYS)
  jmp triple_fault
#elif defined(ACTION_POWER_OFF)
  jmp power_off
#elif defined(ACTION_EXIT)
  movb $EXIT_VALUE, %al
  outb %al, $0xf4
  jmp stop
#elif defined(ACTION_HALT)
  jmp stop
#elif defined(ACTION_SPIN)
  jmp .
#elif defined(ACTION_POLL_PORT)
1:
  inb $0x64, %al
  testb $2, %al
  jz 1b
#elif defined(ACTION_POLL_UNIT)
1:
  inb $0x40, %al
  movw $0xcf8, %dx
  movl $0x800000d0, %eax
  outl %eax, %dx
  movw $0xcfc, %dx
  movl $0x060439f0, %eax
  outl %eax, %dx
  movw $0xcf8, %dx
  movl $0x800000d4, %eax
  outl %eax, %dx
  movw $0xcfc, %dx
  inl %dx, %eax
  btl $5, %eax
  jnc 1b
#elif defined(ACTION_FERR)
  jmp ferr
#elif defined(ACTION_PROGRAM_FLASH)
  jmp program_flash
#else
#error no action
#endif

stop:
  cli
  hlt
  jmp stop

reset_64:
  movb $0xfe, %al
  outb %al, $0x64
  jmp stop

reset_cf9:
  movw $0xcf9, %dx
  movb $0x02, %al
  outb %al, %dx
  movb $0x06, %al
  outb %al, %dx
  jmp stop

triple_fault:
#ifdef ON_BOARD
  lidtl no_idt
#else
  lidt no_idt
#endif
  int3
  jmp stop

power_off:
  movw $0x404, %dx
  movw $0x1c00, %ax
  outw %ax, %dx
  orw $0x2000, %ax
  outw %ax, %dx
  jmp stop

/* Text at SI or ESI to COM1. */
print:
  lodsb
  testb %al, %al
  jz 2f
  movb %al, %ah
  movw $(UART + 5), %dx
1:
  inb %dx, %al
  testb $0x20, %al
  jz 1b
  movw $UART, %dx
  movb %ah, %al
  outb %al, %dx
  jmp print
2:
  ret

#ifdef ACTION_FERR
ferr:
  cli
  movw $ferr_handler, 0x75 * 4
  movw $0, 0x75 * 4 + 2
  inb $0xa1, %al
  andb $~0x20, %al
  outb %al, $0xa1
  movl %cr0, %eax
  andl $~0x2c, %eax               /* NE, TS, EM */
  movl %eax, %cr0
  fninit
  pushw $0x37b                    /* division by zero is not masked */
  movw %sp, %bp
  fldcw (%bp)
  fld1
  fldz
  fdivrp %st, %st(1)
  sti
ferr_waits:
  fwait
  say ferr_after
  jmp power_off
ferr_handler:
  outb %al, $0xf0
  fwait                           /* nothing under IGNNE# */
  fnstsw %ax
  testb $4, %al                   /* ZE */
  jz stop
  fnclex
  movb $0x20, %al
  outb %al, $0xa0
  outb %al, $0x20
  movw %sp, %bp
  cmpw $ferr_waits, (%bp)
  jne stop
  say ferr_seen
  iret
ferr_seen:
  .asciz "guest: IRQ13 at the instruction that waits\r\n"
ferr_after:
  .asciz "guest: goes on\r\n"
#endif

#ifdef ACTION_PROGRAM_FLASH
#define SPI 0xfed01000
#define SECTOR 0x200000
program_flash:
  orl $1, SPI + 0xfc              /* BCR: write enable */
  movl $SECTOR, SPI + 0x08
  movw $0x00ff, SPI + 0x04        /* HSFS: clear what is left */
  movw $0x0007, SPI + 0x06        /* HSFC: erase 4 KiB, go */
  call spi_wait
  movl $0x6c616568, SPI + 0x10    /* "heal" */
  movl $0x0a796874, SPI + 0x14    /* "thy\n" */
  movl $(SECTOR + 0x20), SPI + 0x08
  movw $0x0705, SPI + 0x06        /* HSFC: write 8 bytes, go */
  call spi_wait
  /* Read back through the memory map. */
  movl $(0xff800000 + SECTOR + 0x20), %esi
  movl $0x7000, %edi
  movl $8, %ecx
  rep movsb
  movb $0, (%edi)
  movl $0x7000, %esi
  call print
  say programmed
  jmp power_off
spi_wait:
  movw SPI + 0x04, %ax
  testb $1, %al
  jz spi_wait
  testb $6, %al
  jnz spi_error
  movw $0x00ff, SPI + 0x04
  ret
spi_error:
  say refused
  jmp stop
programmed:
  .asciz "guest: flash programmed\r\n"
refused:
  .asciz "guest: ERROR the SPI controller refused\r\n"
#endif

hello:
  .asciz "guest: hello\r\n"
  .balign 4
no_idt:
  .word 0
  .long 0
