package dev.sild.evaluation;

import dev.sild.data.Moments;
import dev.sild.data.Subset;
import java.util.SplittableRandom;

/**
 * A finite matrix (n, p), row-major and borrowed.
 *
 * @param x may be longer
 */
record Rows(float[] x, int n, int p) {

  /**
   * Checks shape and numbers.
   *
   * @param name of a row, for the message
   * @throws IllegalArgumentException if x is too short or a number is not finite
   */
  static Rows of(String name, float[] x, int n, int p) {
    Moments.requireRows(x, n, p);
    Rows rows = new Rows(x, n, p);
    if (!rows.finite()) throw new IllegalArgumentException(name + " that is not finite");
    return rows;
  }

  boolean finite() {
    for (int i = 0; i < n * p; i++) if (!Float.isFinite(x[i])) return false;
    return true;
  }

  /** {@code count} of these rows drawn without replacement. */
  Rows draw(int count, SplittableRandom random) {
    int[] rows = Subset.draw(n, count, random);
    float[] drawn = new float[count * p];
    for (int i = 0; i < count; i++) System.arraycopy(x, rows[i] * p, drawn, i * p, p);
    return new Rows(drawn, count, p);
  }

  double[] mean() {
    return Moments.of(x, n, p).mean();
  }

  /** Rows {@code first … first + count}, less a centre. */
  float[] centred(int first, int count, double[] centre) {
    float[] part = new float[count * p];
    for (int i = 0; i < count; i++)
      for (int j = 0; j < p; j++) part[i * p + j] = (float) (x[(first + i) * p + j] - centre[j]);
    return part;
  }

  double squaredDistance(int row, Rows other, int otherRow) {
    double sum = 0;
    for (int j = 0; j < p; j++) {
      double difference = (double) x[row * p + j] - other.x[otherRow * p + j];
      sum += difference * difference;
    }
    return sum;
  }
}
