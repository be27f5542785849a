package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * (⟨x, y⟩/f + 1)³ is a sum of powers of ⟨x, y⟩, and E⟨x, y⟩^p of independent x and y is the inner
 * product of their p-th moment tensors M_p: the expectation is Σ_p C(3, p) f^{−p} ‖M_p(a) −
 * M_p(b)‖². For N(0, I) against N(μ, c² I), with s = ‖μ‖² and v = c² − 1: ‖ΔM₁‖² = s; ΔM₂ = μμᵀ + v
 * I, s² + 2 v s + f v²; ΔM₃ = μ⊗μ⊗μ + c² Σ of the three δ⊗μ, s³ + 6 c² s² + c⁴ (3 f + 6) s.
 */
class KernelDistanceTest {
  private static final long SEED = 17;

  private static double expected(int f, double s, double c) {
    double v = c * c - 1;
    double second = s * s + 2 * v * s + f * v * v;
    double third = s * s * s + 6 * c * c * s * s + Math.pow(c, 4) * (3 * f + 6) * s;
    return 3 * s / f + 3 * second / (f * f) + third / Math.pow(f, 3);
  }

  /** One law; a shift; a scale; both; the mean of 400 estimates within 4 of its errors. */
  @ParameterizedTest
  @CsvSource({"1, 0, 1", "5, 0, 1", "1, 0.5, 1", "3, 0.4, 1", "4, 0, 1.3", "2, 0.3, 0.8"})
  void estimatesHaveTheExpectationOfTheMoments(int f, double shift, double scale) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    int repeats = 400;
    int n = 60;
    double mean = 0;
    double squares = 0;
    try (Device device = Device.open("cpu")) {
      for (int r = 0; r < repeats; r++) {
        float[] a = normals(random, n * f, 0, 1);
        float[] b = normals(random, n * f, shift, scale);
        double value = KernelDistance.of(device, a, n, b, n, f, 3, 40, r).value();
        double delta = value - mean;
        mean += delta / (r + 1);
        squares += delta * (value - mean);
      }
    }
    double error = Math.sqrt(squares / (repeats - 1) / repeats);
    double expected = expected(f, f * shift * shift, scale);
    System.out.printf("%f ± %f, expected %f%n", mean, error, expected);
    assertThat(mean).isCloseTo(expected, within(4 * error));
    if (expected > 0) assertThat(error).isLessThan(expected / 10); // it could have failed
  }

  /** Large numbers cancel in a distance: whatever the device's precision, it is of plain f32. */
  @Test
  void theDevicesPrecisionDoesNotReachTheDistances() {
    int n = 64;
    int f = 24;
    Random random = new Random(SEED);
    float[] a = normals(random, n * f, 5, 1);
    float[] b = normals(random, n * f, 5.01, 1);
    try (Device exact = Device.open("cpu", Precision.F32_STRICT);
        Device coarse = Device.open("cpu", Precision.BF16)) {
      assertThat(KernelDistance.of(coarse, a, n, b, n, f, 5, 50, 3))
          .isEqualTo(KernelDistance.of(exact, a, n, b, n, f, 5, 50, 3));
      assertThat(PrecisionRecall.of(coarse, a, n, b, n, f, n, 3))
          .isEqualTo(PrecisionRecall.of(exact, a, n, b, n, f, n, 3));
    }
  }

  /** All rows in one subset: the double sum itself, to f32 of the products. */
  @Test
  void oneSubsetOfAllRowsIsTheDoubleSum() {
    int n = 37;
    int f = 11;
    Random random = new Random(SEED);
    float[] a = normals(random, n * f, 0.2, 1);
    float[] b = normals(random, n * f, 0, 1.5);
    double expected = 0;
    double largest = 0;
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        double own = i == j ? 0 : kernel(a, i, a, j, f) + kernel(b, i, b, j, f);
        double cross = kernel(a, i, b, j, f);
        expected += own / (n * (n - 1)) - 2 * cross / (n * n);
        largest = Math.max(largest, Math.max(own, Math.abs(cross)));
      }
    try (Device device = Device.open("cpu")) {
      KernelDistance found = KernelDistance.of(device, a, n, b, n, f, 1, 1000, 3);
      assertThat(found.value()).isCloseTo(expected, within(3 * 4e-6 * largest));
      assertThat(found.size()).isEqualTo(n);
      assertThat(found.standardError()).isZero();
      assertThat(found.standardDeviation()).isNaN();
    }
  }

  /**
   * Fresh data each time, so many that subsets are nearly independent: R var(value)/E[error²] is χ²
   * of R − 1. The bootstrap's variance of a mean of S is (S − 1)/S of the truth. The normal
   * quantile 4 of Wilson and Hilferty is passed once in 16,000.
   */
  @Test
  void theStandardErrorIsTheSpreadOfIndependentRepetitions() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    int repeats = 120;
    int subsets = 20;
    int n = 4000;
    int f = 3;
    double[] values = new double[repeats];
    double errors = 0;
    try (Device device = Device.open("cpu")) {
      for (int r = 0; r < repeats; r++) {
        float[] a = normals(random, n * f, 0, 1);
        float[] b = normals(random, n * f, 0, 1);
        KernelDistance found = KernelDistance.of(device, a, n, b, n, f, subsets, 20, r);
        values[r] = found.value();
        errors += found.standardError() * found.standardError() / repeats;
        double ideal = found.standardDeviation() * Math.sqrt((subsets - 1.0) / subsets / subsets);
        assertThat(found.standardError()).isCloseTo(ideal, within(1e-12));
      }
    }
    double mean = java.util.Arrays.stream(values).average().orElseThrow();
    double squares = 0;
    for (double value : values) squares += (value - mean) * (value - mean);
    double ratio = squares / (repeats - 1) / (errors * subsets / (subsets - 1));
    double nine = 2.0 / (9 * (repeats - 1));
    System.out.println("variance over error²: " + ratio);
    // a subset value of excess kurtosis κ makes 2/(R − 1) to (2 + 2/19 + 2 κ/20)/R: half as much
    // again for κ = 9
    assertThat(ratio)
        .isBetween(
            Math.pow(1 - nine - 4 * Math.sqrt(1.5 * nine), 3),
            Math.pow(1 - nine + 4 * Math.sqrt(1.5 * nine), 3));
  }

  @Test
  void threadsDoNotChangeABit() {
    int n = 700;
    int f = 130;
    Random random = new Random(SEED);
    float[] a = normals(random, n * f, 0, 1);
    float[] b = normals(random, n * f, 0.1, 1);
    try (Device one = Device.open("cpu", Precision.F32, 1);
        Device two = Device.open("cpu", Precision.F32, 2)) {
      KernelDistance alone = KernelDistance.of(one, a, n, b, n, f, 7, 501, 5);
      assertThat(KernelDistance.of(two, a, n, b, n, f, 7, 501, 5)).isEqualTo(alone);
      assertThat(KernelDistance.of(two, a, n, b, n, f, 7, 501, 6)).isNotEqualTo(alone);
    }
  }

  @Test
  void tooFewRowsAndFeaturesThatAreNotFiniteAreRefused() {
    try (Device device = Device.open("cpu")) {
      float[] x = {1, 2, 3, Float.NaN};
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KernelDistance.of(device, x, 1, x, 3, 1, 1, 9, 1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KernelDistance.of(device, x, 3, x, 4, 1, 1, 9, 1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KernelDistance.of(device, x, 3, x, 3, 1, 0, 9, 1));
    }
  }

  private static double kernel(float[] x, int i, float[] y, int j, int f) {
    double dot = 0;
    for (int t = 0; t < f; t++) dot += (double) x[i * f + t] * y[j * f + t];
    return Math.pow(dot / f + 1, 3);
  }

  private static float[] normals(Random random, int count, double mean, double scale) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) (mean + scale * random.nextGaussian());
    return x;
  }
}
