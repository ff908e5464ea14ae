/*
 * LZMA decoder for one whole stream in memory. The output is its own dictionary, so no window is kept. Names follow
 * the LZMA specification: lc, lp, pb, rep distances, length coders, position slots.
 */
#include "decompress.h"

#define HEADER_SIZE 13
#define UNKNOWN_SIZE (~0ull)

#define PROB_BITS 11
#define PROB_HALF (1 << (PROB_BITS - 1))
#define PROB_SHIFT 5
#define NORMALIZE_BELOW (1u << 24)

#define STATES 12
#define POS_STATES_MAX 16
#define LITERAL_PROBS 0x300
#define LC_LP_MAX 4 /* what SELF images use; keeps the tables small */
#define LENGTH_STATES 4
#define MATCH_MIN 2
#define END_POS_MODEL 14
#define FULL_DISTANCES 128
#define ALIGN_BITS 4

typedef u16 prob;

struct length_coder {
  prob choice, choice2;
  prob low[POS_STATES_MAX][8];
  prob middle[POS_STATES_MAX][8];
  prob high[256];
};

struct model {
  prob is_match[STATES][POS_STATES_MAX];
  prob is_rep[STATES], is_rep0[STATES], is_rep1[STATES], is_rep2[STATES];
  prob is_rep0_long[STATES][POS_STATES_MAX];
  prob slot[LENGTH_STATES][64];
  prob special[FULL_DISTANCES];
  prob align[1 << ALIGN_BITS];
  struct length_coder match_length, rep_length;
  prob literal[LITERAL_PROBS << LC_LP_MAX];
};

struct decoder {
  const u8 *in, *in_end;
  u8 *start, *out, *out_end;
  u32 range, code;
  u32 state;
  u32 rep[4];
  u32 lc, lp_mask, pb_mask;
  bool error;
};

static struct model model;

static u8 next_byte(struct decoder *d) {
  if (d->in == d->in_end) {
    d->error = true;
    return 0;
  }
  return *d->in++;
}

static inline void normalize(struct decoder *d) {
  if (d->range < NORMALIZE_BELOW) {
    d->range <<= 8;
    d->code = d->code << 8 | next_byte(d);
  }
}

static inline u32 bit(struct decoder *d, prob *p) {
  normalize(d);
  u32 bound = (d->range >> PROB_BITS) * *p;
  if (d->code < bound) {
    d->range = bound;
    *p = (prob)(*p + (((1 << PROB_BITS) - *p) >> PROB_SHIFT));
    return 0;
  }
  d->range -= bound;
  d->code -= bound;
  *p = (prob)(*p - (*p >> PROB_SHIFT));
  return 1;
}

static u32 direct_bits(struct decoder *d, u32 count) {
  u32 value = 0;
  while (count--) {
    normalize(d);
    d->range >>= 1;
    u32 one = d->code >= d->range;
    if (one) {
      d->code -= d->range;
    }
    value = value << 1 | one;
  }
  return value;
}

static u32 tree(struct decoder *d, prob *probs, u32 bits) {
  u32 node = 1;
  for (u32 i = 0; i < bits; i++) {
    node = node << 1 | bit(d, &probs[node]);
  }
  return node - (1u << bits);
}

static u32 reverse_tree(struct decoder *d, prob *probs, u32 bits) {
  u32 node = 1;
  u32 value = 0;
  for (u32 i = 0; i < bits; i++) {
    u32 b = bit(d, &probs[node]);
    node = node << 1 | b;
    value |= b << i;
  }
  return value;
}

static u32 length(struct decoder *d, struct length_coder *coder, u32 pos_state) {
  if (!bit(d, &coder->choice)) {
    return tree(d, coder->low[pos_state], 3);
  }
  if (!bit(d, &coder->choice2)) {
    return 8 + tree(d, coder->middle[pos_state], 3);
  }
  return 16 + tree(d, coder->high, 8);
}

static u32 distance(struct decoder *d, u32 match_length) {
  u32 length_state = match_length < LENGTH_STATES ? match_length : LENGTH_STATES - 1;
  u32 slot = tree(d, model.slot[length_state], 6);
  if (slot < 4) {
    return slot;
  }
  u32 direct = (slot >> 1) - 1;
  u32 base = (2 | (slot & 1)) << direct;
  if (slot < END_POS_MODEL) {
    return base + reverse_tree(d, model.special + base - slot, direct);
  }
  u32 high = direct_bits(d, direct - ALIGN_BITS) << ALIGN_BITS;
  return base + high + reverse_tree(d, model.align, ALIGN_BITS);
}

static void literal(struct decoder *d) {
  u64 position = (u64)(d->out - d->start);
  u32 previous = position ? d->out[-1] : 0;
  u32 context = (((u32)position & d->lp_mask) << d->lc) + (previous >> (8 - d->lc));
  prob *probs = model.literal + LITERAL_PROBS * context;
  u32 symbol = 1;
  if (d->state >= 7) {
    u32 match = d->out[-(int64_t)d->rep[0] - 1];
    while (symbol < 0x100) {
      u32 match_bit = match >> 7 & 1;
      match <<= 1;
      u32 b = bit(d, &probs[((1 + match_bit) << 8) + symbol]);
      symbol = symbol << 1 | b;
      if (match_bit != b) {
        break;
      }
    }
  }
  while (symbol < 0x100) {
    symbol = symbol << 1 | bit(d, &probs[symbol]);
  }
  *d->out++ = (u8)symbol;
  d->state = d->state < 4 ? 0 : d->state < 10 ? d->state - 3 : d->state - 6;
}

