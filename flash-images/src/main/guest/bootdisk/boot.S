/* Sector 0 of the default disk: says hello on serial port and screen, loads the following sectors, goes there. */
#define UART 0x3f8
#define STAGE2 0x8000

  .section .boot, "ax"
  .code16
  .globl boot_sector
boot_sector:
  cli
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x7c00, %sp
  sti
  cld
  ljmp $0, $1f
1:
  movb %dl, drive
  movw $hello, %si
  call say
  /* Extended read (INT 13h, AH=42h) where the BIOS has it; every BIOS of the last decades does. */
  movb $0x41, %ah
  movw $0x55aa, %bx
  movb drive, %dl
  int $0x13
  jc no_extensions
  cmpw $0xaa55, %bx
  jne no_extensions
  movb $0x42, %ah
  movb drive, %dl
  movw $packet, %si
  int $0x13
  jc read_error
  movb drive, %dl
  ljmp $0, $STAGE2

no_extensions:
  movw $no_extensions_text, %si
  jmp fail
read_error:
  movw $read_error_text, %si
fail:
  call say
2:
  hlt
  jmp 2b

/* Prints the text at SI to both. */
say:
  lodsb
  testb %al, %al
  jz 3f
  movb %al, %bl
  movw $(UART + 5), %dx
  movw $0xffff, %cx
4:
  inb %dx, %al
  testb $0x20, %al
  loopz 4b
  movw $UART, %dx
  movb %bl, %al
  outb %al, %dx
  movb $0x0e, %ah
  movw $7, %bx
  int $0x10
  jmp say
3:
  ret

hello:
  .asciz "bootdisk: hello from sector 0\r\n"
no_extensions_text:
  .asciz "bootdisk: ERROR no INT 13h extensions\r\n"
read_error_text:
  .asciz "bootdisk: ERROR reading the disk\r\n"
drive:
  .byte 0
  .balign 4
packet:
  .byte 16, 0
  .word stage2_sectors
  .word STAGE2, 0
  .quad 1

  .org 446                      /* partition table: empty */
  .space 64
  .word 0xaa55
