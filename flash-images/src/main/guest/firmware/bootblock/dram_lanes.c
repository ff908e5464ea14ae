#include "dram_lanes.h"

#include "sideband.h"

#define BLOCK 0x800
#define ECC_LANE 8
#define ECC_BLOCK 0x3800

/* Registers of a block, which has two lanes: B0, even, and B1. */
#define B0VREFCTL 0x14
#define B1VREFCTL 0x24
#define DQTRAINSTS 0x34
#define B1DLLPICODER0 0x38
#define B0DLLPICODER0 0x3c
#define B1RXDQSPICODE 0x58
#define B0RXDQSPICODE 0x5c
#define B01PTRCTL0 0x70

#define HALF_CLOCK 64
#define BLOCK_REGISTERS 32 /* as far as they are used here */

static u32 is_b1(u32 lane) { return (lane & 1) | (lane == ECC_LANE); }

/* The four data blocks are 0, 800, 1000 and 1800. */
static u32 block_of(u32 lane) { return lane == ECC_LANE ? ECC_BLOCK : lane / 2 * BLOCK; }

/* What the delay registers hold, so that a step costs a message only where it changes something. */
static struct {
  u32 value;
  bool known;
} shadow[(LANES + 1) / 2][BLOCK_REGISTERS];

static void set_field(u32 lane, u32 reg, u32 shift, u32 mask, u32 value) {
  u32 at = block_of(lane) + reg;
  u32 *held = &shadow[lane / 2][reg / 4].value;
  bool *known = &shadow[lane / 2][reg / 4].known;
  if (!*known) {
    *held = sideband_read(DDRPHY, at);
    *known = true;
  }
  u32 wanted = (*held & ~(mask << shift)) | (value & mask) << shift;
  if (wanted != *held) {
    *held = wanted;
    sideband_write(DDRPHY, at, wanted);
  }
}

/* Half clocks are in the block's pointer register, the rest in the lane's own. */
static void set_delay(u32 lane, u32 index, u32 pi) {
  u32 b1 = is_b1(lane);
  set_field(lane, B01PTRCTL0, 8 - 4 * index + 12 * b1, 0xf, pi / HALF_CLOCK);
  set_field(lane, b1 ? B1DLLPICODER0 : B0DLLPICODER0, 24 - 8 * index, 0x3f, pi % HALF_CLOCK);
}

void lane_set(u32 lane, enum knob knob, s32 value) {
  u32 b1 = is_b1(lane);
  switch (knob) {
    case RDQS:
      set_field(lane, b1 ? B1RXDQSPICODE : B0RXDQSPICODE, 0, 0x7f, (u32)value);
      break;
    case VREF: /* from 20 on codes count downwards from -1 */
      set_field(lane, b1 ? B1VREFCTL : B0VREFCTL, 8, 0x3f, (u32)(value < 0 ? 0x1f - value : value));
      break;
    default:
      set_delay(lane, knob, (u32)value);
  }
}

/* Bit `bit` of a block's status is B1's, the one above is B0's. */
static u32 levels(u32 bit) {
  u32 result = 0;
  for (u32 lane = 0; lane < LANES; lane += 2) {
    u32 status = sideband_read(DDRPHY, block_of(lane) + DQTRAINSTS) >> bit;
    result |= (lane == ECC_LANE ? status & 1 : (status >> 1 & 1) | (status & 1) << 1) << lane;
  }
  return result;
}

u32 lanes_strobe_levels(void) { return levels(0); }
u32 lanes_clock_levels(void) { return levels(8); }
