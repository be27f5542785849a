package dev.sild.sild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimisationTest {

  private static Optimisation rule(double learningRate, Optimisation.Decay decay, double average) {
    return new Optimisation.Refine(
        -1, 1, 1000, 100, 0, learningRate, 99, decay, 0, 1, average, 0.05);
  }

  private static Optimisation rule(double learningRate) {
    return rule(learningRate, Optimisation.Decay.COSINE, 0.1);
  }

  /** 1, 2, … hundredths up to the peak at step 99; then half a cosine over 901 steps. */
  @ParameterizedTest
  @CsvSource({"0, 0.00001", "49, 0.0005", "98, 0.00099", "99, 0.001"})
  void theLearningRateWarmsUpLinearly(long step, double expected) {
    assertThat(rule(1e-3).learningRate(step)).isCloseTo(expected, within(1e-15));
  }

  @Test
  void theLearningRateThenFallsAsACosineToZero() {
    Optimisation rule = rule(1e-3);
    assertThat(rule.learningRate(99 + 901 / 3))
        .isCloseTo(0.5e-3 * (1 + Math.cos(Math.PI * 300 / 901)), within(1e-15));
    assertThat(rule.learningRate(999))
        .isCloseTo(1e-3 * Math.pow(Math.PI / 901 / 2, 2), within(1e-11));
    for (long k = 99; k < 999; k++)
      assertThat(rule.learningRate(k + 1)).isLessThan(rule.learningRate(k));
  }

  @Test
  void theLearningRateMayStayOrFallAsARoot() {
    Optimisation constant = rule(1e-3, Optimisation.Decay.CONSTANT, 0.1);
    Optimisation root = rule(1e-3, Optimisation.Decay.INVERSE_SQRT, 0.1);
    assertThat(constant.learningRate(999)).isEqualTo(1e-3);
    assertThat(root.learningRate(99)).isEqualTo(1e-3);
    assertThat(root.learningRate(396)).isCloseTo(0.5e-3, within(1e-15));
    assertThat(root.learningRate(49)).isCloseTo(0.5e-3, within(1e-15)); // the same warm-up
  }

  /** γ of the profiles that EDM2 keeps: Karras et al. 2024, appendix C. */
  @ParameterizedTest
  @CsvSource({"0.05, 16.97", "0.10, 6.94"})
  void theProfilesOfEdm2(double sigmaRel, double gamma) {
    assertThat(PowerAverage.ofSigmaRel(sigmaRel).gamma()).isCloseTo(gamma, within(0.005));
  }

  /** Weights of the steps after 5000: their mean and width are those of a Beta(γ + 1, 1) law. */
  @ParameterizedTest
  @CsvSource({"0.05", "0.10", "0.25"})
  void theAverageHasTheWidthThatItIsNamedBy(double sigmaRel) {
    PowerAverage average = PowerAverage.ofSigmaRel(sigmaRel);
    int steps = 5000;
    double mean = 0; // of τ/steps under the profile, and of its square: averaged like the weights
    double square = 0;
    for (int k = 0; k < steps; k++) {
      double tau = (k + 1.0) / steps;
      double kept = average.decay(k);
      mean = kept * mean + (1 - kept) * tau;
      square = kept * square + (1 - kept) * tau * tau;
    }
    // the sum over steps stands for an integral: relative error of the order of γ/steps
    double tolerance = sigmaRel * (average.gamma() + 2) / steps;
    assertThat(Math.sqrt(square - mean * mean)).isCloseTo(sigmaRel, within(tolerance));
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertThatThrownBy(() -> rule(0)).isInstanceOf(UserException.class);
    assertThatThrownBy(() -> rule(Double.NaN)).isInstanceOf(UserException.class);
    for (double width : new double[] {0, 0.29, Double.NaN})
      assertThatThrownBy(() -> rule(1e-3, Optimisation.Decay.COSINE, width))
          .isInstanceOf(UserException.class)
          .hasMessageContaining("refine.ema_sigma_rel");
    assertThatThrownBy(() ->
            new Optimisation.Refine(
                0, 1, 9, 100, 33, 1e-3, 9, Optimisation.Decay.COSINE, 0, 1, 0.1, 0))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("refine.micro_batch = 33 does not divide");
  }
}
