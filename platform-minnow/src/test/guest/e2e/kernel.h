/* Output and the end, for the small kernels of the direct start. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* Where text goes: the serial port, or -DOUTPUT=0xe9. */
#ifndef OUTPUT
#define OUTPUT 0x3f8
#endif

static inline void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void outw(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }

static void text(const char *t) {
  while (*t) {
    outb(OUTPUT, (u8)*t++);
  }
}

static void hex(u64 value) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    if (value >> shift || shift == 0) {
      outb(OUTPUT, (u8) "0123456789abcdef"[value >> shift & 15]);
    }
  }
}

static void field(const char *name, u64 value) {
  text(name);
  hex(value);
}

static void power_off(void) {
  outw(0x404, 0x3c00);
  for (;;) {
    __asm__ volatile("cli; hlt");
  }
}
