package dev.sild.evaluation;

import dev.sild.bindings.Device;
import java.util.SplittableRandom;

/**
 * Is every sample like some datum, and every datum like some sample? With B_k(x) the closed ball
 * around x whose radius is the distance to its k-th nearest <em>other</em> point of the same set:
 * precision is the share of samples in some B₃ of the data and recall the share of data in some B₃
 * of the samples (Kynkäänniemi et al., "Improved precision and recall metric", NeurIPS 2019);
 * density is the mean over samples of the number of B₅ of the data around them, divided by 5, and
 * coverage the share of data whose B₅ holds a sample (Naeem et al., "Reliable fidelity and
 * diversity metrics", ICML 2020). Density may exceed 1.
 *
 * <p>Distances are those of {@link SquaredDistances}.
 *
 * @param realSamples rows of the data that were compared
 * @param fakeSamples samples that were compared
 */
public record PrecisionRecall(
    double precision,
    double recall,
    double density,
    double coverage,
    int realSamples,
    int fakeSamples) {
  /** k of precision and recall. */
  public static final int NEIGHBOURS = 3;

  /** k of density and coverage. */
  public static final int DENSITY_NEIGHBOURS = 5;

  /** The most rows of each set unless said otherwise: the work grows with their product. */
  public static final int MOST = 5000;

  /**
   * Measures.
   *
   * @param device does the products; nothing is left on it
   * @param real (n, f) data, n ≥ 6
   * @param fake (m, f) samples, m ≥ 6
   * @param most rows of each that are compared, drawn without replacement where there are more
   * @param seed of that drawing
   * @throws IllegalArgumentException if a shape is wrong or a number is not finite
   */
  public static PrecisionRecall of(
      Device device, float[] real, int n, float[] fake, int m, int f, int most, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows data = few(Rows.of("real feature", real, n, f), most, random);
    Rows samples = few(Rows.of("sampled feature", fake, m, f), most, random);
    if (Math.min(data.n(), samples.n()) <= DENSITY_NEIGHBOURS)
      throw new IllegalArgumentException(
          "%d neighbours among %d and %d".formatted(DENSITY_NEIGHBOURS, data.n(), samples.n()));
    try (SquaredDistances distances = new SquaredDistances(device, f)) {
      double[][] dataRadii = radii(distances, data);
      double[][] sampleRadii = radii(distances, samples);
      Balls balls = new Balls(dataRadii, sampleRadii[NEIGHBOURS - 1]);
      distances.between(data, samples, data.mean(), balls);
      return balls.result();
    }
  }

  private static Rows few(Rows all, int most, SplittableRandom random) {
    return all.n() <= most ? all : all.draw(most, random);
  }

  /** Squared distances to the nearest others: the k-th nearest of row i at [k − 1][i]. */
  private static double[][] radii(SquaredDistances distances, Rows rows) {
    double[][] nearest = new double[DENSITY_NEIGHBOURS][rows.n()];
    for (double[] row : nearest) java.util.Arrays.fill(row, Double.POSITIVE_INFINITY);
    distances.between(
        rows,
        rows,
        rows.mean(),
        (i, first, count, squares) -> {
          for (int j = 0; j < count; j++) {
            double square = squares[j];
            int k = DENSITY_NEIGHBOURS - 1;
            if (square >= nearest[k][i] || first + j == i) continue;
            for (; k > 0 && square < nearest[k - 1][i]; k--) nearest[k][i] = nearest[k - 1][i];
            nearest[k][i] = square;
          }
        });
    return nearest;
  }

  /** Counts which balls hold which points. */
  private static final class Balls implements SquaredDistances.Visitor {
    private final double[] radii; // of the data, for precision
    private final double[] wide; // of the data, for density and coverage
    private final double[] sampleRadii;
    private final boolean[] precise;
    private final boolean[] recalled;
    private final boolean[] covered;
    private long inside;

    Balls(double[][] dataRadii, double[] sampleRadii) {
      this.radii = dataRadii[NEIGHBOURS - 1];
      this.wide = dataRadii[DENSITY_NEIGHBOURS - 1];
      this.sampleRadii = sampleRadii;
      this.precise = new boolean[sampleRadii.length];
      this.recalled = new boolean[radii.length];
      this.covered = new boolean[radii.length];
    }

    @Override
    public void row(int i, int first, int count, double[] squares) {
      for (int j = 0; j < count; j++) {
        double square = squares[j];
        if (square <= sampleRadii[first + j]) recalled[i] = true;
        if (square > wide[i]) continue; // no smaller than radii[i]
        inside++;
        covered[i] = true;
        if (square <= radii[i]) precise[first + j] = true;
      }
    }

    PrecisionRecall result() {
      int n = radii.length;
      int m = sampleRadii.length;
      double density = (double) inside / ((double) DENSITY_NEIGHBOURS * m);
      return new PrecisionRecall(share(precise), share(recalled), density, share(covered), n, m);
    }

    private static double share(boolean[] flags) {
      int count = 0;
      for (boolean flag : flags) if (flag) count++;
      return (double) count / flags.length;
    }
  }
}
