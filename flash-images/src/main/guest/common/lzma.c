/*
 * LZMA decoder written from the format's description. Output memory doubles as the dictionary, so nothing is copied
 * twice. Every input byte and every output byte is checked: a damaged file ends in an error code, never in a stray write.
 *
 * Of all the instructions of a boot most are in here, so the range coder lives in locals: every step is inlined into
 * run(), where the compiler takes struct coder apart. Compile with -O2 also where the rest is small.
 */
#include "lzma.h"

#include "byte_order.h"

#define STATES 12
#define POS_STATES_MAX 16
#define FIRST_MATCH_STATE 7 /* states below follow a literal */
#define MATCH_MIN 2
#define END_MARK 0xffffffffu

#define PROB_BITS 11
#define PROB_ONE (1 << PROB_BITS)
#define PROB_SHIFT 5
#define RANGE_MIN (1u << 24)

/* Nodes of bit trees are kept as twice their number: their place in bytes. */
#define ROOT 2
#define LITERAL_END 0x200

#define INLINE static inline __attribute__((always_inline))
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Layout of the probability array. */
enum {
  LEN_CHOICE = 0,
  LEN_CHOICE2 = 1,
  LEN_LOW = 2,
  LEN_MID = LEN_LOW + POS_STATES_MAX * 8,
  LEN_HIGH = LEN_MID + POS_STATES_MAX * 8,
  LEN_PROBS = LEN_HIGH + 256,
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
  P_REP_LEN = P_LEN + LEN_PROBS,
  P_LITERAL = P_REP_LEN + LEN_PROBS,
};

_Static_assert(P_LITERAL <= LZMA_FIXED_PROBS, "the fixed part of the model fits the room the header promises");

struct coder {
  const u8 *in;
  const u8 *in_end;
  u32 range;
  u32 code;
  const u8 *stop; /* run() looks closer when its output gets here: at the end, NULL when the input has ended */
};

/* What the properties byte and the size field say. */
struct header {
  u32 lc;
  u32 lp_mask;
  u32 pb_mask;
  usize limit; /* bytes of output at the most */
  u32 size_known;
};

INLINE void normalize(struct coder *c) {
  if (UNLIKELY(c->range < RANGE_MIN)) {
    c->range <<= 8;
    c->code <<= 8;
    if (UNLIKELY(c->in == c->in_end)) {
      c->stop = NULL; /* all further bits are worthless */
    } else {
      c->code |= *c->in++;
    }
  }
}

/* Decodes one bit: `zero` or `one`. Each way has its own arithmetic, so that no 0 or 1 is made only to be added. */
INLINE usize choose(struct coder *c, u16 *prob, usize zero, usize one) {
  normalize(c);
  u32 p = *prob;
  u32 bound = (c->range >> PROB_BITS) * p;
  if (c->code < bound) {
    c->range = bound;
    /* p + ((PROB_ONE - p) >> PROB_SHIFT), rounded alike, in one instruction less. */
    *prob = (u16)(p - (u32)(((s32)p - PROB_ONE + (1 << PROB_SHIFT) - 1) >> PROB_SHIFT));
    return zero;
  }
  c->range -= bound;
  c->code -= bound;
  *prob = (u16)(p - (p >> PROB_SHIFT));
  return one;
}

INLINE u32 bit(struct coder *c, u16 *prob) { return (u32)choose(c, prob, 0, 1); }

/* Probabilities are reached by their place in bytes: one addressing mode does it. */
INLINE u16 *prob_at(u16 *probs, usize place) { return (u16 *)((u8 *)probs + place); }

/* One step down a tree. */
INLINE usize child(struct coder *c, u16 *probs, usize node) {
  return choose(c, prob_at(probs, node), node * 2, node * 2 + 2);
}

INLINE u32 direct_bits(struct coder *c, u32 count) {
  u32 value = 0;
  do {
    normalize(c);
    c->range >>= 1;
    c->code -= c->range;
    u32 below = 0 - (c->code >> 31); /* all ones when that was too much */
    c->code += c->range & below;
    value = (value << 1) + 1 + below;
  } while (--count);
  return value;
}

