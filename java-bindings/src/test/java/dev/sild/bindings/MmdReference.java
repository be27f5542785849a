package dev.sild.bindings;

import java.util.List;
import java.util.Map;

/** MMD² of two samples with its gradient, pair by pair. */
final class MmdReference {
  private static final double[] SCALES = {0.1f, 0.2f, 0.5f, 1, 2, 5, 10};

  final int rows;
  final int columns;
  final double[] z;
  final double[] prior;
  final double[] before;
  final double weight;

  /**
   * @param shift of the mean of z from that of the prior, in every coordinate
   */
  MmdReference(Draw draw, int rows, int columns, double shift) {
    this.rows = rows;
    this.columns = columns;
    z = draw.normal((long) rows * columns);
    for (int i = 0; i < z.length; i++) z[i] = (float) (shift + z[i]);
    prior = draw.normal((long) rows * columns);
    before = draw.normal((long) rows * columns);
    weight = rows * columns; // so that the gradient is about as large as what it is added to
  }

  /**
   * Near 0 a value is the difference of kernels that are near 7, and one order of their sums may be
   * lucky: there is another, with reciprocals in place of quotients.
   */
  Expected expected() {
    return Expected.inSeveralOrders(
        evaluate(Rounding.DOUBLE, false, false),
        List.of(evaluate(Rounding.SINGLE, false, false), evaluate(Rounding.SINGLE, true, true)));
  }

  /** MMD², the mean of the values. */
  double mmd() {
    double sum = 0;
    for (double value : evaluate(Rounding.DOUBLE, false, false).get("value")) sum += value;
    return sum / rows;
  }

  /**
   * @param backwards the order of all sums
   * @param reciprocal C · (1/(C + d²)) in place of C/(C + d²)
   */
  Map<String, double[]> evaluate(Rounding p, boolean backwards, boolean reciprocal) {
    double[] value = new double[rows];
    double[] dz = before.clone();
    double alike = p.r(1.0 / (rows - 1));
    double mixed = p.r(2.0 / rows);
    for (int i = 0; i < rows; i++)
      for (int k = 0; k < rows; k++) {
        int j = backwards ? rows - 1 - k : k;
        double[] zz = kernel(p, z, i, z, j, backwards, reciprocal);
        double[] pp = kernel(p, prior, i, prior, j, backwards, reciprocal);
        double[] zp = kernel(p, z, i, prior, j, backwards, reciprocal);
        double same = i == j ? 0 : p.r(alike * p.r(zz[0] + pp[0]));
        value[i] = p.r(value[i] + p.r(same - p.r(mixed * zp[0])));
        double unit = p.r(4 * weight / rows);
        double apart = p.r(p.r(unit * alike) * zz[1]);
        double together = p.r(p.r(unit / rows) * zp[1]);
        for (int e = 0; e < columns; e++) {
          int at = i * columns + e;
          double push = p.r(apart * p.r(z[at] - z[j * columns + e]));
          double pull = p.r(together * p.r(z[at] - prior[j * columns + e]));
          dz[at] = p.r(dz[at] + p.r(pull - push));
        }
      }
    return Map.of("value", value, "dz", dz);
  }

  /** k = Σ C/(C + d²) and Σ C/(C + d²)². */
  private double[] kernel(
      Rounding p, double[] x, int i, double[] y, int j, boolean backwards, boolean reciprocal) {
    double square = 0;
    for (int k = 0; k < columns; k++) {
      int e = backwards ? columns - 1 - k : k;
      double difference = p.r(x[i * columns + e] - y[j * columns + e]);
      square = p.r(square + p.r(difference * difference));
    }
    double sum = 0;
    double slope = 0;
    for (int k = 0; k < SCALES.length; k++) {
      double c = p.r(SCALES[backwards ? SCALES.length - 1 - k : k] * 2 * columns);
      double whole = p.r(c + square);
      double share = reciprocal ? p.r(c * p.r(1 / whole)) : p.r(c / whole);
      sum = p.r(sum + share);
      slope = p.r(slope + p.r(reciprocal ? share * p.r(1 / whole) : share / whole));
    }
    return new double[] {sum, slope};
  }
}
