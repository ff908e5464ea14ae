package io.github.bitterling.frontend.lift;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The frequent operations of {@link PackedOp} on all lanes of 64 bits at once; a method bears the
 * operation's name. Compiled code calls these directly, {@link Packed} for everybody else.
 *
 * <p>Additions and subtractions keep the top bit of each lane out of the carry; comparisons come
 * down to the carry or the zero test of that bit.
 */
public final class Lanes {
  private static final long TOP8 = 0x8080808080808080L;
  private static final long TOP16 = 0x8000800080008000L;
  private static final long TOP32 = 0x8000000080000000L;
  private static final long LOW32 = 0xFFFFFFFFL;

  private Lanes() {}

  /** Method of this class for an operation, {@code (long, long)}, or null. */
  public static String method(PackedOp op) {
    String name = op.name().toLowerCase(Locale.ROOT);
    return NAMES.contains(name) ? name : null;
  }

  private static final Set<String> NAMES =
      Arrays.stream(Lanes.class.getDeclaredMethods())
          .filter(m -> Modifier.isPublic(m.getModifiers()) && m.getReturnType() == long.class)
          .map(Method::getName)
          .collect(Collectors.toUnmodifiableSet());

  private static long add(long a, long b, long top) {
    return (a & ~top) + (b & ~top) ^ (a ^ b) & top;
  }

  private static long sub(long a, long b, long top) {
    return (a | top) - (b & ~top) ^ (a ^ ~b) & top;
  }

  public static long paddb(long a, long b) {
    return add(a, b, TOP8);
  }

  public static long paddw(long a, long b) {
    return add(a, b, TOP16);
  }

  public static long paddd(long a, long b) {
    return add(a, b, TOP32);
  }

  public static long paddq(long a, long b) {
    return a + b;
  }

  public static long psubb(long a, long b) {
    return sub(a, b, TOP8);
  }

  public static long psubw(long a, long b) {
    return sub(a, b, TOP16);
  }

  public static long psubd(long a, long b) {
    return sub(a, b, TOP32);
  }

  public static long psubq(long a, long b) {
    return a - b;
  }

  // Masks: a bit at the top of a lane to all of it

  private static long spread8(long tops) {
    long ones = (tops & TOP8) >>> 7;
    return (ones << 8) - ones;
  }

  private static long spread16(long tops) {
    long ones = (tops & TOP16) >>> 15;
    return (ones << 16) - ones;
  }

  private static long spread32(long tops) {
    return tops >> 63 << 32 | (int) tops >> 31 & LOW32;
  }

  /** Top bits of the lanes that are 0. */
  private static long zeros(long v, long top) {
    return ~((v & ~top) + ~top | v) & top;
  }

  /** Top bits of the lanes where a is less than b, unsigned. */
  private static long below(long a, long b, long top) {
    return (~a & b | ~(a ^ b) & ~((a | top) - (b & ~top))) & top;
  }

  public static long pcmpeqb(long a, long b) {
    return spread8(zeros(a ^ b, TOP8));
  }

  public static long pcmpeqw(long a, long b) {
    return spread16(zeros(a ^ b, TOP16));
  }

  public static long pcmpeqd(long a, long b) {
    return spread32(zeros(a ^ b, TOP32));
  }

  public static long pcmpgtb(long a, long b) {
    return spread8(below(b ^ TOP8, a ^ TOP8, TOP8));
  }

  public static long pcmpgtw(long a, long b) {
    return spread16(below(b ^ TOP16, a ^ TOP16, TOP16));
  }

  public static long pcmpgtd(long a, long b) {
    return spread32(below(b ^ TOP32, a ^ TOP32, TOP32));
  }

  private static long choose(long mask, long yes, long no) {
    return no ^ (yes ^ no) & mask;
  }

  public static long pminub(long a, long b) {
    return choose(spread8(below(a, b, TOP8)), a, b);
  }

  public static long pmaxub(long a, long b) {
    return choose(spread8(below(a, b, TOP8)), b, a);
  }

  public static long pminuw(long a, long b) {
    return choose(spread16(below(a, b, TOP16)), a, b);
  }

  public static long pmaxuw(long a, long b) {
    return choose(spread16(below(a, b, TOP16)), b, a);
  }

  public static long pminud(long a, long b) {
    return choose(spread32(below(a, b, TOP32)), a, b);
  }

  public static long pmaxud(long a, long b) {
    return choose(spread32(below(a, b, TOP32)), b, a);
  }

  public static long pminsw(long a, long b) {
    return choose(pcmpgtw(a, b), b, a);
  }

  public static long pmaxsw(long a, long b) {
    return choose(pcmpgtw(a, b), a, b);
  }

  public static long pminsd(long a, long b) {
    return choose(pcmpgtd(a, b), b, a);
  }

  public static long pmaxsd(long a, long b) {
    return choose(pcmpgtd(a, b), a, b);
  }

