/*
 * LZMA decoder written from the format's description. Output memory doubles as the dictionary, so nothing is copied
 * twice. Every input byte and every output byte is checked: a damaged file ends in an error code, never in a stray write.
 */
#include "lzma.h"

#define STATES 12
#define POS_STATES_MAX 16
#define LEN_TREE_HIGH 256

/* Layout of the probability array. */
enum {
  P_IS_MATCH = 0,
  P_IS_REP = P_IS_MATCH + STATES * POS_STATES_MAX,
  P_IS_REP_G0 = P_IS_REP + STATES,
  P_IS_REP_G1 = P_IS_REP_G0 + STATES,
  P_IS_REP_G2 = P_IS_REP_G1 + STATES,
  P_IS_REP0_LONG = P_IS_REP_G2 + STATES,
  P_POS_SLOT = P_IS_REP0_LONG + STATES * POS_STATES_MAX,
  P_POS_SPECIAL = P_POS_SLOT + 4 * 64,
  P_ALIGN = P_POS_SPECIAL + 115,
  P_LEN = P_ALIGN + 16,
  LEN_CHOICE = 0,
  LEN_CHOICE2 = 1,
  LEN_LOW = 2,
  LEN_MID = LEN_LOW + POS_STATES_MAX * 8,
  LEN_HIGH = LEN_MID + POS_STATES_MAX * 8,
  LEN_PROBS = LEN_HIGH + LEN_TREE_HIGH,
  P_REP_LEN = P_LEN + LEN_PROBS,
  P_LITERAL = P_REP_LEN + LEN_PROBS,
};

_Static_assert(P_LITERAL <= LZMA_FIXED_PROBS, "the fixed part of the model fits the room the header promises");

struct decoder {
  const u8 *in;
  const u8 *in_end;
  u8 *out;
  usize out_at;
  usize out_room;
  u16 *probs;
  u32 range;
  u32 code;
  u32 lc;
  u32 lp_mask;
  u32 pb_mask;
  u32 starved; /* input ended: all further bits are worthless */
};

static u8 next_byte(struct decoder *d) {
  if (d->in == d->in_end) {
    d->starved = 1;
    return 0;
  }
  return *d->in++;
}

static void normalize(struct decoder *d) {
  if (d->range < 1u << 24) {
    d->range <<= 8;
    d->code = d->code << 8 | next_byte(d);
  }
}

