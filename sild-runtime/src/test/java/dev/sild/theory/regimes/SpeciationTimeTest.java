package dev.sild.theory.regimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.Purpose;
import dev.sild.baseline.Pca;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.theory.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeciationTimeTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  /** Two clusters at ±μ, ‖μ‖² = square, of variance 1. */
  private static Target clusters(int d, double square) {
    float[] centres = new float[2 * d];
    for (int j = 0; j < d; j++) {
      centres[j] = (float) Math.sqrt(square / d);
      centres[d + j] = -centres[j];
    }
    return new Target("two clusters", d, centres, new double[] {0.5, 0.5}, 1);
  }

  @Test
  void clonesAgreeAlwaysWithoutNoiseAndByChanceWithMuch() {
    assertThat(SpeciationTime.sameClass(100)).isCloseTo(1, within(1e-12));
    // to first order in a²: p = ½ + (a² + a g)/2, so 1 − 2 p(1 − p) = ½ + a²/2
    assertThat(SpeciationTime.sameClass(1e-6)).isCloseTo(0.5 + 0.5e-6, within(1e-11));
    assertThat(SpeciationTime.LEVEL).isBetween(0.6, 0.7);
  }

  /** The time at which ½ + … crosses the level goes to ½ log(2λ) as λ grows: e^{2t} = 2λ − 2. */
  @Test
  void theLevelIsThatOfTheClosedFormInTheLimit() {
    for (double square : new double[] {10, 100, 1000}) {
      double t = SpeciationTime.of(square + 1);
      double sigma2 = Math.expm1(2 * t);
      double slack = 1 / square; // a² = ½ ‖μ‖²/(‖μ‖² + 1), and P' ≤ ½
      assertThat(SpeciationTime.sameClass(square / (1 + sigma2)))
          .isCloseTo(SpeciationTime.LEVEL, within(slack));
    }
  }

  /** Trajectories against the posterior: binomial errors, and what 48 steps lose. */
  @Test
  void clonesOfTwoClustersAgreeAsOftenAsThePosteriorSays() {
    System.out.println("seed " + SEED);
    int pairs = 2048;
    Target law = clusters(16, 25);
    try (Device device = Device.open("cpu");
        CloneExperiment clones =
            new CloneExperiment(device, law, new int[] {0, 1}, pairs, 48, SEED)) {
      for (double t : new double[] {0.5, 1.2, 1.9, 2.6}) {
        double sigma2 = Math.expm1(2 * t);
        double theory = SpeciationTime.sameClass(25 / (1 + sigma2));
        double error = Math.sqrt(theory * (1 - theory) / pairs);
        assertThat(clones.turn(t, 0).same()).isCloseTo(theory, within(4 * error + 0.01));
      }
    }
  }

  /** At d = 20, the same clones on both devices, but for those whose class hung on a rounding. */
  @Test
  void theGpuTurnsAsTheProcessorDoes() {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    HiddenManifold law =
        new HiddenManifold(Nonlinearity.TANH, FeatureMap.GAUSSIAN_P, 4, 20, 1, SEED);
    int n = 24;
    float[] rows = law.rows(Purpose.TRAINING_SAMPLES, n);
    Target target = Target.rows("rows", new dev.sild.data.Vectors(rows, n, law.dimension()));
    int[] labels = java.util.stream.IntStream.range(0, n).map(HiddenManifold::label).toArray();
    CloneExperiment.Clones[] found = new CloneExperiment.Clones[2];
    for (int k = 0; k < 2; k++)
      try (Device device = k == 0 ? Device.open("cpu") : VirtualGpu.open(Precision.F32_STRICT);
          CloneExperiment clones = new CloneExperiment(device, target, labels, 16, 6, SEED)) {
        found[k] = clones.turn(0.7, 3);
      }
    assertThat(found[1].same()).isCloseTo(found[0].same(), within(1.0 / 16));
    assertThat(found[1].returned()).isCloseTo(found[0].returned(), within(1.0 / 16));
  }

  /**
   * d = 1000, p = 500, ‖μ̃‖ = 0.3 (notes/protocols.md, E.2): a draw of F moves ‖F m‖² by √(2/d) =
   * 4.5 % and 1,500 samples the eigenvalue by √(2/1500) = 3.7 %. tanh and sign saturate at the
   * variance 1 + ‖μ̃‖² of F z, which lowers theirs by up to 9 %.
   */
  @ParameterizedTest
  @CsvSource({
    "LINEAR, GAUSSIAN_P, 93.0, 0",
    "LINEAR, GAUSSIAN_D, 46.5, 0",
    "TANH, GAUSSIAN_P, 34.1, 0.09",
    "SIGN, GAUSSIAN_P, 59.6, 0.09"
  })
  void theLargestEigenvalue(Nonlinearity phi, FeatureMap map, double lambda, double saturation) {
    assertThat(SpeciationTime.eigenvalue(phi, map, 0.5, 1000, 0.3)).isCloseTo(lambda, within(0.06));
    HiddenManifold law = new HiddenManifold(phi, map, 500, 1000, 0.3, SEED);
    int n = 1500;
    double found;
    try (Device device = Device.open("cpu")) {
      float[] rows = law.rows(Purpose.TRAINING_SAMPLES, n);
      found = Pca.fit(device, rows, n, 1000, 1).eigenvalues()[0];
    }
    System.out.printf("%s: %.1f%n", law, found);
    double noise = 3 * Math.hypot(Math.sqrt(2.0 / 1000), Math.sqrt(2.0 / n));
    assertThat(found / lambda).isBetween(1 - saturation - noise, 1 + noise);
  }

  @Test
  void thePublishedForm() {
    double rho = 0.605706;
    double expected = 0.5 * Math.log(2 * (rho * rho * 0.5 * 1000 * 0.09 + 0.027415));
    assertThat(SpeciationTime.published(Nonlinearity.TANH, 0.5, 1000, 0.3))
        .isCloseTo(expected, within(1e-6));
  }
}
