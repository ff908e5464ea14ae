#ifndef HV_VERSION_H
#define HV_VERSION_H

/* 16.16: printed at the start, CPUID leaf 40000001h EAX, VMCALL leaf 0. */
#define HV_VERSION 0x00010000u

#endif
