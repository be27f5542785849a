package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrecisionRecallTest {
  private static final long SEED = 23;

  @Test
  void disjointClustersShareNothing() {
    float[] real = normals(40 * 3, 0);
    float[] fake = normals(50 * 3, 100);
    assertThat(measure(real, 40, fake, 50, 3)).isEqualTo(new PrecisionRecall(0, 0, 0, 0, 40, 50));
  }

  @Test
  void aSetCoversItselfAndRepeatedPointsDoNotSpoilThat() {
    int n = 2000; // two blocks of rows
    float[] x = normals(n * 4, 5);
    PrecisionRecall found = measure(x, n, x.clone(), n, 4);
    assertThat(found.precision()).isEqualTo(1);
    assertThat(found.recall()).isEqualTo(1);
    assertThat(found.coverage()).isEqualTo(1);
    // each ball holds its centre and the five nearest others: those count for it exactly
    assertThat(found.density()).isCloseTo(6.0 / 5, within(1e-12));

    float[] same = new float[n * 4];
    for (int i = 0; i < n; i++) System.arraycopy(x, i / 10 * 4, same, i * 4, 4); // radius 0
    PrecisionRecall repeated = measure(same, n, same.clone(), n, 4);
    assertThat(repeated.precision()).isEqualTo(1);
    assertThat(repeated.recall()).isEqualTo(1);
    assertThat(repeated.density()).isCloseTo(10.0 / 5, within(1e-12));
  }

  /** Two modes far apart, one of them dropped: all samples are good, half of the data is missed. */
  @Test
  void halfOfTheModesDroppedHalvesRecallAndCoverage() {
    int n = 600;
    float[] real = normals(n * 2, 0);
    for (int i = 0; i < n; i++) real[2 * i] += i % 2 == 0 ? -50 : 50;
    float[] fake = new float[n * 2]; // the left mode, each datum twice, moved by a hair
    for (int i = 0; i < n; i++)
      for (int j = 0; j < 2; j++)
        fake[2 * i + j] = real[i / 2 * 4 + j] + (i % 2 == 0 ? 1e-4f : -1e-4f);
    PrecisionRecall found = measure(real, n, fake, n, 2);
    assertThat(found.precision()).isEqualTo(1);
    assertThat(found.recall()).isEqualTo(0.5);
    assertThat(found.coverage()).isEqualTo(0.5);
  }

  /**
   * Small whole numbers, symmetric about 0, so that every product and every mean is exact: ties are
   * frequent and must fall as in the definition.
   */
  @ParameterizedTest
  @CsvSource({"8, 30, 2, 3", "200, 150, 4, 4", "1500, 1100, 12, 6", "600, 4300, 5, 9"})
  void agreesExactlyWithBruteForceWhereArithmeticIsExact(int n, int m, int f, int range) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    float[] real = symmetric(random, n, f, range);
    float[] fake = symmetric(random, m, f, range + 1);
    assertThat(measure(real, n, fake, m, f)).isEqualTo(bruteForce(real, n, fake, m, f, 0));
  }

  /** Between the counts with every ball a hair smaller and a hair larger than it is. */
  @ParameterizedTest
  @CsvSource({"50, 70, 1", "900, 1300, 8", "1100, 700, 150"})
  void agreesWithBruteForceUpToTheResolutionOfF32(int n, int m, int f) {
    System.out.println("seed " + SEED);
    float[] real = normals(n * f, 3);
    float[] fake = normals(m * f, 3.1);
    PrecisionRecall found = measure(real, n, fake, m, f);
    PrecisionRecall low = bruteForce(real, n, fake, m, f, -2e-5);
    PrecisionRecall high = bruteForce(real, n, fake, m, f, 2e-5);
    System.out.println(found);
    assertThat(found.precision()).isBetween(low.precision(), high.precision());
    assertThat(found.recall()).isBetween(low.recall(), high.recall());
    assertThat(found.density()).isBetween(low.density(), high.density());
    assertThat(found.coverage()).isBetween(low.coverage(), high.coverage());
    assertThat(high.precision() - low.precision()).isLessThan(0.01); // it could have failed
  }

  /**
   * Two sets of n from one law: the ball B_k around a datum is empty of samples with probability
   * Π_{1≤i≤k} (n − i)/(2n − i) (Naeem et al., lemma 1), and a sample, by its rank among n, lies in
   * it with probability k/n: a density of 1.
   */
  @Test
  void coverageAndDensityOfTheSameLawAreThoseOfTheLemma() {
    System.out.println("seed " + SEED);
    int n = 400;
    int repeats = 40;
    Random random = new Random(SEED);
    double[] coverage = new double[repeats];
    double[] density = new double[repeats];
    try (Device device = Device.open("cpu")) {
      for (int r = 0; r < repeats; r++) {
        float[] real = normals(random, n * 3, 0);
        float[] fake = normals(random, n * 3, 0);
        PrecisionRecall found = PrecisionRecall.of(device, real, n, fake, n, 3, n, r);
        coverage[r] = found.coverage();
        density[r] = found.density();
      }
    }
    double empty = 1;
    for (int i = 1; i <= 5; i++) empty *= (n - (double) i) / (2 * n - i);
    assertMeanIs(1 - empty, coverage);
    assertMeanIs(1, density);
  }

  /** Within four standard errors. */
  private static void assertMeanIs(double expected, double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    double error = Math.sqrt(squares / (values.length - 1) / values.length);
    System.out.printf("%f ± %f, expected %f%n", mean, error, expected);
    assertThat(mean).isCloseTo(expected, within(4 * error));
  }

  @Test
  void moreRowsThanAskedForAreDrawnBySeed() {
    int n = 300;
    float[] real = normals(n * 2, 0);
    float[] fake = normals(n * 2, 0.5);
    try (Device one = Device.open("cpu", Precision.F32, 1);
        Device two = Device.open("cpu", Precision.F32, 2)) {
      PrecisionRecall found = PrecisionRecall.of(one, real, n, fake, n, 2, 100, 1);
      assertThat(found.realSamples()).isEqualTo(100);
      assertThat(found.fakeSamples()).isEqualTo(100);
      assertThat(PrecisionRecall.of(two, real, n, fake, n, 2, 100, 1)).isEqualTo(found);
      assertThat(PrecisionRecall.of(two, real, n, fake, n, 2, 100, 2)).isNotEqualTo(found);
    }
  }

  @Test
  void tooFewPointsAndNumbersThatAreNotFiniteAreRefused() {
    float[] x = normals(20, 0);
    assertThatIllegalArgumentException().isThrownBy(() -> measure(x, 5, x, 20, 1));
    float[] bad = x.clone();
    bad[19] = Float.NEGATIVE_INFINITY;
    assertThatIllegalArgumentException().isThrownBy(() -> measure(bad, 20, x, 20, 1));
  }

  private static PrecisionRecall measure(float[] real, int n, float[] fake, int m, int f) {
    try (Device device = Device.open("cpu")) {
      return PrecisionRecall.of(device, real, n, fake, m, f, 1 << 20, 1);
    }
  }

  /**
   * The definition in double.
   *
   * @param slack of a squared radius, in units of the two points' squared norms about the mean
   */
  private static PrecisionRecall bruteForce(
      float[] real, int n, float[] fake, int m, int f, double slack) {
    double[] three = radii(real, n, f, 3);
    double[] five = radii(real, n, f, 5);
    double[] fakes = radii(fake, m, f, 3);
    boolean[] precise = new boolean[m];
    boolean[] recalled = new boolean[n];
    boolean[] covered = new boolean[n];
    long inside = 0;
    double[] centre = dev.sild.data.Moments.of(real, n, f).mean();
    double[] norms = norms(real, n, f, centre);
    double[] fakeNorms = norms(fake, m, f, centre);
    for (int i = 0; i < n; i++)
      for (int j = 0; j < m; j++) {
        double square = square(real, i, fake, j, f) - slack * (norms[i] + fakeNorms[j]);
        if (square <= three[i]) precise[j] = true;
        if (square <= fakes[j]) recalled[i] = true;
        if (square <= five[i]) {
          covered[i] = true;
          inside++;
        }
      }
    return new PrecisionRecall(
        share(precise), share(recalled), inside / (5.0 * m), share(covered), n, m);
  }

  private static double[] norms(float[] x, int n, int f, double[] centre) {
    double[] norms = new double[n];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < f; j++) norms[i] += Math.pow(x[i * f + j] - centre[j], 2);
    return norms;
  }

  private static double[] radii(float[] x, int n, int f, int k) {
    double[] radii = new double[n];
    for (int i = 0; i < n; i++) {
      double[] squares = new double[n];
      for (int j = 0; j < n; j++) squares[j] = i == j ? 0 : square(x, i, x, j, f);
      squares[i] = Double.POSITIVE_INFINITY;
      Arrays.sort(squares);
      radii[i] = squares[k - 1];
    }
    return radii;
  }

  private static double square(float[] x, int i, float[] y, int j, int f) {
    double sum = 0;
    for (int t = 0; t < f; t++) sum += Math.pow((double) x[i * f + t] - y[j * f + t], 2);
    return sum;
  }

  private static double share(boolean[] flags) {
    int count = 0;
    for (boolean flag : flags) if (flag) count++;
    return (double) count / flags.length;
  }

  /** Rows x and −x by turns. */
  private static float[] symmetric(Random random, int n, int f, int range) {
    float[] x = new float[n * f];
    for (int i = 0; i < n; i += 2)
      for (int j = 0; j < f; j++) {
        x[i * f + j] = random.nextInt(-range, range + 1);
        x[(i + 1) * f + j] = -x[i * f + j];
      }
    return x;
  }

  private static float[] normals(int count, double mean) {
    return normals(new Random(Double.hashCode(mean) + SEED), count, mean);
  }

  private static float[] normals(Random random, int count, double mean) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) (mean + random.nextGaussian());
    return x;
  }
}
