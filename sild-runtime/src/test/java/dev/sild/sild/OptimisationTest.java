package dev.sild.sild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimisationTest {

  private static Optimisation rule(double learningRate, long halflife, double ramp) {
    return new Optimisation.Refine(-1, 1, 1000, 100, learningRate, 99, 0, 1, halflife, ramp);
  }

  /** 1, 2, … hundredths up to the peak at step 99; then half a cosine over 901 steps. */
  @ParameterizedTest
  @CsvSource({"0, 0.00001", "49, 0.0005", "98, 0.00099", "99, 0.001"})
  void theLearningRateWarmsUpLinearly(long step, double expected) {
    assertThat(rule(1e-3, 10, 1).learningRate(step)).isCloseTo(expected, within(1e-15));
  }

  @Test
  void theLearningRateThenFallsAsACosineToZero() {
    Optimisation rule = rule(1e-3, 10, 1);
    assertThat(rule.learningRate(99 + 901 / 3))
        .isCloseTo(0.5e-3 * (1 + Math.cos(Math.PI * 300 / 901)), within(1e-15));
    assertThat(rule.learningRate(999))
        .isCloseTo(1e-3 * Math.pow(Math.PI / 901 / 2, 2), within(1e-11));
    for (long k = 99; k < 999; k++)
      assertThat(rule.learningRate(k + 1)).isLessThan(rule.learningRate(k));
  }

  /**
   * Half-life 5000 samples, at most a tenth of those seen. At step 99, 10,000 samples, it is 1000,
   * ten batches: 2^{−1/10}. From step 499 on it is 5000, 50 batches: 2^{−1/50}. At step 0 it is 10
   * samples for a batch of 100: 2^{−10}.
   */
  @ParameterizedTest
  @CsvSource({"0, 10", "99, 0.1", "499, 0.02", "900, 0.02"})
  void theAverageRampsUpToItsHalfLife(long step, double halvings) {
    assertThat(rule(1e-3, 5000, 0.1).emaDecay(step))
        .isCloseTo(Math.pow(2, -halvings), within(1e-15));
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertThatThrownBy(() -> rule(0, 10, 1)).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> rule(Double.NaN, 10, 1)).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> rule(1e-3, 0, 1)).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> rule(1e-3, 10, Double.NaN)).isInstanceOf(UserException.class);
  }
}
