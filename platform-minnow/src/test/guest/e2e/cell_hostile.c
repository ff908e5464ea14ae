/*
 * A cell that touches everything it can name: all ports in all sizes, MSRs, physical memory of others, all processors
 * by its local APIC, hypercalls for others, VMX. What it may have reached is seen from outside (cell_watch.c).
 */
#include "cells.h"

#define OWN_MEMORY 0x400000u
#define APIC 0xFEE00000u
#define ICR_LOW (APIC + 0x300)
#define ICR_HIGH (APIC + 0x310)

static bool serial(u32 port) { return port + 3 >= UART && port < UART + 8; }

static u32 sweep_ports(void) {
  u32 answers = 0;
  for (u32 port = 0; port < 0x10000; port++) {
    if (serial(port)) {
      continue;
    }
    outb((u16)port, 0x5A);
    answers += inb((u16)port) != 0xFF;
    if (port < 0x1000 && port % 4 == 0) {
      outw((u16)port, 0x5A5A);
      outl((u16)port, 0x5A5A5A5A);
      answers += inw((u16)port) != 0xFFFF;
      answers += inl((u16)port) != 0xFFFFFFFF;
    }
  }
  return answers;
}

/* Registers of this cell's own: writing rubbish there would end the cell, and reach nobody else. */
static bool own_msr(u32 msr) {
  return (msr >= 0x174 && msr <= 0x176) || msr == 0x277 || (msr >= 0xC0000080 && msr <= 0xC0000103);
}

static void write_msr(u32 msr) {
  __asm__ volatile("wrmsr" : : "c"(msr), "a"(0x5A5A5A5A), "d"(0x5A5A5A5A));
}

static u32 sweep_msrs(void) {
  static const u32 first[] = {0, 0xC0000000, 0x40000000, 0xC0010000};
  u32 written = 0;
  skip = 2;
  for (u32 part = 0; part < 4; part++) {
    for (u32 msr = first[part]; msr < first[part] + 0x2000; msr++) {
      u32 before = faults;
      if (!own_msr(msr)) {
        write_msr(msr);
        written += faults == before;
      }
      u32 low, high;
      __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    }
  }
  return written;
}

static u32 touch(u32 at) {
  write32(at, 0x5A5A5A5A);
  return read32(at) != 0xFFFFFFFF;
}

static u32 sweep_memory(void) {
  u32 answers = 0;
  for (u32 at = OWN_MEMORY; at < 0xFE000000u; at += 0x80000) {
    answers += touch(at);
  }
  for (u32 at = 0xFE000000u; at >= 0xFE000000u; at += 0x4000) {
    answers += at >> 12 == APIC >> 12 ? 0 : touch(at);
  }
  return answers;
}

static void send(u32 target, u32 command) {
  write32(ICR_HIGH, target << 24);
  write32(ICR_LOW, command);
}

/* INIT, start-up at 8000h, NMI, SMI and a fixed interrupt to every processor but this one. */
static void send_to_all(void) {
  static const u32 commands[] = {0x4500, 0x4608, 0x4400, 0x4200, 0x4040};
  for (u32 target = 0; target < 4; target += 2) { /* its own is 4 */
    for (u32 i = 0; i < 5; i++) {
      send(target, commands[i]);
      send(0, commands[i] | 0xC0000);
    }
  }
}

static u32 call_for_others(void) {
  u32 granted = 0;
  for (u32 index = 0; index < 8; index++) {
    granted += index != 2 && vm_restart(index) == 0;
  }
  return granted;
}

static void try_vmx(void) {
  u64 pointer = 0;
  skip = 4;
  __asm__ volatile(".byte 0xF3, 0x0F, 0xC7, 0x30" : : "a"(&pointer)); /* vmxon (%eax) */
  skip = 3;
  __asm__ volatile("vmxoff");
  __asm__ volatile("vmlaunch");
}

void program(void) {
  skip_faults();
  say("sweeping\r\n");
  say_line("ports that answered: ", sweep_ports());
  say_line("MSRs written: ", sweep_msrs());
  say_line("addresses that answered: ", sweep_memory());
  send_to_all();
  say_line("calls granted: ", call_for_others());
  try_vmx();
  say_line("swept, exceptions: ", faults);
}
