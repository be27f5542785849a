package dev.sild.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Densities along the probability flow against those in closed form, all in double. */
class LikelihoodTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261122);
  private static final int N = 200;
  private static final int[] EVALUATIONS = {32, 64, 128, 256};

  /** N samples with so much noise on them. */
  private static double[] samples(GaussianMixture law, double sigma) {
    double[] x = new double[N * law.dimension()];
    double[] noise = new double[law.dimension()];
    for (int i = 0; i < N; i++) {
      double[] clean = law.sample(SEED, 1, i);
      dev.sild.data.Philox.normals(noise, SEED, 2, i, 0);
      for (int j = 0; j < noise.length; j++) x[i * noise.length + j] = clean[j] + sigma * noise[j];
    }
    return x;
  }

  /**
   * The flow stretches N(0, s² I) by r = √((s² + σ_max²)/(s² + σ_min²)): ln p(x) = ln N(r x; 0,
   * σ_max²) + d ln r. The solver is of third order, so that twice the evaluations leave an eighth
   * of the error, up to the next order.
   */
  @Test
  void aGaussiansIsThatOfItsClosedFormToThirdOrder() {
    double s = 0.8;
    double min = 0.01;
    double max = 40;
    int d = 3;
    var law = new GaussianMixture(new double[] {1}, new double[1][d], new double[] {s * s});
    double[] x = samples(law, min);
    double r = Math.sqrt((s * s + max * max) / (s * s + min * min));
    double[] errors = new double[EVALUATIONS.length];
    for (int k = 0; k < errors.length; k++) {
      double[] found = new Likelihood(min, max, EVALUATIONS[k]).logDensity(law.traced(), x, d);
      for (int i = 0; i < N; i++) {
        double exact = d * Math.log(r / (max * Math.sqrt(2 * Math.PI)));
        for (int j = 0; j < d; j++) exact -= Math.pow(r * x[i * d + j] / max, 2) / 2;
        errors[k] += Math.abs(found[i] - exact) / N;
      }
    }
    System.out.println("seed " + SEED + ", mean errors " + Arrays.toString(errors));
    for (int k = 2; k < errors.length; k++)
      assertThat(errors[k - 1] / errors[k]).isBetween(6.5, 9.5);
    assertThat(errors[3]).isLessThan(1e-4);
  }

  /**
   * A mixture of mean 0, so that N(0, σ_max²) is nearly its law at σ_max: what is between them is
   * looked up over ‖x‖ &lt; 6 σ_max. For a method of third order the error is a seventh of what
   * half the evaluations would change, and never more than that.
   */
  @Test
  void aMixturesIsItsDensityAtTheLowestLevel() {
    double min = 0.05;
    double max = 300;
    var law =
        new GaussianMixture(
            new double[] {0.5, 0.5},
            new double[][] {{1.2, -0.5}, {-1.2, 0.5}},
            new double[] {0.04, 0.09});
    double start = 0;
    for (double r = 0; r < 6; r += 0.05)
      for (double angle = 0; angle < 2 * Math.PI; angle += 0.1) {
        double[] far = {r * max * Math.cos(angle), r * max * Math.sin(angle)};
        double normal = -r * r / 2 - Math.log(2 * Math.PI * max * max);
        start = Math.max(start, Math.abs(law.logDensity(far, max) - normal));
      }
    double[] x = samples(law, min);
    double[] exact = new double[N];
    for (int i = 0; i < N; i++)
      exact[i] = law.logDensity(new double[] {x[2 * i], x[2 * i + 1]}, min);
    double before = Double.NaN;
    double error = Double.NaN;
    for (int evaluations : EVALUATIONS) {
      double[] found = new Likelihood(min, max, evaluations).logDensity(law.traced(), x, 2);
      double mean = 0;
      error = 0;
      for (int i = 0; i < N; i++) {
        mean += found[i] / N;
        error += (found[i] - exact[i]) / N;
      }
      System.out.printf("%d: mean error %.2g, moved by %.2g%n", evaluations, error, mean - before);
      if (evaluations > 64) assertThat(Math.abs(error)).isLessThan(Math.abs(mean - before) + start);
      before = mean;
    }
    assertThat(Math.abs(error)).isLessThan(1e-3);
  }

  /**
   * The flow is one to one, so that its density integrates to 1. The sum over a grid of spacing h
   * is the integral up to e^{−2π² v/h²} ≈ 10⁻¹⁰⁰, v ≥ 0.03 the least variance at σ_min; 4 standard
   * deviations of 0.26 beyond the means lose 10⁻⁴, and the solver leaves as much.
   */
  @Test
  void aMixturesIntegratesToOne() {
    GaussianMixture law = GaussianMixture.three();
    double h = 0.05;
    int side = 100;
    double[] grid = new double[2 * side * side];
    for (int i = 0; i < side * side; i++) {
      grid[2 * i] = h * (i % side - side / 2);
      grid[2 * i + 1] = h * (i / side - side / 2);
    }
    double mass = 0;
    for (double log : new Likelihood(0.1, 40, 128).logDensity(law.traced(), grid, 2))
      mass += Math.exp(log) * h * h;
    System.out.println("mass " + mass);
    assertThat(mass).isCloseTo(1, within(2e-3));
  }
}