  public static long signsb(long a, long b) {
    return spread8(a);
  }

  public static long signsd(long a, long b) {
    return spread32(a);
  }

  public static long signsq(long a, long b) {
    return a >> 63;
  }

  public static long pavgb(long a, long b) {
    return (a | b) - ((a ^ b) >>> 1 & ~TOP8);
  }

  public static long pavgw(long a, long b) {
    return (a | b) - ((a ^ b) >>> 1 & ~TOP16);
  }

  // Products

  public static long pmuludq(long a, long b) {
    return (a & LOW32) * (b & LOW32);
  }

  public static long pmuldq(long a, long b) {
    return (long) (int) a * (int) b;
  }

  public static long pmulld(long a, long b) {
    return a * b & LOW32 | (a >>> 32) * (b >>> 32) << 32;
  }

  public static long pmullw(long a, long b) {
    return a * b & 0xFFFF
        | ((a >>> 16) * (b >>> 16) & 0xFFFF) << 16
        | ((a >>> 32) * (b >>> 32) & 0xFFFF) << 32
        | (a >>> 48) * (b >>> 48) << 48;
  }

  private static long products(int a, int b) {
    return (short) a * (short) b + (a >> 16) * (b >> 16) & LOW32;
  }

  public static long pmaddwd(long a, long b) {
    return products((int) a, (int) b) | products((int) (a >>> 32), (int) (b >>> 32)) << 32;
  }

  // Shifts by a count for all lanes

  private static boolean beyond(long count, int bits) {
    return Long.compareUnsigned(count, bits) >= 0;
  }

  private static long lanes16(long bits) {
    return (bits & 0xFFFF) * 0x0001000100010001L;
  }

  public static long psrlw(long a, long count) {
    return beyond(count, 16) ? 0 : a >>> count & lanes16(0xFFFF >>> count);
  }

  public static long psllw(long a, long count) {
    return beyond(count, 16) ? 0 : a << count & lanes16(0xFFFF << count);
  }

  public static long psraw(long a, long count) {
    int n = beyond(count, 16) ? 15 : (int) count;
    return (short) a >> n & 0xFFFFL
        | ((short) (a >>> 16) >> n & 0xFFFFL) << 16
        | ((short) (a >>> 32) >> n & 0xFFFFL) << 32
        | a >> 48 >> n << 48;
  }

  public static long psrld(long a, long count) {
    return beyond(count, 32) ? 0 : a >>> count & (LOW32 >>> count) * 0x100000001L;
  }

  public static long pslld(long a, long count) {
    return beyond(count, 32) ? 0 : (a & LOW32) << count & LOW32 | a >>> 32 << count + 32;
  }

  public static long psrad(long a, long count) {
    int n = beyond(count, 32) ? 31 : (int) count;
    return (int) a >> n & LOW32 | (long) ((int) (a >> 32) >> n) << 32;
  }

  public static long psrlq(long a, long count) {
    return beyond(count, 64) ? 0 : a >>> count;
  }

  public static long psllq(long a, long count) {
    return beyond(count, 64) ? 0 : a << count;
  }

  // Interleaving and widening; the low 32 bits of v with gaps

  private static long gaps8(long v) {
    long w = v & 0xFFFF | (v & 0xFFFF0000L) << 16;
    return w & 0x000000FF000000FFL | (w & 0x0000FF000000FF00L) << 8;
  }

  private static long gaps16(long v) {
    return v & 0xFFFF | (v & 0xFFFF0000L) << 16;
  }

  public static long punpcklbw(long a, long b) {
    return gaps8(a) | gaps8(b) << 8;
  }

  public static long punpckhbw(long a, long b) {
    return punpcklbw(a >>> 32, b >>> 32);
  }

  public static long punpcklwd(long a, long b) {
    return gaps16(a) | gaps16(b) << 16;
  }

  public static long punpckhwd(long a, long b) {
    return punpcklwd(a >>> 32, b >>> 32);
  }

  public static long punpckldq(long a, long b) {
    return a & LOW32 | b << 32;
  }

  public static long punpckhdq(long a, long b) {
    return a >>> 32 | b & ~LOW32;
  }

  public static long pmovzxbw(long a, long b) {
    return gaps8(a);
  }

  public static long pmovzxwd(long a, long b) {
    return gaps16(a);
  }

  public static long pmovzxdq(long a, long b) {
    return a & LOW32;
  }

  public static long pmovsxwd(long a, long b) {
    return (short) a & LOW32 | (a >> 16 << 48 >> 48) << 32;
  }

  public static long pmovsxdq(long a, long b) {
    return (int) a;
  }

  // Without lanes

  public static long pmovmskb(long a, long b) {
    return ((a & TOP8) >>> 7) * 0x0102040810204080L >>> 56;
  }

  public static long pdep(long a, long b) {
    return Long.expand(a, b);
  }

  public static long pext(long a, long b) {
    return Long.compress(a, b);
  }
}
