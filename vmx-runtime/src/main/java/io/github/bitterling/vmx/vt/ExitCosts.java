package io.github.bitterling.vmx.vt;

/**
 * Histogram of what one exit reason costs: cycles from the exit to the next entry. Four buckets a
 * power of two, so a percentile is at most 25 per cent too high.
 */
final class ExitCosts {
  private static final int SUB_BITS = 2;
  private static final int SUB = 1 << SUB_BITS;

  private final long[] buckets = new long[64 << SUB_BITS];
  private long count;
  private long most;

  void add(long cycles) {
    buckets[bucket(cycles)]++;
    count++;
    most = Math.max(most, cycles);
  }

  void add(ExitCosts other) {
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] += other.buckets[i];
    }
    count += other.count;
    most = Math.max(most, other.most);
  }

  private static int bucket(long cycles) {
    if (cycles < SUB) {
      return (int) Math.max(0, cycles);
    }
    int power = 63 - Long.numberOfLeadingZeros(cycles);
    return (power << SUB_BITS) + (int) (cycles >>> power - SUB_BITS & SUB - 1);
  }

  private static long upperEnd(int bucket) {
    if (bucket < SUB) {
      return bucket;
    }
    int shift = (bucket >>> SUB_BITS) - SUB_BITS;
    return (SUB + (bucket & SUB - 1) + 1L << shift) - 1;
  }

  /** Cycles that {@code percent} of the exits did not exceed. */
  long percentile(int percent) {
    long wanted = (count * percent + 99) / 100;
    long seen = 0;
    for (int i = 0; i < buckets.length; i++) {
      seen += buckets[i];
      if (seen >= wanted && seen > 0) {
        return Math.min(most, upperEnd(i));
      }
    }
    return 0;
  }

  long most() {
    return most;
  }
}
