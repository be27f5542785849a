package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.sampling.Ancestral;
import dev.sild.sampling.EulerMaruyama;
import dev.sild.sampling.Evaluation;
import dev.sild.sampling.Heun;
import dev.sild.sampling.PredictorCorrector;
import dev.sild.sampling.ProbabilityFlow;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Sde;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathKlTest {
  private static final long SEED = Long.getLong("sild.seed", 20261126);
  private static final DenoisingCurve CURVE = TwoPoints.curve(4001);
  private static final PathKl KL = new PathKl(CURVE, 1, 1);

  /** Table E.3 of the protocols: X uniform on ±1, σ from 20 to 0.05, ancestral steps. */
  @ParameterizedTest
  @CsvSource({
    "4, 4.745, 4.058, 7.922",
    "8, 1.113, 0.916, 0.498",
    "16, 0.393, 0.339, 0.187",
    "32, 0.166, 0.148, 0.084",
    "64, 0.077, 0.069, 0.040"
  })
  void theOracleOfTheAncestralStep(int steps, double edm, double logSnr, double cosine) {
    double half = 0.0005 * 1.0000001; // of the last digit
    assertThat(KL.of(new Ancestral(), Schedule.edm(20, 0.05, steps, 7)))
        .isCloseTo(edm, within(half));
    assertThat(KL.of(new Ancestral(), Schedule.logSnr(20, 0.05, steps)))
        .isCloseTo(logSnr, within(half));
    assertThat(KL.of(new Ancestral(), Schedule.cosine(20, 0.05, steps)))
        .isCloseTo(cosine, within(half));
  }

  /** DESIGN §1: ½ Σ [a m Δ − ∫ m dγ + d (a − 1 − ln a)]. */
  @Test
  void eulerMaruyamaInVeIsItsOwnFormula() {
    Schedule schedule = Schedule.edm(20, 0.05, 12, 7);
    double expected = 0;
    for (int i = 0; i < schedule.steps(); i++) {
      double from = Math.pow(schedule.sigma(i), -2);
      double to = Math.pow(schedule.sigma(i + 1), -2);
      double a = from / to;
      expected +=
          0.5
              * (a * CURVE.at(from) * (to - from)
                  - CURVE.integral(from, to)
                  + (a - 1 - Math.log(a)));
    }
    assertThat(KL.of(new EulerMaruyama(Sde.VE), schedule)).isCloseTo(expected, within(1e-10));
  }

  /**
   * E ln p(x'|x)/q(x'|x) over simulated paths, p the exact reverse kernel, a mixture of two
   * Gaussians. Four standard errors.
   */
  @ParameterizedTest
  @CsvSource({
    "ancestral, 3",
    "ancestral, 8",
    "VE, 3",
    "VE, 8",
    "VP, 4",
    "VP, 16",
    "SUBVP, 4",
    "SUBVP, 16"
  })
  void itIsTheMonteCarloPathDivergence(String name, int steps) {
    System.out.println("seed " + SEED);
    Sampler sampler =
        name.equals("ancestral") ? new Ancestral() : new EulerMaruyama(Sde.valueOf(name));
    Schedule schedule = Schedule.logSnr(20, 0.05, steps);
    Random random = new Random(SEED);
    int paths = 100_000;
    double mean = 0;
    double squares = 0;
    for (int n = 1; n <= paths; n++) {
      double ratio = logRatio(sampler, schedule, random);
      double delta = ratio - mean;
      mean += delta / n;
      squares += delta * (ratio - mean);
    }
    double standardError = Math.sqrt(squares / paths / paths);
    double expected = KL.of(sampler, schedule);
    System.out.printf(
        "%s, %d steps: %.4f, by Monte Carlo %.4f ± %.4f%n",
        name, steps, expected, mean, standardError);
    assertThat(mean).isCloseTo(expected, within(4 * standardError + 1e-4 * expected));
  }

  /** ln of the exact path's density over the sampler's, along one exact path from σ_max down. */
  private static double logRatio(Sampler sampler, Schedule schedule, Random random) {
    double x0 = random.nextBoolean() ? 1 : -1;
    double x = x0 + schedule.first() * random.nextGaussian();
    double sum = 0;
    int i = 0;
    for (Evaluation e : sampler.plan(schedule)) {
      double sigma = e.sigma();
      double next = schedule.sigma(++i);
      double kept = next * next / (sigma * sigma);
      double tau = next * Math.sqrt(1 - kept);
      double forward = kept * x + (1 - kept) * x0 + tau * random.nextGaussian();
      double plus = 1 / (1 + Math.exp(-2 * x / (sigma * sigma)));
      double exact =
          plus * bell(forward - kept * x - (1 - kept), tau)
              + (1 - plus) * bell(forward - kept * x + (1 - kept), tau);
      double denoised = TwoPoints.denoise(x, 1 / (sigma * sigma));
      sum += Math.log(exact) - logBell(forward - e.a() * x - e.b() * denoised, e.s());
      x = forward;
    }
    return sum;
  }

  private static double logBell(double x, double s) {
    return -0.5 * x * x / (s * s) - Math.log(s) - 0.5 * Math.log(2 * Math.PI);
  }

  private static double bell(double x, double s) {
    return Math.exp(logBell(x, s));
  }

  @Test
  void aPathWithoutDensityHasNone() {
    Schedule schedule = Schedule.edm(20, 0.05, 8, 7);
    for (Sampler sampler :
        new Sampler[] {new Heun(), new PredictorCorrector(0.16), new ProbabilityFlow()})
      assertThat(KL.of(sampler, schedule)).isNaN();
    assertThat(KL.of(Sampler.of("ddim"), schedule)).isNaN();
    assertThat(KL.of(Sampler.of("dpmpp2m"), schedule)).isNaN();
  }
}
