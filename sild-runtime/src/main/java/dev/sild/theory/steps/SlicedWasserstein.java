package dev.sild.theory.steps;

import dev.sild.Purpose;
import dev.sild.data.Philox;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Sliced Wasserstein distance (Rabin et al. 2012): the mean over random directions of W_1 between
 * the projections of two sets of equal size.
 *
 * @param value in the unit of the data
 * @param standardError of the mean over directions; the sets' own sampling error comes on top, of
 *     which the same between two sets of exact samples tells
 */
public record SlicedWasserstein(double value, double standardError) {
  /**
   * Of rows (n, d) each.
   *
   * @param directions number of them, at least 2
   */
  public static SlicedWasserstein of(float[] a, float[] b, int n, int d, int directions, int seed) {
    if (a.length != b.length || a.length != (long) n * d)
      throw new IllegalArgumentException("two sets of unequal size");
    double[] found =
        IntStream.range(0, directions)
            .parallel()
            .mapToDouble(k -> along(a, b, n, d, k, seed))
            .toArray();
    double mean = Arrays.stream(found).sum() / directions;
    double squares = Arrays.stream(found).map(w -> (w - mean) * (w - mean)).sum();
    return new SlicedWasserstein(mean, Math.sqrt(squares / (directions - 1) / directions));
  }

  private static double along(float[] a, float[] b, int n, int d, int k, int seed) {
    double[] direction = new double[d];
    Philox.normals(direction, seed, Purpose.PROJECTIONS.noise(seed).purpose(), k, 0);
    double norm = Math.sqrt(Arrays.stream(direction).map(x -> x * x).sum());
    double[] first = projected(a, n, direction, norm);
    double[] second = projected(b, n, direction, norm);
    double sum = 0;
    for (int i = 0; i < n; i++) sum += Math.abs(first[i] - second[i]);
    return sum / n;
  }

  private static double[] projected(float[] x, int n, double[] direction, double norm) {
    double[] all = new double[n];
    int d = direction.length;
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < d; j++) sum += x[i * d + j] * direction[j];
      all[i] = sum / norm;
    }
    Arrays.sort(all);
    return all;
  }
}
