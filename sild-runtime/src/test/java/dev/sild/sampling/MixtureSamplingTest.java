package dev.sild.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Samplers given the exact denoiser of a mixture draw the mixture. */
class MixtureSamplingTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261122);
  private static final int N = 10_000;
  private static final double MAX = 80;
  private static final double MIN = 0.02;

  private final GaussianMixture mixture = GaussianMixture.three();

  /**
   * Figures of a sample: weights of the modes, overall mean, variance inside each mode.
   *
   * @param values weights (3), means (2), variances (3)
   */
  private record Figures(double[] values) {
    static Figures of(GaussianMixture mixture, float[] x) {
      double[] values = new double[8];
      for (int i = 0; i < x.length; i += 2) {
        double[] one = {x[i], x[i + 1]};
        double[] r = mixture.responsibilities(one, 0);
        int c = r[0] > 0.5 ? 0 : r[1] > r[2] ? 1 : 2; // ten standard deviations apart
        values[c]++;
        values[3] += one[0];
        values[4] += one[1];
        double dx = one[0] - mixture.means()[c][0];
        double dy = one[1] - mixture.means()[c][1];
        values[5 + c] += (dx * dx + dy * dy) / 2;
      }
      int n = x.length / 2;
      for (int c = 0; c < 3; c++) values[5 + c] /= values[c];
      for (int c = 0; c < 5; c++) values[c] /= n;
      return new Figures(values);
    }
  }

  /**
   * What exact sampling would give. The last D(x; σ_min) takes a component's variance from v + σ²
   * to v²/(v + σ²).
   */
  private double[] expected() {
    double[] mean = mixture.mean();
    double[] values = {
      mixture.weights()[0], mixture.weights()[1], mixture.weights()[2], mean[0], mean[1], 0, 0, 0
    };
    for (int c = 0; c < 3; c++) {
      double v = mixture.variances()[c];
      values[5 + c] = v * v / (v + MIN * MIN);
    }
    return values;
  }

  /** Standard errors: √(w(1 − w)/n); spread/√n; v/√(n w) of the mean of two squared coordinates. */
  private double[] standardErrors() {
    double[] errors = new double[8];
    for (int c = 0; c < 3; c++) {
      double w = mixture.weights()[c];
      errors[c] = Math.sqrt(w * (1 - w) / N);
      errors[5 + c] = mixture.variances()[c] / Math.sqrt(N * w);
      for (int j = 0; j < 2; j++)
        errors[3 + j] += w * (mixture.variances()[c] + Math.pow(mixture.means()[c][j], 2)) / N;
    }
    for (int j = 3; j < 5; j++) errors[j] = Math.sqrt(errors[j]); // at least the variance
    return errors;
  }

  /**
   * Both samplers start from N(0, σ_max² I), which is the law at σ_max up to |mean|/σ_max. Their
   * errors in law fall as K^{−order}: what is left of them at the fine schedule is told from the
   * coarse one. It must be below two standard errors, so that the four of the Monte Carlo decide.
   */
  @ParameterizedTest
  @CsvSource({"em, 160, 640, 1", "heun, 20, 80, 2"})
  void weightsMeanAndVariancesAreThoseOfTheMixture(String name, int coarse, int fine, int order) {
    System.out.println("seed " + SEED);
    Sampler sampler = Sampler.of(name);
    try (Run run = new Run(N, 2, SEED)) {
      double[] rough = figures(run, sampler, coarse);
      double[] actual = figures(run, sampler, fine);
      double[] wanted = expected();
      double[] errors = standardErrors();
      System.out.println(name + " coarse " + Arrays.toString(rough));
      System.out.println(name + " fine   " + Arrays.toString(actual));
      System.out.println("wanted      " + Arrays.toString(wanted));
      System.out.println("error/se    " + Arrays.toString(ratios(actual, wanted, errors)));
      double shrink = Math.pow((double) coarse / fine, order);
      for (int i = 0; i < 8; i++) {
        double left = Math.abs(rough[i] - wanted[i]) * shrink;
        assertThat(left).as("discretisation left in figure %d", i).isLessThan(2 * errors[i]);
        double tolerance = 4 * errors[i] + left;
        assertThat(actual[i]).as("figure %d", i).isCloseTo(wanted[i], within(tolerance));
      }
    }
  }

  private double[] figures(Run run, Sampler sampler, int steps) {
    Schedule schedule = Schedule.edm(MAX, MIN, steps, 7);
    return Figures.of(mixture, run.sample(sampler, mixture, schedule, N, 0)).values();
  }

  private static double[] ratios(double[] actual, double[] wanted, double[] errors) {
    double[] ratios = new double[actual.length];
    for (int i = 0; i < ratios.length; i++) ratios[i] = (actual[i] - wanted[i]) / errors[i];
    return ratios;
  }
}
