package dev.sild.baseline;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * First centres by k-means++ (Arthur and Vassilvitskii 2007): rows of the data, each drawn with a
 * chance in proportion to its squared distance to the nearest centre so far; of 2 + ⌊ln K⌋ drawn,
 * the one that leaves the least sum of such distances.
 */
final class KMeansSeeds {
  private final float[] z;
  private final int n;
  private final int d;
  private final SplittableRandom random;
  private double[] nearest;

  private KMeansSeeds(float[] z, int n, int d, int seed) {
    this.z = z;
    this.n = n;
    this.d = d;
    this.random = new SplittableRandom(seed);
    this.nearest = new double[n];
  }

  /**
   * The nearest centre of each row, (n); some of 0 … K − 1 may not occur where rows repeat.
   *
   * @param z (n, d)
   */
  static int[] assign(float[] z, int n, int d, int centres, int seed) {
    return new KMeansSeeds(z, n, d, seed).assign(centres);
  }

  private int[] assign(int centres) {
    int[] owner = new int[n];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    int trials = 2 + (int) Math.log(centres);
    nearest = reduced(random.nextInt(n));
    for (int c = 1; c < centres; c++) {
      double total = Arrays.stream(nearest).sum();
      if (!(total > 0)) break; // fewer different rows than centres
      double[] best = null;
      double least = Double.POSITIVE_INFINITY;
      for (int trial = 0; trial < trials; trial++) {
        double[] reduced = reduced(draw(total));
        double sum = Arrays.stream(reduced).sum();
        if (!(sum < least)) continue;
        least = sum;
        best = reduced;
      }
      for (int i = 0; i < n; i++) if (best[i] < nearest[i]) owner[i] = c;
      nearest = best;
    }
    return owner;
  }

  private int draw(double total) {
    double left = random.nextDouble() * total;
    int row = 0;
    while (row + 1 < n && left >= nearest[row]) left -= nearest[row++];
    return row;
  }

  /** Squared distances to the nearest centre, if this row were one, too. */
  private double[] reduced(int centre) {
    double[] reduced = new double[n];
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < d; j++) {
        double difference = (double) z[i * d + j] - z[centre * d + j];
        sum += difference * difference;
      }
      reduced[i] = Math.min(nearest[i], sum);
    }
    return reduced;
  }
}
