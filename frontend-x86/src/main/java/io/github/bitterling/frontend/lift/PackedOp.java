package io.github.bitterling.frontend.lift;

/**
 * Lane-wise 64-bit operations of MMX and SSE; a is the destination, b the source. Named after the
 * instruction where one half of the operands gives one half of the result; the number is the lane
 * size in bits.
 */
public enum PackedOp {
  PADDB(8),
  PADDW(16),
  PADDD(32),
  PADDQ(64),
  PSUBB(8),
  PSUBW(16),
  PSUBD(32),
  PSUBQ(64),
  PCMPEQB(8),
  PCMPEQW(16),
  PCMPEQD(32),
  PCMPEQQ(64),
  PCMPGTB(8),
  PCMPGTW(16),
  PCMPGTD(32),
  PCMPGTQ(64),
  PADDSB(8),
  PADDSW(16),
  PSUBSB(8),
  PSUBSW(16),
  PADDUSB(8),
  PADDUSW(16),
  PSUBUSB(8),
  PSUBUSW(16),
  PMULLW(16),
  PMULLD(32),
  PMULHW(16),
  PMULHUW(16),
  PMULHRSW(16),
  PMADDWD(32),
  PMADDUBSW(16),
  PMULUDQ(64),
  PMULDQ(64),
  PMINUB(8),
  PMAXUB(8),
  PMINSB(8),
  PMAXSB(8),
  PMINUW(16),
  PMAXUW(16),
  PMINSW(16),
  PMAXSW(16),
  PMINUD(32),
  PMAXUD(32),
  PMINSD(32),
  PMAXSD(32),
  PAVGB(8),
  PAVGW(16),
  PABSB(8),
  PABSW(16),
  PABSD(32),
  PSIGNB(8),
  PSIGNW(16),
  PSIGND(32),
  PSADBW(64),
  // Shifts: b is the count, not lanes
  PSRLW(16),
  PSRLD(32),
  PSRLQ(64),
  PSRAW(16),
  PSRAD(32),
  PSLLW(16),
  PSLLD(32),
  PSLLQ(64),
  // Shifts by counts of their own in the lanes of b
  PSRLVD(32),
  PSRLVQ(64),
  PSRAVD(32),
  PSLLVD(32),
  PSLLVQ(64),
  // Interleave the low (high) 32 bits of a and b
  PUNPCKLBW(8),
  PUNPCKLWD(16),
  PUNPCKLDQ(32),
  PUNPCKHBW(8),
  PUNPCKHWD(16),
  PUNPCKHDQ(32),
  // a gives the low 32 bits, b the high ones; lanes of the result
  PACKSSWB(8),
  PACKUSWB(8),
  PACKSSDW(16),
  PACKUSDW(16),
  PHADDW(16),
  PHADDD(32),
  PHADDSW(16),
  PHSUBW(16),
  PHSUBD(32),
  PHSUBSW(16),
  /** Words of a picked by the four 2-bit fields of b. */
  PSHUFW(16),
  /** Bytes of a picked by the bytes of b: bits 2:0, 0 when bit 7 is set. */
  PSHUFB(8),
  /** As PSHUFB where a is the low half of 16 bytes: 0 also when bit 3 is set. */
  PSHUFB_LOW(8),
  /** As PSHUFB where a is the high half: 0 also when bit 3 is clear. */
  PSHUFB_HIGH(8),
  /** Doublewords of a picked by bit 0 of the doublewords of b, 0 where those have other bits. */
  PICKD(32),
  /** Bits of a to the places of the bits of b, the others 0. */
  PDEP(64),
  /** Bits of a from the places of the bits of b. */
  PEXT(64),
  /** Sign bits of the bytes of a. */
  PMOVMSKB(8),
  /** All ones in the lanes of a that have their top bit set. */
  SIGNSB(8),
  SIGNSD(32),
  SIGNSQ(64),
  // The low lanes of a, half as wide or less, extended; b is ignored
  PMOVSXBW(16),
  PMOVSXBD(32),
  PMOVSXBQ(64),
  PMOVSXWD(32),
  PMOVSXWQ(64),
  PMOVSXDQ(64),
  PMOVZXBW(16),
  PMOVZXBD(32),
  PMOVZXBQ(64),
  PMOVZXWD(32),
  PMOVZXWQ(64),
  PMOVZXDQ(64),
  /**
   * Four sums of differences of four bytes: of a from bytes 0, 1, 2 and 3 on, and the low four of
   * b.
   */
  MPSADBW(16),
  /** The least word of the 16 bytes a, b and behind it its position. */
  PHMINPOSUW(16),
  /** Low and high half of the carry-less product. */
  PCLMULLQ(64),
  PCLMULHQ(64),
  // AES rounds without the key: low and high half of the result from the state's halves a and b
  AESENC_LOW(64),
  AESENC_HIGH(64),
  AESENCLAST_LOW(64),
  AESENCLAST_HIGH(64),
  AESDEC_LOW(64),
  AESDEC_HIGH(64),
  AESDECLAST_LOW(64),
  AESDECLAST_HIGH(64),
  /** InvMixColumns of a. */
  AESIMC(64),
  /** Half of AESKEYGENASSIST from the same half of the source; b is the round constant. */
  AESKEYGENASSIST(64);

  private static final PackedOp[] VALUES = values();

  private final int bits;

  PackedOp(int bits) {
    this.bits = bits;
  }

  public static PackedOp of(int ordinal) {
    return VALUES[ordinal];
  }

  /** Lane size in bits. */
  public int bits() {
    return bits;
  }
}
