package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.data.Source;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int SAMPLES = 1024;

  private static ErrorCurve measure(Target target, double max, double min, int levels) {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        ExactDenoiser denoiser = new ExactDenoiser(device, target, 256);
        Source source = target.source(device, 256, Purpose.HELD_OUT_SAMPLES.noise(SEED))) {
      double[] sigmas = ErrorCurve.levels(min, max, levels);
      return ErrorCurve.measure(device, stream, denoiser, source, sigmas, SAMPLES, 256, SEED);
    }
  }

  /** A coordinate of the cube is uniform on ±1: m is d times that of two points. */
  @Test
  void theCubesCurveIsThatOfItsCoordinates() {
    System.out.println("seed " + SEED);
    for (ErrorCurve.Point point : measure(Target.hypercube(5), 10, 0.3, 12).points())
      assertThat(point.m())
          .isCloseTo(5 * TwoPoints.m(point.gamma()), within(4 * point.standardError() + 1e-5));
  }

  /**
   * ½ ∫ m dγ = H. Above σ_max the integral is at most ½ E‖x − Ex‖²/σ_max², below σ_min m is gone;
   * the levels' trapezoids err by less than 0.1 %. The samples leave a standard error of half of
   * the 1 % that is asked.
   */
  @ParameterizedTest
  @CsvSource({"2, 8", "32, 8", "1024, 8", "2, 512", "32, 512", "1024, 512"})
  void halfTheIntegralIsTheEntropyOfADiscreteLaw(int points, int dimension) {
    System.out.println("seed " + SEED);
    Target target = Target.mixture(points, dimension, 0, 1, SEED);
    double max = 20 * Math.sqrt(dimension);
    double min = dimension == 8 ? 0.02 : 0.5;
    DenoisingCurve curve;
    try (Device device = Device.open("cpu");
        VectorLaboratory laboratory = VectorLaboratory.exact(device, target, 2, SEED)) {
      curve = laboratory.curve(max, min, 120, points == 1024 ? 2048 : 16_384, 0);
    }
    double entropy = target.entropy();
    System.out.printf(
        "%d points, d = %d: %.4f ± %.4f of %.4f%n",
        points, dimension, curve.information(), curve.informationError(), entropy);
    assertThat(curve.informationError()).isLessThan(0.01 * entropy / 2);
    assertThat(curve.information()).isCloseTo(entropy, within(0.01 * entropy));
  }

  /**
   * The same of one-hot tokens, and m/σ² → 0: discrete data have no intrinsic dimension. Half the
   * way to another token is 1/√2, 7 σ at σ = 0.1, which happens once in 10¹¹ times.
   */
  @Test
  void tokensHaveTheirEntropyAndNoDimension() {
    System.out.println("seed " + SEED);
    int kinds = 6;
    float[] ones = new float[kinds * kinds];
    for (int v = 0; v < kinds; v++) ones[v * (kinds + 1)] = 1;
    double[] weights = {0.4, 0.25, 0.2, 0.1, 0.04, 0.01};
    Target target = new Target("tokens", kinds, ones, weights, 0);
    try (Device device = Device.open("cpu");
        VectorLaboratory laboratory = VectorLaboratory.exact(device, target, 2, SEED)) {
      DenoisingCurve curve = laboratory.curve(20, 0.05, 120, 16_384, 0);
      assertThat(curve.informationError()).isLessThan(0.01 * target.entropy() / 2);
      assertThat(curve.information()).isCloseTo(target.entropy(), within(0.01 * target.entropy()));
    }
    List<ErrorCurve.Point> points = measure(target, 0.5, 0.05, 10).points();
    assertThat(points.getLast().dimension()).isGreaterThan(0.5);
    for (ErrorCurve.Point point : points)
      if (point.sigma() <= 0.1) assertThat(point.dimension()).isLessThan(1e-6);
  }

  @Test
  void samplesHaveTheWeightsAndMomentsOfTheLaw() {
    Target target =
        new Target("t", 1, new float[] {-1, 0.5f, 2}, new double[] {0.2, 0.5, 0.3}, 0.01);
    int n = 20_000;
    float[] x = new float[n];
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Source source = target.source(device, n, Purpose.HELD_OUT_SAMPLES.noise(SEED))) {
      source.prepare(stream, 0, n);
      x = source.batch(stream, null, n).data().floats();
    }
    int[] counts = new int[3];
    double squares = 0;
    for (float value : x) {
      counts[value < -0.25 ? 0 : value < 1.25 ? 1 : 2]++;
      squares += value * value / n;
    }
    for (int c = 0; c < 3; c++) {
      double w = target.weights()[c];
      assertThat((double) counts[c] / n).isCloseTo(w, within(4 * Math.sqrt(w * (1 - w) / n)));
    }
    assertThat(target.secondMoment()).isCloseTo(0.2 + 0.125 + 1.2 + 0.01, within(1e-12));
    assertThat(squares).isCloseTo(target.secondMoment(), within(4 * 2.0 / Math.sqrt(n)));
    LabelDivergence found = LabelDivergence.of(target.weights(), counts);
    assertThat(found.value()).isCloseTo(0, within(4 * found.standardError() + 3.0 / n));
  }

  /** Labels drawn by q: the estimate is KL(w ‖ q) within its error; an unseen label has none. */
  @Test
  void theLabelsDivergenceIsTheClosedForm() {
    double[] w = {0.25, 0.25, 0.5};
    double[] q = {0.2, 0.4, 0.4};
    double exact = 0;
    for (int c = 0; c < 3; c++) exact += w[c] * Math.log(w[c] / q[c]);
    java.util.Random random = new java.util.Random(SEED);
    double mean = 0;
    double stated = 0;
    double squares = 0;
    int repetitions = 500;
    for (int r = 0; r < repetitions; r++) {
      int[] counts = new int[3];
      for (int i = 0; i < 1000; i++) {
        double u = random.nextDouble();
        counts[u < q[0] ? 0 : u < q[0] + q[1] ? 1 : 2]++;
      }
      LabelDivergence found = LabelDivergence.of(w, counts);
      mean += found.value() / repetitions;
      squares += Math.pow(found.value() - exact, 2) / repetitions;
      stated += found.standardError() / repetitions;
    }
    assertThat(mean).isCloseTo(exact, within(4 * stated / Math.sqrt(repetitions)));
    assertThat(stated / Math.sqrt(squares)).isBetween(0.85, 1.15); // 500 give 3 %
    assertThat(LabelDivergence.of(w, new int[] {5, 0, 5}).value()).isNaN();
  }

  /** Rare labels are counted together: of 100, those of weight 0.02 + 0.04 and 0.14 + 0.3. */
  @Test
  void rareLabelsAreGrouped() {
    double[] w = {0.3, 0.02, 0.5, 0.14, 0.04};
    int[] counts = {31, 0, 48, 13, 8};
    LabelDivergence found = LabelDivergence.grouped(w, counts, 5);
    LabelDivergence byHand =
        LabelDivergence.of(new double[] {0.06, 0.14, 0.3, 0.5}, new int[] {8, 13, 31, 48});
    assertThat(found.value()).isCloseTo(byHand.value(), within(1e-12));
    assertThat(found.standardError()).isCloseTo(byHand.standardError(), within(1e-12));
    assertThat(LabelDivergence.grouped(w, counts, 1000).value()).isCloseTo(0, within(1e-12));
  }

  /** m of a mixture follows from that of its labels in σ̃² = σ² + v. */
  @Test
  void thePlainDenoisersCurveIsThatOfTheLabelsAndOfTheGaussian() {
    System.out.println("seed " + SEED);
    Target mixture = Target.mixture(3, 6, 0.2, 1, SEED);
    double max = Math.hypot(10, Math.sqrt(0.2));
    DenoisingCurve plain;
    try (Device device = Device.open("cpu");
        VectorLaboratory laboratory = VectorLaboratory.exact(device, mixture.labels(), 2, SEED)) {
      plain =
          laboratory.sharedCurve(max, Math.sqrt(0.21), 100, 20_000, 1).plain(6, 0.2, 10, 0.1, 400);
    }
    for (ErrorCurve.Point point : measure(mixture, 10, 0.1, 12).points())
      // 20,000 samples against 1,024: together 1.03 times the error of these, and 100 levels
      assertThat(plain.at(point.gamma()))
          .isCloseTo(point.m(), within(4 * 1.03 * point.standardError() + 1e-3 * point.m()));
  }

  /** Two point masses at distance δ along a random axis: E|⟨u, e⟩| δ, which is δ/2 in R³. */
  @Test
  void slicedWassersteinOfAShiftIsItsMeanProjection() {
    int n = 50;
    float[] a = new float[3 * n];
    float[] b = new float[3 * n];
    for (int i = 0; i < n; i++) b[3 * i] = 2;
    SlicedWasserstein found = SlicedWasserstein.of(a, b, n, 3, 4000, SEED);
    assertThat(found.value()).isCloseTo(1, within(4 * found.standardError()));
    assertThat(found.standardError()).isCloseTo(2 / Math.sqrt(12 * 4000.0), within(5e-4));
    float[] shuffled = a.clone();
    Arrays.fill(shuffled, 0);
    assertThat(SlicedWasserstein.of(a, shuffled, n, 3, 10, SEED).value()).isZero();
  }
}
