package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What an op must give: its reference in double, and how far plain f32 arithmetic is from that.
 *
 * <p>The tolerance is twice the largest error of the plain computation, relative to the largest
 * entry of a row, and 2 ulp more: elementary.h promises log, exp, sin and cos to 2 ulp, where
 * Java's err by half of one, and at sizes like 1 the plain computation may happen to be exact. NaN
 * never passes.
 */
final class Expected {
  private static final double FLOOR = 2 * 0x1p-23;

  private final Map<String, double[]> exact;
  private final List<Map<String, double[]>> plain;

  private Expected(Map<String, double[]> exact, List<Map<String, double[]>> plain) {
    this.exact = exact;
    this.plain = plain;
  }

  /** The named outputs of a reference. */
  static Expected of(Function<Rounding, Map<String, double[]>> reference) {
    return of(reference, Rounding.SINGLE);
  }

  /** The same with another plain computation. */
  static Expected of(Function<Rounding, Map<String, double[]>> reference, Rounding plain) {
    return inSeveralOrders(reference.apply(Rounding.DOUBLE), List.of(reference.apply(plain)));
  }

  /**
   * Where an error is the rounding of a few large numbers, one plain computation may be lucky: the
   * same sums in several orders are not all.
   */
  static Expected inSeveralOrders(Map<String, double[]> exact, List<Map<String, double[]>> plain) {
    return new Expected(exact, plain);
  }

  /** The view agrees, errors taken relative to the largest entry of all. */
  void admits(String name, View view) {
    admits(name, view, exact.get(name).length);
  }

  /** The view agrees, errors taken relative to the largest entry of each row of this width. */
  void admits(String name, View view, int width) {
    double[] wanted = exact.get(name);
    float[] actual = view.floats();
    assertThat(actual.length).as(name).isEqualTo(wanted.length);
    double[] scale = scales(wanted, width);
    double worst = 0;
    for (Map<String, double[]> computed : plain)
      for (int i = 0; i < wanted.length; i++)
        worst = Math.max(worst, Math.abs(computed.get(name)[i] - wanted[i]) / scale[i / width]);
    double tolerance = 2 * worst + FLOOR;
    for (int i = 0; i < wanted.length; i++) {
      double error = Math.abs(actual[i] - wanted[i]) / scale[i / width];
      if (!(error <= tolerance))
        throw new AssertionError(
            "%s[%d] is %s, not %s: error %.3g, allowed %.3g"
                .formatted(name, i, actual[i], wanted[i], error, tolerance));
    }
  }

  private static double[] scales(double[] values, int width) {
    double[] scales = new double[(values.length + width - 1) / width];
    Arrays.fill(scales, Float.MIN_NORMAL);
    for (int i = 0; i < values.length; i++)
      scales[i / width] = Math.max(scales[i / width], Math.abs(values[i]));
    return scales;
  }
}
