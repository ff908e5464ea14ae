package io.github.bitterling.vmx.fpu;

/** Elementary functions to about 180 bits, relative to the result. */
final class Series {
  /** 16 atan(1/5) - 4 atan(1/239) (Machin). */
  static final Wide PI =
      atanSeries(Wide.ONE.over(5)).scaled(4).minus(atanSeries(Wide.ONE.over(239)).scaled(2));

  /** 2 atanh(1/3). */
  static final Wide LN2 = atanhSeries(Wide.ONE.over(3)).scaled(1);

  private static final int ENOUGH = 200;

  private Series() {}

  private static boolean negligible(Wide term, Wide sum) {
    return term.signum() == 0 || term.top() < sum.top() - ENOUGH;
  }

  private static Wide oddSeries(Wide x, boolean alternating) {
    Wide square = x.times(x);
    Wide power = x;
    Wide sum = x;
    for (long k = 3; ; k += 2) {
      power = power.times(alternating ? square.negate() : square);
      Wide term = power.over(k);
      sum = sum.plus(term);
      if (negligible(term, sum)) {
        return sum;
      }
    }
  }

  private static Wide atanSeries(Wide x) {
    return oddSeries(x, true);
  }

  private static Wide atanhSeries(Wide x) {
    return oddSeries(x, false);
  }

  /** e^x - 1 for |x| below 1. */
  static Wide expm1(Wide x) {
    Wide term = x;
    Wide sum = x;
    for (long k = 2; ; k++) {
      term = term.times(x).over(k);
      sum = sum.plus(term);
      if (negligible(term, sum)) {
        return sum;
      }
    }
  }

  /** ln(1 + x) for 1 + x between 0.7 and 1.42. */
  private static Wide lnNearOne(Wide x) {
    return x.signum() == 0 ? x : atanhSeries(x.over(x.plus(Wide.of(2)))).scaled(1);
  }

  /** log2(1 + x), x above -1. */
  static Wide log2OnePlus(Wide x) {
    return x.top() < -2 ? lnNearOne(x).over(LN2) : log2(x.plus(Wide.ONE));
  }

  /** log2(value) of a positive value. */
  static Wide log2(Wide value) {
    Wide x = value.minus(Wide.ONE);
    if (x.top() < -2) {
      return lnNearOne(x).over(LN2);
    }
    int e = value.top();
    Wide m = value.scaled(-e);
    // 1.414 as 181/128
    if (m.compareTo(Wide.of(181).scaled(-7)) > 0) {
      m = m.scaled(-1);
      e++;
    }
    return lnNearOne(m.minus(Wide.ONE)).over(LN2).plus(Wide.of(e));
  }

  /** sin(x), |x| at most about 0.8. */
  static Wide sin(Wide x) {
    Wide square = x.times(x).negate();
    Wide term = x;
    Wide sum = x;
    for (long k = 2; ; k += 2) {
      term = term.times(square).over(k * (k + 1));
      sum = sum.plus(term);
      if (negligible(term, sum)) {
        return sum;
      }
    }
  }

  static Wide cos(Wide x) {
    Wide square = x.times(x).negate();
    Wide term = Wide.ONE;
    Wide sum = Wide.ONE;
    for (long k = 1; ; k += 2) {
      term = term.times(square).over(k * (k + 1));
      sum = sum.plus(term);
      if (negligible(term, sum)) {
        return sum;
      }
    }
  }

  /** atan(t), t at least 0. */
  static Wide atan(Wide t) {
    if (t.compareTo(Wide.ONE) > 0) {
      return PI.scaled(-1).minus(atan(Wide.ONE.over(t)));
    }
    if (t.top() < -3) {
      return atanSeries(t);
    }
    // tan(a/2) = t / (1 + sqrt(1 + t^2))
    Wide half = t.over(t.times(t).plus(Wide.ONE).sqrt().plus(Wide.ONE));
    return atan(half).scaled(1);
  }
}
