package dev.sild.bindings.selftest;

import dev.sild.bindings.Precision;

/**
 * How far two devices may differ in an output, relative to the largest entry of the array, or of
 * each row.
 *
 * <p>Where a sum of K terms is rounded at each addition, in any order, the errors are independent
 * and each at most u = 2⁻²⁴ of a partial sum, which does not exceed about twice the largest entry:
 * deviation u √K · 2/√3, so five of them on two devices stay below 4 · 2 u √K / 2. Sixteen
 * roundings more are allowed for what happens to a sum before and after: the functions of
 * elementary.h err by 2 ulp each.
 *
 * @param allowed largest relative error
 * @param perRow relative to the largest entry of its own row rather than of the array
 */
record Bound(double allowed, boolean perRow) {
  private static final double F32 = 0x1p-24;
  private static final double F64 = 0x1p-53;

  /** The same bits: what kernels/README.md promises of normals, and what involves no rounding. */
  static Bound exact() {
    return new Bound(0, false);
  }

  /** Plain f32, the longest sum of this many terms. */
  static Bound rounding(long terms) {
    return new Bound((16 + 4 * Math.sqrt(terms)) * F32, false);
  }

  /** Sums in f64 of this many terms. */
  static Bound doubles(long terms) {
    return new Bound((16 + 4 * Math.sqrt(terms)) * F64, false);
  }

  /**
   * A product summed over K terms whose operands the device rounds to its precision, relative error
   * u each, evenly spread: a term errs with deviation √(2/3) u, the sum with √(2/3) u √K times the
   * operands' deviations. Five of those are 4.1 u √K, and the largest of an array of such sums is
   * √K at least: K^½ cancels, 5 u remains. In F32, as bf16x3, u is the 4·10⁻⁶ that {@link
   * Precision} allows.
   */
  static Bound product(Precision precision, long terms) {
    double operand =
        switch (precision) {
          case F32_STRICT -> 0;
          case F32 -> 4e-6;
          case TF32 -> 0x1p-11;
          case BF16 -> 0x1p-8;
        };
    return new Bound(5 * operand + rounding(terms).allowed, false);
  }

  /** This much looser. */
  Bound times(double factor) {
    return new Bound(factor * allowed, perRow);
  }

  /** The same for each row by itself. */
  Bound ofRow() {
    return new Bound(allowed, true);
  }

  /**
   * The largest error of an array against its reference. NaN agrees with NaN only, an infinity with
   * itself.
   */
  double error(double[] actual, double[] expected, int columns) {
    int group = perRow ? Math.max(1, columns) : Math.max(1, expected.length);
    double worst = 0;
    for (int first = 0; first < expected.length; first += group) {
      int end = Math.min(expected.length, first + group);
      double scale = Float.MIN_NORMAL;
      for (int i = first; i < end; i++)
        if (Double.isFinite(expected[i])) scale = Math.max(scale, Math.abs(expected[i]));
      for (int i = first; i < end; i++)
        if (Double.compare(actual[i], expected[i]) != 0) {
          double error = Math.abs(actual[i] - expected[i]) / scale;
          worst = Math.max(worst, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
        }
    }
    return worst;
  }
}
