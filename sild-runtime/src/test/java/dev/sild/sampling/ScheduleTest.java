package dev.sild.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {

  @ParameterizedTest
  @CsvSource({"EDM, 80, 0.002, 18", "EDM, 40, 0.01, 1", "LOGSNR, 80, 0.002, 18", "LOGSNR, 3, 1, 7"})
  void fallsStrictlyFromTheLargestToTheSmallestLevel(
      Schedule.Family family, double max, double min, int steps) {
    Schedule schedule = family.between(max, min, steps);
    assertThat(schedule.steps()).isEqualTo(steps);
    assertThat(schedule.first()).isCloseTo(max, within(1e-13 * max));
    assertThat(schedule.last()).isCloseTo(min, within(1e-11 * min)); // a power of 7 of a difference
    for (int i = 0; i < steps; i++) assertThat(schedule.sigma(i + 1)).isLessThan(schedule.sigma(i));
  }

  /**
   * Equation 5 of Karras et al. 2022 at i/K = ½ is ((a^{1/ρ} + b^{1/ρ})/2)^ρ; by hand with ρ = 1
   * the arithmetic mean, with ρ = 2 from 16 to 4: 3² = 9; with ρ = 7 from 128 = 2⁷ to 1: 1.5⁷ =
   * 17.0859375.
   */
  @ParameterizedTest
  @CsvSource({"1, 5, 1, 3", "2, 16, 4, 9", "7, 128, 1, 17.0859375"})
  void edmIsThePublishedFormula(double rho, double max, double min, double middle) {
    assertThat(Schedule.edm(max, min, 2, rho).sigma(1)).isCloseTo(middle, within(1e-13 * middle));
  }

  /** The 18 levels of the published sampler, 80 to 0.002, evaluated in Python. */
  @Test
  void edmAgreesWithThePublishedSampler() {
    Schedule schedule = Schedule.edm(80, 0.002, 17, 7);
    assertThat(schedule.sigma(1)).isCloseTo(57.58598472124816, within(1e-12));
    assertThat(schedule.sigma(8)).isCloseTo(3.256821519765537, within(1e-13));
    assertThat(schedule.sigma(16)).isCloseTo(0.0075280199627840785, within(1e-15));
  }

  @Test
  void logSnrHasEqualRatios() {
    Schedule schedule = Schedule.logSnr(8, 0.5, 4);
    assertThat(schedule.sigmas()).containsExactly(new double[] {8, 4, 2, 1, 0.5}, within(1e-14));
  }

  @Test
  void refusesWhatDoesNotFall() {
    double[][] bad = {
      {1}, {1, 1}, {1, 2}, {1, 0}, {1, -1}, {Double.NaN, 1}, {1, Double.NaN}, {2, 1, 1.5}
    };
    for (double[] sigmas : bad)
      assertThatThrownBy(() -> new Schedule(sigmas)).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> Schedule.edm(1, 0.1, 0, 7)).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> Schedule.Family.of("cosinus"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("edm");
  }

  @Test
  void keepsItsOwnCopy() {
    double[] sigmas = {2, 1};
    Schedule schedule = new Schedule(sigmas);
    sigmas[0] = 5;
    assertThat(schedule.first()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"em, 10, 10", "heun, 10, 5", "heun, 1, 1", "em, 1, 1"})
  void evaluationsPayForSteps(String name, int evaluations, int steps) {
    Sampler sampler = Sampler.of(name);
    assertThat(sampler.steps(evaluations)).isEqualTo(steps);
    if (evaluations > 1)
      assertThat(sampler.plan(Schedule.logSnr(2, 1, steps)).size())
          .isLessThanOrEqualTo(evaluations);
  }
}