INLINE u32 tree(struct coder *c, u16 *probs, u32 leaves) {
  usize node = ROOT;
  do {
    node = child(c, probs, node);
  } while (node < ROOT * leaves);
  return (u32)node / 2 - leaves;
}

/*
 * Lowest bit first. The probabilities are not kept in the order of a tree but by the bits so far below a leading one,
 * which needs no turning round.
 */
INLINE u32 reverse_tree(struct coder *c, u16 *probs, u32 bits) {
  usize leading = ROOT;
  usize node = ROOT;
  usize last = (usize)ROOT << bits;
  do {
    node = choose(c, prob_at(probs, node), node + leading, node + 2 * leading);
    leading *= 2;
  } while (leading < last);
  return (u32)(node - leading) / 2;
}

INLINE u32 length(struct coder *c, u16 *probs, u32 pos_state) {
  u32 start = 0;
  u32 leaves = 8;
  u16 *branch = probs + LEN_LOW + pos_state * 8;
  if (bit(c, probs + LEN_CHOICE)) {
    start = 8;
    branch = probs + LEN_MID + pos_state * 8;
    if (bit(c, probs + LEN_CHOICE2)) {
      start = 16;
      leaves = 256;
      branch = probs + LEN_HIGH;
    }
  }
  return MATCH_MIN + start + tree(c, branch, leaves);
}

INLINE u32 distance(struct coder *c, u16 *probs, u32 len) {
  u32 len_state = len - MATCH_MIN < 3 ? len - MATCH_MIN : 3;
  u32 slot = tree(c, probs + P_POS_SLOT + len_state * 64, 64);
  if (slot < 4) {
    return slot;
  }
  u32 extra = (slot >> 1) - 1;
  u32 base = (2 | (slot & 1)) << extra;
  u16 *low = probs + P_POS_SPECIAL + base - slot;
  if (slot >= 14) {
    base += direct_bits(c, extra - 4) << 4;
    low = probs + P_ALIGN;
    extra = 4;
  }
  return base + reverse_tree(c, low, extra);
}

INLINE u8 literal_from(struct coder *c, u16 *probs, usize node) {
  while (node < LITERAL_END) {
    node = child(c, probs, node);
  }
  return (u8)(node / 2);
}

/* After a match: the byte at the last distance helps to guess, up to the first bit that differs from it. */
INLINE u8 matched_literal(struct coder *c, u16 *probs, usize match) {
  usize node = ROOT;
  match *= 2;
  do {
    match *= 2;
    usize match_bit = match & LITERAL_END;
    if (bit(c, prob_at(probs + 0x100, match_bit + node))) {
      node = node * 2 + 2;
      if (!match_bit) {
        break;
      }
    } else {
      node = node * 2;
      if (match_bit) {
        break;
      }
    }
  } while (node < LITERAL_END);
  return literal_from(c, probs, node);
}

static enum lzma_result finish(const struct coder *c) {
  if (!c->stop) {
    return LZMA_TRUNCATED;
  }
  return c->code == 0 && c->in == c->in_end ? LZMA_OK : LZMA_BAD_END;
}

