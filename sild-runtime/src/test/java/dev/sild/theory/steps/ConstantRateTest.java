package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstantRateTest {

  /** Table E.3, the column of √(−m') equidistribution. */
  @ParameterizedTest
  @CsvSource({"4, 10.634", "8, 2.683", "16, 0.706", "32, 0.198", "64, 0.061"})
  void theOracleOfEqualLengths(int steps, double divergence) {
    DenoisingCurve curve = TwoPoints.curve(8001);
    Schedule schedule = ConstantRate.of(curve, steps);
    assertThat(schedule.steps()).isEqualTo(steps);
    double half = 0.0005 * 1.0000001; // of the last digit
    assertThat(new PathKl(curve, 1, 1).of(new Ancestral(), schedule))
        .isCloseTo(divergence, within(half));
  }

  @Test
  void aFlatCurveHasNoRate() {
    double[] gamma = {1, 2, 3};
    DenoisingCurve flat = new DenoisingCurve(gamma, new double[] {1, 1, 1}, new double[3]);
    assertThatThrownBy(() -> ConstantRate.of(flat, 2)).isInstanceOf(UserException.class);
  }
}
