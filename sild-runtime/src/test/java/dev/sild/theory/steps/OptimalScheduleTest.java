package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimalScheduleTest {
  private static final long SEED = Long.getLong("sild.seed", 20261126);

  /** The last column of table E.3. */
  @ParameterizedTest
  @CsvSource({"4, 0.832", "8, 0.277", "16, 0.115", "32, 0.052", "64, 0.0249"})
  void theOracleOfTheDynamicProgramme(int steps, double divergence) {
    DenoisingCurve curve = TwoPoints.curve(4001);
    OptimalSchedule optimal = new OptimalSchedule(curve, 64);
    double half = (steps == 64 ? 0.00005 : 0.0005) * 1.0000001;
    assertThat(optimal.divergence(steps)).isCloseTo(divergence, within(half));
    Schedule schedule = optimal.schedule(steps);
    assertThat(schedule.steps()).isEqualTo(steps);
    assertThat(new PathKl(curve, 1, 1).of(new Ancestral(), schedule))
        .isCloseTo(optimal.divergence(steps), within(1e-9));
    assertThat(optimal.fewest(divergence + half)).isEqualTo(steps);
  }

  /** All ways through the knots, one after the other. */
  @Test
  void noScheduleOverTheKnotsIsBetter() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    for (int trial = 0; trial < 50; trial++) {
      int n = 3 + random.nextInt(8);
      double[] gamma = new double[n];
      double[] m = new double[n];
      for (int i = 0; i < n; i++) {
        gamma[i] = (i == 0 ? 0 : gamma[i - 1]) + 0.01 + random.nextDouble();
        m[i] = random.nextDouble();
      }
      DenoisingCurve curve = DenoisingCurve.measured(gamma, m, new double[n]);
      OptimalSchedule optimal = new OptimalSchedule(curve, n - 1);
      double[] best = new double[n];
      Arrays.fill(best, Double.POSITIVE_INFINITY);
      for (int chosen = 0; chosen < 1 << (n - 2); chosen++) {
        int steps = Integer.bitCount(chosen) + 1;
        best[steps] = Math.min(best[steps], divergence(curve, chosen));
      }
      for (int steps = 1; steps < n; steps++)
        assertThat(optimal.divergence(steps)).isCloseTo(best[steps], within(1e-12));
    }
  }

  private static double divergence(DenoisingCurve curve, int chosen) {
    double sum = 0;
    int from = 0;
    for (int knot = 1; knot < curve.knots(); knot++) {
      boolean stop = knot == curve.knots() - 1 || (chosen >> (knot - 1) & 1) == 1;
      if (!stop) continue;
      double width = curve.gamma()[knot] - curve.gamma()[from];
      sum +=
          0.5
              * (curve.m()[from] * width
                  - curve.integral(curve.gamma()[from], curve.gamma()[knot]));
      from = knot;
    }
    return sum;
  }

  @Test
  void aThousandKnotsAndSixtyFourStepsTakeMilliseconds() {
    DenoisingCurve curve = TwoPoints.curve(1000);
    for (int i = 0; i < 20; i++) new OptimalSchedule(curve, 64);
    long begun = System.nanoTime();
    new OptimalSchedule(curve, 64);
    System.out.printf("1000 knots, 64 steps: %.1f ms%n", (System.nanoTime() - begun) * 1e-6);
  }

  @Test
  void moreStepsThanTheCurveResolvesAreRefused() {
    DenoisingCurve curve = TwoPoints.curve(10);
    assertThat(new OptimalSchedule(curve, 9).divergence(9)).isGreaterThanOrEqualTo(0);
    assertThatThrownBy(() -> new OptimalSchedule(curve, 10))
        .isInstanceOf(UserException.class)
        .hasMessage("10 steps: a curve of 10 levels resolves 1 to 9");
  }
}
