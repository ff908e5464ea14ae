#include "segments.h"

#include "vmcs_field.h"

/* Distance between the fields of ES, CS, SS, DS, FS, GS, LDTR and TR. */
#define NEXT_SEGMENT 2
#define RIGHTS_UNUSABLE 0x10000
#define RIGHTS_LDT 0x82
#define RIGHTS_BUSY_TSS 0x8B
/*
 * INIT leaves CS like the others: present, read/write, accessed (SDM volume 3 table 9-1). VM entry takes that for CS
 * from an unrestricted guest (26.3.1.2), which this hypervisor insists on.
 */
#define RIGHTS_REAL 0x93
#define RIGHTS_FLAT_CODE 0xC09B
#define RIGHTS_FLAT_DATA 0xC093

/* segment counts ES, CS, SS, DS, FS, GS, LDTR, TR. */
static void set_segment(u32 segment, u16 selector, u64 base, u32 limit, u32 rights) {
  u32 offset = segment * NEXT_SEGMENT;
  vmwrite(GUEST_ES + offset, selector);
  vmwrite(GUEST_ES_BASE + offset, base);
  vmwrite(GUEST_ES_LIMIT + offset, limit);
  vmwrite(GUEST_ES_RIGHTS + offset, rights);
}

void segments_reset(void) {
  for (u32 segment = 0; segment < 6; segment++) {
    set_segment(segment, 0, 0, 0xFFFF, RIGHTS_REAL);
  }
  set_segment(1, 0xF000, 0xFFFF0000, 0xFFFF, RIGHTS_REAL);
  set_segment(6, 0, 0, 0xFFFF, RIGHTS_LDT);
  set_segment(7, 0, 0, 0xFFFF, RIGHTS_BUSY_TSS);
}

void segments_flat32(void) {
  for (u32 segment = 0; segment < 6; segment++) {
    set_segment(segment, 0x18, 0, 0xFFFFFFFF, RIGHTS_FLAT_DATA);
  }
  set_segment(1, 0x10, 0, 0xFFFFFFFF, RIGHTS_FLAT_CODE);
  set_segment(6, 0, 0, 0, RIGHTS_UNUSABLE);
}
