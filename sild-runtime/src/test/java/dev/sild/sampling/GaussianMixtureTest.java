package dev.sild.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The oracle itself: its parts are written independently and must agree. */
class GaussianMixtureTest {
  private final GaussianMixture mixture = GaussianMixture.three();

  /** s = (D − x)/σ², and s is the gradient of ln p by differences (error h² + 10⁻¹⁶/h). */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 3})
  void tweedieJoinsDenoiserScoreAndDensity(double sigma) {
    for (int i = 0; i < 50; i++) {
      double[] x = mixture.sample(7, 1, i);
      x[0] += sigma * ((i % 5) - 2);
      double[] d = mixture.denoise(x, sigma);
      double[] s = mixture.score(x, sigma);
      double trace = 0;
      for (int j = 0; j < 2; j++) {
        double scale = 1 + Math.abs(s[j]) + 1 / (sigma * sigma);
        assertThat((d[j] - x[j]) / (sigma * sigma)).isCloseTo(s[j], within(1e-13 * scale));
        double h = 1e-5;
        double[] above = x.clone();
        double[] below = x.clone();
        above[j] += h;
        below[j] -= h;
        double quotient =
            (mixture.logDensity(above, sigma) - mixture.logDensity(below, sigma)) / (2 * h);
        assertThat(quotient).isCloseTo(s[j], within(1e-6 * scale * scale));
        trace += (mixture.denoise(above, sigma)[j] - mixture.denoise(below, sigma)[j]) / (2 * h);
      }
      assertThat(mixture.trace(x, sigma)).isCloseTo(trace, within(1e-6 / (sigma * sigma)));
    }
  }
}