static bool distance_valid(const struct decoder *d) { return d->rep[0] < (u64)(d->out - d->start); }

static void copy_match(struct decoder *d, u32 count) {
  if (!distance_valid(d) || count > (u64)(d->out_end - d->out)) {
    d->error = true;
    return;
  }
  for (; count; count--, d->out++) {
    *d->out = d->out[-(int64_t)d->rep[0] - 1];
  }
}

/* Moves the chosen one of the last four distances to the front. */
static void choose_rep(struct decoder *d) {
  u32 index = !bit(d, &model.is_rep1[d->state]) ? 1 : !bit(d, &model.is_rep2[d->state]) ? 2 : 3;
  u32 chosen = d->rep[index];
  for (; index; index--) {
    d->rep[index] = d->rep[index - 1];
  }
  d->rep[0] = chosen;
}

static void rep_match(struct decoder *d, u32 pos_state) {
  if (bit(d, &model.is_rep0[d->state])) {
    choose_rep(d);
  } else if (!bit(d, &model.is_rep0_long[d->state][pos_state])) {
    d->state = d->state < 7 ? 9 : 11;
    copy_match(d, 1);
    return;
  }
  u32 count = length(d, &model.rep_length, pos_state) + MATCH_MIN;
  d->state = d->state < 7 ? 8 : 11;
  copy_match(d, count);
}

/* True when it was the end marker. */
static bool new_match(struct decoder *d, u32 pos_state) {
  d->rep[3] = d->rep[2];
  d->rep[2] = d->rep[1];
  d->rep[1] = d->rep[0];
  u32 count = length(d, &model.match_length, pos_state);
  d->rep[0] = distance(d, count);
  d->state = d->state < 7 ? 7 : 10;
  if (d->rep[0] == 0xFFFFFFFF) {
    return true;
  }
  copy_match(d, count + MATCH_MIN);
  return false;
}

/* One literal or match where at least one byte of room is left; true at the end marker. */
static bool step(struct decoder *d) {
  u32 pos_state = (u32)(d->out - d->start) & d->pb_mask;
  if (!bit(d, &model.is_match[d->state][pos_state])) {
    if (d->state >= 7 && !distance_valid(d)) {
      d->error = true;
      return false;
    }
    literal(d);
    return false;
  }
  if (!bit(d, &model.is_rep[d->state])) {
    return new_match(d, pos_state);
  }
  rep_match(d, pos_state);
  return false;
}

static bool read_header(struct decoder *d, const u8 *from, u64 *size) {
  u32 properties = from[0];
  d->lc = properties % 9;
  u32 lp = properties / 9 % 5;
  u32 pb = properties / 45;
  *size = 0;
  for (u32 i = 0; i < 8; i++) {
    *size |= (u64)from[5 + i] << 8 * i;
  }
  d->lp_mask = (1u << lp) - 1;
  d->pb_mask = (1u << pb) - 1;
  return pb <= 4 && d->lc + lp <= LC_LP_MAX;
}

static bool start_range_coder(struct decoder *d) {
  d->range = 0xFFFFFFFF;
  u8 first = next_byte(d);
  for (u32 i = 0; i < 4; i++) {
    d->code = d->code << 8 | next_byte(d);
  }
  return first == 0 && !d->error;
}

/* The buffer is full: true when the end marker follows; everything else would leave the buffer. */
static bool only_marker_follows(struct decoder *d) {
  u32 pos_state = (u32)(d->out - d->start) & d->pb_mask;
  if (!bit(d, &model.is_match[d->state][pos_state]) || bit(d, &model.is_rep[d->state])) {
    return false;
  }
  return new_match(d, pos_state);
}

/* A stream that ends as its encoder left it ends with code 0: the check that damage in the middle fails. */
static bool ends_well(struct decoder *d) {
  normalize(d);
  return d->code == 0 && !d->error;
}

static bool decode(struct decoder *d, bool size_known) {
  while (!d->error && d->out < d->out_end) {
    if (step(d)) {
      return !size_known && ends_well(d);
    }
  }
  return !d->error && ((size_known && ends_well(d)) || (only_marker_follows(d) && ends_well(d)));
}

u64 lzma_unpack(u8 *to, u64 room, const u8 *from, u64 from_length) {
  struct decoder d = {.in = from + HEADER_SIZE, .in_end = from + from_length, .start = to, .out = to};
  u64 size;
  if (from_length < HEADER_SIZE + 5 || !read_header(&d, from, &size) || (size != UNKNOWN_SIZE && size > room)) {
    return DECOMPRESS_ERROR;
  }
  d.out_end = to + (size == UNKNOWN_SIZE ? room : size);
  prob *probs = (prob *)&model;
  for (u64 i = 0; i < sizeof(model) / sizeof(prob); i++) {
    probs[i] = PROB_HALF;
  }
  bool good = start_range_coder(&d) && decode(&d, size != UNKNOWN_SIZE);
  return good ? (u64)(d.out - to) : DECOMPRESS_ERROR;
}
