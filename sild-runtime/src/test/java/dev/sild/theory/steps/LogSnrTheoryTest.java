package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogSnrTheoryTest {

  /**
   * ½ Σ m(γ_i) (r − 1) γ_i − H over levels of all shifts. The mean over 32 shifts is a rule of
   * trapezoids for ∫ γ m d ln γ of a smooth bell: exact; what lies below γ = 10⁻⁹ is less than
   * that.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1.1, 2, 10})
  void theMeanOverShiftsIsTheEntropysAlone(double r) {
    Cube law = new Cube(3);
    int shifts = 32;
    double mean = 0;
    for (int u = 0; u < shifts; u++)
      for (double g = 1e-9 * Math.pow(r, (double) u / shifts); g < 400; g *= r)
        mean += 0.5 * law.m(g) * (r - 1) * g / shifts;
    LogSnrTheory theory = new LogSnrTheory(law.entropy(), 0, Math.log(r));
    assertThat(theory.divergence(1)).isCloseTo(mean - law.entropy(), within(1e-7 * r));
  }

  /** The bound on the best schedule, and the loss of the schedule that it is derived from. */
  @Test
  void theBestScheduleNeedsNoMore() {
    for (int d : new int[] {1, 8, 32})
      for (double bound : new double[] {0.2, 1, 5}) {
        double max = 20 * Math.sqrt(d);
        DenoisingCurve curve = new Cube(d).curve(max, 0.1, 4001);
        LogSnrTheory theory = LogSnrTheory.discrete(d * Math.log(2), max, 0.1);
        int steps = (int) Math.ceil(theory.steps(bound));
        assertThat(StepsNeeded.best(curve, bound, 400)).isBetween(1, steps + 1);
        if (bound > 0.2) continue; // one shift is not the mean where r is large
        double plain =
            new PathKl(curve, d, d).of(new Ancestral(), Schedule.logSnr(max, 0.1, steps));
        // m γ = 1/400 at σ_max, and r < 2, add at most 1/1600 to 0.2
        assertThat(plain).isCloseTo(theory.divergence(steps), within(1.0 / 1600));
      }
  }

  @Test
  void stepsAndDivergenceAreInverse() {
    for (double end : new double[] {0, 2})
      for (double divergence : new double[] {1e-4, 0.1, 3}) {
        LogSnrTheory theory = new LogSnrTheory(4, end, 9);
        assertThat(theory.divergence(theory.steps(divergence))).isCloseTo(divergence, within(1e-9));
      }
  }

  /**
   * N(0, v I) by its plain denoiser: m = d v/(1 + v γ), and a step of u = 1 + v γ from u to u'
   * loses ½ d (u'/u − 1 − ln(u'/u)). The trapezoid's correction leaves terms of order (ln r)² of
   * the first.
   */
  @Test
  void aGaussianEndsAtAHeight() {
    int d = 5;
    double v = 0.25;
    double max = 50;
    double min = 0.05;
    int steps = 100;
    Schedule schedule = Schedule.logSnr(max, min, steps);
    double exact = 0;
    for (int i = 0; i < steps; i++) {
      double u = 1 + v / Math.pow(schedule.sigma(i), 2);
      double next = 1 + v / Math.pow(schedule.sigma(i + 1), 2);
      exact += 0.5 * d * (next / u - 1 - Math.log(next / u));
    }
    double odds = v / (min * min);
    double range = 2 * Math.log(max / min);
    LogSnrTheory theory =
        new LogSnrTheory(0.5 * d * Math.log1p(odds), d * odds / (1 + odds), range);
    double order = Math.pow(range / steps, 2);
    assertThat(theory.divergence(steps)).isCloseTo(exact, within(order * exact));
  }
}