/* Decodes packets until h->limit bytes are out, or to an end mark. The place reached goes to *reached. */
static enum lzma_result run(struct coder start, const struct header *h, u8 *out, u16 *probs, u8 **reached) {
  struct coder c = start;
  u8 *to = out;
  u8 *end = out + h->limit;
  u32 state = 0;
  u32 rep0 = 0, rep1 = 0, rep2 = 0, rep3 = 0;
  enum lzma_result result;
  for (;;) {
    if (UNLIKELY(to >= c.stop)) {
      normalize(&c);
      /* Encoders may put an end mark after a known size too: it shows as input left over. */
      if (!c.stop || (h->size_known && c.in == c.in_end)) {
        result = finish(&c);
        break;
      }
    }
    u32 at = (u32)(to - out);
    u32 pos_state = at & h->pb_mask;
    if (!bit(&c, probs + P_IS_MATCH + state * POS_STATES_MAX + pos_state)) {
      if (to == end) {
        result = h->size_known ? LZMA_BAD_END : LZMA_OUTPUT_FULL;
        break;
      }
      u32 before = at ? to[-1] : 0;
      u16 *row = probs + P_LITERAL + 0x300 * (((at & h->lp_mask) << h->lc) + (before >> (8 - h->lc)));
      if (state < FIRST_MATCH_STATE) {
        *to++ = literal_from(&c, row, ROOT);
        state = state < 4 ? 0 : state - 3;
      } else {
        *to = matched_literal(&c, row, *(to - rep0 - 1));
        to++;
        state = state < 10 ? state - 3 : state - 6;
      }
      continue;
    }
    u32 len;
    if (!bit(&c, probs + P_IS_REP + state)) {
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      len = length(&c, probs + P_LEN, pos_state);
      rep0 = distance(&c, probs, len);
      if (rep0 == END_MARK) {
        normalize(&c);
        result = h->size_known && to != end ? LZMA_TRUNCATED : finish(&c);
        break;
      }
      state = state < FIRST_MATCH_STATE ? 7 : 10;
    } else {
      u32 single = 0;
      if (!bit(&c, probs + P_IS_REP_G0 + state)) {
        single = !bit(&c, probs + P_IS_REP0_LONG + state * POS_STATES_MAX + pos_state);
      } else {
        u32 chosen = rep1;
        if (bit(&c, probs + P_IS_REP_G1 + state)) {
          chosen = rep2;
          if (bit(&c, probs + P_IS_REP_G2 + state)) {
            chosen = rep3;
            rep3 = rep2;
          }
          rep2 = rep1;
        }
        rep1 = rep0;
        rep0 = chosen;
      }
      len = 1;
      if (!single) {
        len = length(&c, probs + P_REP_LEN, pos_state);
      }
      state = state < FIRST_MATCH_STATE ? 8 + single : 11;
    }
    if (rep0 >= (usize)(to - out)) {
      result = !c.stop ? LZMA_TRUNCATED : LZMA_BAD_DISTANCE;
      break;
    }
    if (len > (usize)(end - to)) {
      result = !c.stop ? LZMA_TRUNCATED : h->size_known ? LZMA_BAD_END : LZMA_OUTPUT_FULL;
      break;
    }
    const u8 *from = to - rep0 - 1;
    for (usize i = 0; i < len; i++) {
      to[i] = from[i];
    }
    to += len;
  }
  *reached = to;
  return result;
}

/* Takes the 13 bytes of header and the range coder's first five apart. */
enum lzma_result lzma_decode(const u8 *in, usize in_size, u8 *out, usize out_room, u16 *probs, usize *out_size) {
  *out_size = 0;
  if (in_size < 13 + 5) {
    return LZMA_TRUNCATED;
  }
  u32 properties = in[0];
  u32 lc = properties % 9;
  u32 lp = properties / 9 % 5;
  if (properties >= 9 * 5 * 5 || in[13] != 0 || lc + lp > LZMA_MAX_LC_LP) {
    return LZMA_BAD_HEADER;
  }
  u32 size = le32(in + 5);
  u32 size_high = le32(in + 9);
  u32 size_known = (size & size_high) != 0xffffffffu;
  if (size_known && (size_high != 0 || size > out_room)) {
    return LZMA_OUTPUT_FULL;
  }
  struct header header = {
      .lc = lc,
      .lp_mask = (1u << lp) - 1,
      .pb_mask = (1u << properties / 45) - 1,
      .limit = size_known ? size : out_room,
      .size_known = size_known,
  };
  for (u32 i = 0, n = P_LITERAL + (0x300u << (lc + lp)); i < n; i++) {
    probs[i] = PROB_ONE / 2;
  }
  struct coder coder = {.in = in + 18, .in_end = in + in_size, .range = 0xffffffffu, .code = be32(in + 14), .stop = out + header.limit};
  u8 *reached = out;
  enum lzma_result result = run(coder, &header, out, probs, &reached);
  *out_size = (usize)(reached - out);
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