static u32 bit(struct decoder *d, u16 *prob) {
  normalize(d);
  u32 p = *prob;
  u32 bound = (d->range >> 11) * p;
  if (d->code < bound) {
    d->range = bound;
    *prob = (u16)(p + ((2048 - p) >> 5));
    return 0;
  }
  d->range -= bound;
  d->code -= bound;
  *prob = (u16)(p - (p >> 5));
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

static u32 tree(struct decoder *d, u16 *probs, u32 bits) {
  u32 node = 1;
  for (u32 i = 0; i < bits; i++) {
    node = node << 1 | bit(d, probs + node);
  }
  return node - (1u << bits);
}

static u32 reverse_tree(struct decoder *d, u16 *probs, u32 bits) {
  u32 node = 1;
  u32 value = 0;
  for (u32 i = 0; i < bits; i++) {
    u32 b = bit(d, probs + node);
    node = node << 1 | b;
    value |= b << i;
  }
  return value;
}

static u32 length(struct decoder *d, u16 *probs, u32 pos_state) {
  if (!bit(d, probs + LEN_CHOICE)) {
    return 2 + tree(d, probs + LEN_LOW + pos_state * 8, 3);
  }
  if (!bit(d, probs + LEN_CHOICE2)) {
    return 10 + tree(d, probs + LEN_MID + pos_state * 8, 3);
  }
  return 18 + tree(d, probs + LEN_HIGH, 8);
}

static u32 distance(struct decoder *d, u32 len) {
  u32 len_state = len - 2 < 3 ? len - 2 : 3;
  u32 slot = tree(d, d->probs + P_POS_SLOT + len_state * 64, 6);
  if (slot < 4) {
    return slot;
  }
  u32 extra = (slot >> 1) - 1;
  u32 base = (2 | (slot & 1)) << extra;
  if (slot < 14) {
    return base + reverse_tree(d, d->probs + P_POS_SPECIAL + base - slot, extra);
  }
  base += direct_bits(d, extra - 4) << 4;
  return base + reverse_tree(d, d->probs + P_ALIGN, 4);
}

static u8 literal(struct decoder *d, u32 state, u32 rep0) {
  u32 before = d->out_at ? d->out[d->out_at - 1] : 0;
  u32 context = (((u32)d->out_at & d->lp_mask) << d->lc) + (before >> (8 - d->lc));
  u16 *probs = d->probs + P_LITERAL + 0x300 * context;
  u32 symbol = 1;
  if (state >= 7) {
    u32 match = d->out[d->out_at - rep0 - 1];
    do {
      u32 match_bit = match >> 7 & 1;
      match <<= 1;
      u32 b = bit(d, probs + ((1 + match_bit) << 8) + symbol);
      symbol = symbol << 1 | b;
      if (match_bit != b) {
        break;
      }
    } while (symbol < 0x100);
  }
  while (symbol < 0x100) {
    symbol = symbol << 1 | bit(d, probs + symbol);
  }
  return (u8)symbol;
}

static enum lzma_result finish(struct decoder *d) {
  normalize(d);
  if (d->starved) {
    return LZMA_TRUNCATED;
  }
  return d->code == 0 && d->in == d->in_end ? LZMA_OK : LZMA_BAD_END;
}

/* Decodes packets until `limit` bytes are out, or an end marker when the size is not known. */
static enum lzma_result run(struct decoder *d, usize limit, int size_known) {
  u32 state = 0;
  u32 rep[4] = {0, 0, 0, 0};
  for (;;) {
    if (d->starved) {
      return LZMA_TRUNCATED;
    }
    /* Encoders may put an end marker after a known size too: it shows as input left over. */
    if (size_known && d->out_at == limit) {
      normalize(d);
      if (d->starved || d->in == d->in_end) {
        return finish(d);
      }
    }
    u32 pos_state = (u32)d->out_at & d->pb_mask;
    if (!bit(d, d->probs + P_IS_MATCH + state * POS_STATES_MAX + pos_state)) {
      if (d->out_at >= limit) {
        return size_known ? LZMA_BAD_END : LZMA_OUTPUT_FULL;
      }
      u8 byte = literal(d, state, rep[0]);
      d->out[d->out_at++] = byte;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    u32 len;
    if (!bit(d, d->probs + P_IS_REP + state)) {
      rep[3] = rep[2];
      rep[2] = rep[1];
      rep[1] = rep[0];
      len = length(d, d->probs + P_LEN, pos_state);
      rep[0] = distance(d, len);
      if (rep[0] == 0xffffffffu) {
        return size_known && d->out_at != limit ? LZMA_TRUNCATED : finish(d);
      }
      state = state < 7 ? 7 : 10;
    } else if (!bit(d, d->probs + P_IS_REP_G0 + state)) {
      if (!bit(d, d->probs + P_IS_REP0_LONG + state * POS_STATES_MAX + pos_state)) {
        len = 1;
        state = state < 7 ? 9 : 11;
      } else {
        len = length(d, d->probs + P_REP_LEN, pos_state);
        state = state < 7 ? 8 : 11;
      }
    } else {
      u32 chosen;
      if (!bit(d, d->probs + P_IS_REP_G1 + state)) {
        chosen = rep[1];
      } else {
        if (!bit(d, d->probs + P_IS_REP_G2 + state)) {
          chosen = rep[2];
        } else {
          chosen = rep[3];
          rep[3] = rep[2];
        }
        rep[2] = rep[1];
      }
      rep[1] = rep[0];
      rep[0] = chosen;
      len = length(d, d->probs + P_REP_LEN, pos_state);
      state = state < 7 ? 8 : 11;
    }
    if (rep[0] >= d->out_at) {
      return d->starved ? LZMA_TRUNCATED : LZMA_BAD_DISTANCE;
    }
    if (len > limit - d->out_at) {
      return d->starved ? LZMA_TRUNCATED : size_known ? LZMA_BAD_END : LZMA_OUTPUT_FULL;
    }
    for (u8 *to = d->out + d->out_at, *from = to - rep[0] - 1, *end = to + len; to < end;) {
      *to++ = *from++;
    }
    d->out_at += len;
  }
}

enum lzma_result lzma_decode(const u8 *in, usize in_size, u8 *out, usize out_room, u16 *probs, usize *out_size) {
  *out_size = 0;
  if (in_size < 13 + 5) {
    return LZMA_TRUNCATED;
  }
  u32 properties = in[0];
  if (properties >= 9 * 5 * 5 || in[13] != 0) {
    return LZMA_BAD_HEADER;
  }
  u32 lc = properties % 9;
  u32 lp = properties / 9 % 5;
  u32 pb = properties / 45;
  if (lc + lp > LZMA_MAX_LC_LP) {
    return LZMA_BAD_HEADER;
  }
  int size_known = le32(in + 5) != 0xffffffffu || le32(in + 9) != 0xffffffffu;
  if (size_known && (le32(in + 9) != 0 || le32(in + 5) > out_room)) {
    return LZMA_OUTPUT_FULL;
  }
  struct decoder d = {
      .in = in + 18,
      .in_end = in + in_size,
      .out = out,
      .out_room = out_room,
      .probs = probs,
      .range = 0xffffffffu,
      .code = be32(in + 14),
      .lc = lc,
      .lp_mask = (1u << lp) - 1,
      .pb_mask = (1u << pb) - 1,
  };
  for (u32 i = 0, n = P_LITERAL + (0x300u << (lc + lp)); i < n; i++) {
    probs[i] = 1024;
  }
  enum lzma_result result = run(&d, size_known ? le32(in + 5) : out_room, size_known);
  *out_size = d.out_at;
  return result;
}

const char *lzma_message(enum lzma_result result) {
  switch (result) {
    case LZMA_OK:
      return "no error";
    case LZMA_BAD_HEADER:
      return "LZMA header is not valid";
    case LZMA_TRUNCATED:
      return "LZMA data ends too early";
    case LZMA_BAD_DISTANCE:
      return "LZMA match reaches before the start of the data";
    case LZMA_OUTPUT_FULL:
      return "LZMA data is larger than its place";
    default:
      return "LZMA data is damaged (range coder does not end at zero)";
  }
}
