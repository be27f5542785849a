package dev.sild.evaluation;

import dev.sild.bindings.Device;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Intrinsic dimension from distances to near neighbours (Levina and Bickel 2004), the inverses
 * averaged over the points as MacKay and Ghahramani 2005 propose: with T_j the distance to the j-th
 * neighbour, k̂ = [mean over points of 1/(K − 1) Σ_{j&lt;K} ln(T_K/T_j)]⁻¹, whose inverse is
 * unbiased where the density is constant over the neighbourhood. It falls short where it is not,
 * above all in high dimension.
 *
 * @param value k̂; NaN where fewer than two points have so many neighbours that are not copies
 * @param standardError from the spread over points, taken for independent
 * @param points they were averaged over
 */
public record NeighbourDimension(double value, double standardError, int points) {
  /** K: few enough to stay near, enough to be steady. */
  public static final int NEIGHBOURS = 20;

  private static final int CANDIDATES = 3 * NEIGHBOURS;
  private static final int MOST = 8000;

  /**
   * Of rows (n, d), or of {@value #MOST} random ones of them.
   *
   * @throws IllegalArgumentException if a number is not finite
   */
  public static NeighbourDimension of(Device device, float[] x, int n, int d, int seed) {
    Rows all = Rows.of("a point", x, n, d);
    Rows rows = n > MOST ? all.draw(MOST, new SplittableRandom(seed)) : all;
    Candidates[] nearest = new Candidates[rows.n()];
    for (int i = 0; i < nearest.length; i++) nearest[i] = new Candidates();
    try (SquaredDistances distances = new SquaredDistances(device, d)) {
      distances.between(
          rows,
          rows,
          rows.mean(),
          (i, first, count, squares) -> {
            for (int j = 0; j < count; j++)
              if (first + j != i) nearest[i].offer(squares[j], first + j);
          });
    }
    double[][] exact = new double[rows.n()][];
    for (int i = 0; i < exact.length; i++) exact[i] = nearest[i].exact(rows, i);
    return of(exact);
  }

  /** The nearest by squared distances as f32 resolves them: more of them than are needed. */
  private static final class Candidates {
    private final double[] rising = new double[CANDIDATES];
    private final int[] indices = new int[CANDIDATES];
    private int held;

    void offer(double square, int index) {
      if (held == CANDIDATES && !(square < rising[held - 1])) return;
      int at = held == CANDIDATES ? held - 1 : held++;
      for (; at > 0 && rising[at - 1] > square; at--) {
        rising[at] = rising[at - 1];
        indices[at] = indices[at - 1];
      }
      rising[at] = square;
      indices[at] = index;
    }

    /**
     * The squared distances of those that are no copies, in double, rising; the first K or fewer.
     */
    double[] exact(Rows rows, int own) {
      return Arrays.stream(indices, 0, held)
          .mapToDouble(other -> rows.squaredDistance(own, rows, other))
          .filter(square -> square > 0)
          .sorted()
          .limit(NEIGHBOURS)
          .toArray();
    }
  }

  private static NeighbourDimension of(double[][] squares) {
    double sum = 0;
    double sumOfSquares = 0;
    int points = 0;
    for (double[] row : squares) {
      if (row.length < NEIGHBOURS) continue;
      double last = row[NEIGHBOURS - 1];
      double inverse = 0;
      for (int j = 0; j < NEIGHBOURS - 1; j++) inverse += 0.5 * Math.log(last / row[j]);
      inverse /= NEIGHBOURS - 1;
      sum += inverse;
      sumOfSquares += inverse * inverse;
      points++;
    }
    if (points < 2 || !(sum > 0)) return new NeighbourDimension(Double.NaN, Double.NaN, points);
    double mean = sum / points;
    double variance = (sumOfSquares - points * mean * mean) / (points - 1) / points;
    return new NeighbourDimension(
        1 / mean, Math.sqrt(Math.max(0, variance)) / (mean * mean), points);
  }
}
