package dev.sild.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Philox;
import dev.sild.diffusion.Denoiser;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Solvers against what is known in closed form. */
class SamplerTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261122);
  private static final double S = 0.8;
  private static final double MAX = 10;
  private static final double MIN = 0.05;

  /** D(x; σ) = s²/(s² + σ²) x, the exact denoiser of N(0, s² I). */
  private static final Denoiser LINEAR =
      (stream, denoised, x, sigma) -> scale(stream, denoised, x, S * S / (S * S + sigma * sigma));

  private static void scale(Stream stream, View to, View x, double factor) {
    stream.samplerStep(
        to, x, factor, null, 0, null, 0, 0, new dev.sild.bindings.Noise(0, 0), null, 0);
  }

  /**
   * The probability flow of N(0, s² I) is x(σ) = x(σ_max) √((s² + σ²)/(s² + σ_max²)). Heun's error
   * falls by 4 when the steps double, up to the next order (1/K of itself) and f32.
   */
  @ParameterizedTest
  @ValueSource(strings = {"edm", "logsnr"})
  void heunIsOfSecondOrderOnAGaussian(String family) {
    double exact = Math.sqrt((S * S + MIN * MIN) / (S * S + MAX * MAX));
    double[] errors = new double[3];
    try (Run run = new Run(1, 1, SEED)) {
      for (int i = 0; i < 3; i++) {
        Schedule schedule = Schedule.Family.of(family).between(MAX, MIN, 24 << i);
        float[] x = run.integrate(new Heun(), LINEAR, schedule, 1f);
        errors[i] = Math.abs(x[0] - exact) / exact;
      }
    }
    System.out.println(family + ": relative errors " + Arrays.toString(errors));
    assertThat(errors[2]).isGreaterThan(1e-5); // above f32's own
    assertThat(errors[0] / errors[1]).isBetween(3.5, 4.5);
    assertThat(errors[1] / errors[2]).isBetween(3.5, 4.5);
    assertThat(errors[2]).isLessThan(2e-3);
  }

  /**
   * On N(0, s² I) a step of Euler–Maruyama multiplies by a + (1 − a) c and adds noise σ²(1 − a), so
   * the variance obeys a recursion that holds for any number of steps, four included. The variance
   * of n normals has standard error v √(2/n); 4 of them.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 40})
  void eulerMaruyamaHasTheVarianceOfItsRecursion(int steps) {
    System.out.println("seed " + SEED);
    Schedule schedule = Schedule.edm(MAX, MIN, steps, 7);
    double variance = MAX * MAX;
    for (int i = 0; i < steps; i++) {
      double sigma = schedule.sigma(i);
      double a = Math.pow(schedule.sigma(i + 1) / sigma, 2);
      double c = S * S / (S * S + sigma * sigma);
      variance = Math.pow(a + (1 - a) * c, 2) * variance + sigma * sigma * (1 - a);
    }
    variance *= Math.pow(S * S / (S * S + MIN * MIN), 2); // the last denoiser evaluation
    int n = 200_000;
    try (Run run = new Run(n / 4, 4, SEED)) {
      float[] x = run.sample(new EulerMaruyama(Sde.VE), LINEAR, schedule, n / 4, 0);
      double mean = 0;
      double squares = 0;
      for (float value : x) {
        mean += value / n;
        squares += (double) value * value / n;
      }
      assertThat(squares).isCloseTo(variance, within(4 * variance * Math.sqrt(2.0 / n)));
      assertThat(mean).isCloseTo(0, within(4 * Math.sqrt(variance / n)));
    }
  }

  /**
   * With D = 0 nothing but the noise is left, and after one step it is σ √(1 − a) z + a σ_max z'.
   */
  @Test
  void theNoiseOfStepsIsIndependent() {
    Denoiser zero = (stream, denoised, x, sigma) -> scale(stream, denoised, x, 0);
    int n = 100_000;
    try (Run run = new Run(n, 1, SEED)) {
      Schedule schedule = new Schedule(new double[] {2, 1});
      float[] zeros = new float[n];
      float[] one = run.integrate(new EulerMaruyama(Sde.VE), zero, schedule, zeros);
      Schedule both = new Schedule(new double[] {2, 1, 0.5});
      float[] two = run.integrate(new EulerMaruyama(Sde.VE), zero, both, zeros);
      double product = 0; // two = a₁ one + fresh: subtract, then correlate
      for (int i = 0; i < n; i++) product += one[i] * (two[i] - 0.25 * one[i]) / n;
      double sizes = Math.sqrt(4 * 0.75) * Math.sqrt(1 * 0.75);
      assertThat(product).isCloseTo(0, within(4 * sizes / Math.sqrt(n)));
    }
  }

  /**
   * DDIM is Euler's method, of first order; DPM-Solver++(2M) is of second, the probability flow of
   * third order.
   */
  @ParameterizedTest
  @CsvSource({"ddim, 2, 48", "dpmpp2m, 4, 48", "ode, 8, 16"})
  void solversOfTheFlowHaveTheirOrderOnAGaussian(String name, double factor, int steps) {
    double exact = Math.sqrt((S * S + MIN * MIN) / (S * S + MAX * MAX));
    double[] errors = new double[3];
    try (Run run = new Run(1, 1, SEED)) {
      for (int i = 0; i < 3; i++) {
        float[] x =
            run.integrate(Sampler.of(name), LINEAR, Schedule.edm(MAX, MIN, steps << i, 7), 1f);
        errors[i] = Math.abs(x[0] - exact) / exact;
      }
    }
    System.out.println(name + ": relative errors " + Arrays.toString(errors));
    assertThat(errors[2]).isGreaterThan(1e-5); // above f32's own
    assertThat(errors[0] / errors[1]).isBetween(0.85 * factor, 1.15 * factor);
    assertThat(errors[1] / errors[2]).isBetween(0.9 * factor, 1.1 * factor);
  }

  /**
   * What the sampler {@code ode} is for: at equal evaluations it ends nearer to the flow of a
   * mixture than the others that follow it, and the more so the more evaluations there are. The
   * yardstick is itself on a grid 16 times as fine as the finest.
   */
  @Test
  void theProbabilityFlowIsFollowedBestByItsOwnSampler() {
    GaussianMixture mixture = GaussianMixture.three();
    int n = 200;
    try (Run run = new Run(n, 2, SEED)) {
      float[] start = new float[2 * n];
      double[] normals = new double[2];
      for (int i = 0; i < n; i++) {
        Philox.normals(normals, SEED, 5, i, 0);
        for (int j = 0; j < 2; j++) start[2 * i + j] = (float) (MAX * normals[j]);
      }
      float[] exact =
          run.integrate(new ProbabilityFlow(), mixture, Schedule.edm(MAX, MIN, 1024, 7), start);
      for (int evaluations : new int[] {16, 32, 64, 128}) {
        Map<String, Double> errors = new LinkedHashMap<>();
        for (String name : List.of("ddim", "heun", "dpmpp2m", "ode")) {
          Sampler sampler = Sampler.of(name);
          Schedule schedule = Schedule.edm(MAX, MIN, sampler.steps(evaluations), 7);
          assertThat(sampler.plan(schedule)).hasSize(evaluations);
          float[] x = run.integrate(sampler, mixture, schedule, start);
          double sum = 0;
          for (int i = 0; i < x.length; i += 2)
            sum += Math.hypot(x[i] - exact[i], x[i + 1] - exact[i + 1]);
          errors.put(name, sum / n);
        }
        System.out.println(evaluations + " evaluations: mean errors " + errors);
        double own = errors.remove("ode");
        double best = errors.values().stream().mapToDouble(e -> e).min().orElseThrow();
        assertThat(own).isLessThan(best);
        if (evaluations >= 64) assertThat(own).isLessThan(best / 2);
      }
    }
  }

  /** A step of any stochastic sampler on N(0, s² I) is linear: the variance obeys its recursion. */
  @ParameterizedTest
  @ValueSource(strings = {"ancestral", "pc", "vp", "subvp"})
  void stochasticSamplersHaveTheVarianceOfTheirRecursion(String name) {
    System.out.println("seed " + SEED);
    Sampler sampler = name.endsWith("vp") ? new EulerMaruyama(Sde.of(name)) : Sampler.of(name);
    Schedule schedule = Schedule.edm(MAX, MIN, 12, 7);
    double variance = MAX * MAX;
    for (Evaluation e : sampler.whole(schedule)) {
      double c = S * S / (S * S + e.sigma() * e.sigma());
      variance = Math.pow(e.a() + e.b() * c, 2) * variance + e.s() * e.s();
    }
    int n = 200_000;
    try (Run run = new Run(n / 4, 4, SEED)) {
      double squares = 0;
      for (float x : run.sample(sampler, LINEAR, schedule, n / 4, 0)) squares += (double) x * x / n;
      assertThat(squares).isCloseTo(variance, within(4 * variance * Math.sqrt(2.0 / n)));
    }
  }

  /** Whatever the variable, the law at σ_min of many steps is that of N(0, s²) and its noise. */
  @ParameterizedTest
  @EnumSource(Sde.class)
  void theVariablesAgreeAsTheStepsGrow(Sde sde) {
    double exact = S * S + MIN * MIN;
    double[] errors = new double[3];
    for (int i = 0; i < 3; i++) {
      double variance = S * S + MAX * MAX;
      for (Evaluation e : new EulerMaruyama(sde).plan(Schedule.logSnr(MAX, MIN, 200 << (2 * i)))) {
        double c = S * S / (S * S + e.sigma() * e.sigma());
        variance = Math.pow(e.a() + e.b() * c, 2) * variance + e.s() * e.s();
      }
      errors[i] = Math.abs(variance / exact - 1);
    }
    System.out.println(sde + ": relative errors of the variance " + Arrays.toString(errors));
    assertThat(errors[0] / errors[1]).isBetween(3.5, 4.5); // of first order: four times the steps
    assertThat(errors[1] / errors[2]).isBetween(3.8, 4.2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"em", "ancestral", "ddim", "heun", "dpmpp2m", "pc", "ode"})
  void aSampleDoesNotDependOnItsBatch(String name) {
    Sampler sampler = Sampler.of(name);
    Schedule schedule = Schedule.edm(MAX, MIN, 6, 7);
    GaussianMixture mixture = GaussianMixture.three();
    try (Run run = new Run(37, 2, SEED)) {
      float[] all = run.sample(sampler, mixture, schedule, 37, 100);
      for (int at = 0; at < 37; at += 5) {
        int rows = Math.min(5, 37 - at);
        float[] part = run.sample(sampler, mixture, schedule, rows, 100 + at);
        assertThat(part).isEqualTo(Arrays.copyOfRange(all, 2 * at, 2 * (at + rows)));
      }
    }
  }
}
