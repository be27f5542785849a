package dev.sild.theory.regimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables are those of notes/protocols.md, E.2. */
class CollapseTimeTest {

  private static double time(Nonlinearity phi, FeatureMap map, double alpha, double beta) {
    return CollapseTime.of(phi, map, alpha, beta).orElse(Double.NaN);
  }

  @ParameterizedTest
  @CsvSource({
    "LINEAR, 0, 1, 0",
    "TANH, 0, 0.605706, 0.027415",
    "ERF, 0, 0.564190, 0.015023",
    "SIGN, 0, 0.797885, 0.363380",
    "RELU, 0.398942, 0.5, 0.090845"
  })
  void coefficients(Nonlinearity phi, double mean, double slope, double rest) {
    Nonlinearity.Coefficients found = phi.coefficients(1);
    assertThat(found.mean()).isCloseTo(mean, within(6e-7));
    assertThat(found.slope()).isCloseTo(slope, within(6e-7));
    assertThat(found.rest()).isCloseTo(rest, within(6e-7));
  }

  /** The last digit of the Gaussian columns is rounded. */
  @ParameterizedTest
  @CsvSource({
    "0.10, 0.10, 0.072707, 0.06976, 0.45759",
    "0.10, 0.25, 0.298309, 0.28267, 0.69815",
    "0.10, 0.50, 0.554816, 0.52683, 0.77763",
    "0.25, 0.10, 0.003380, 0.00321, 0.03122",
    "0.25, 0.25, 0.072707, 0.06526, 0.22159",
    "0.25, 0.50, 0.229338, 0.19956, 0.34180",
    "0.50, 0.25, 0.009243, 0.00809, 0.03161",
    "0.50, 0.50, 0.072707, 0.05751, 0.10908",
    "1.00, 0.50, 0.009243, 0.00687, 0.01366"
  })
  void linearMaps(double alpha, double beta, double isometric, double overD, double overP) {
    Nonlinearity linear = Nonlinearity.LINEAR;
    assertThat(time(linear, FeatureMap.ISOMETRIC, alpha, beta)).isCloseTo(isometric, within(6e-7));
    assertThat(time(linear, FeatureMap.GAUSSIAN_D, alpha, beta)).isCloseTo(overD, within(6e-6));
    assertThat(time(linear, FeatureMap.GAUSSIAN_P, alpha, beta)).isCloseTo(overP, within(6e-6));
  }

  /** At β = 1 the density of the eigenvalues diverges at 0; the closed form does not. */
  @Test
  void squareMaps() {
    assertThat(time(Nonlinearity.LINEAR, FeatureMap.ISOMETRIC, 1, 1))
        .isCloseTo(0.072707, within(6e-7));
    // ∫ ln(1 + s λ) over the quarter circle λ = x², density √(4 − x²)/π on [0, 2]
    NormalRule rule = NormalRule.legendre(40, 0.05, 0, Math.PI / 2);
    double s = 3;
    double integral = 0;
    for (int i = 0; i < rule.nodes().length; i++) {
      double x = 2 * Math.sin(rule.nodes()[i]);
      double cos = Math.cos(rule.nodes()[i]);
      integral += rule.weights()[i] * 4 * cos * cos / Math.PI * Math.log1p(s * x * x);
    }
    assertThat(MarchenkoPastur.logDeterminant(s, 1)).isCloseTo(integral, within(1e-9));
  }

  /** The quadratures of the replica formula, applied to the map whose information is known. */
  @ParameterizedTest
  @CsvSource({
    "0.10, 0.10, GAUSSIAN_P",
    "0.10, 0.25, GAUSSIAN_D",
    "0.10, 0.25, GAUSSIAN_P",
    "0.25, 0.50, GAUSSIAN_P",
    "0.50, 0.25, GAUSSIAN_P",
    "1.00, 0.50, GAUSSIAN_D",
    "0.50, 2.00, GAUSSIAN_P",
  })
  void theReplicaFormulaIsMarchenkoPasturForALinearMap(double alpha, double beta, FeatureMap map) {
    ReplicaInformation replica = new ReplicaInformation(Nonlinearity.LINEAR, map.gain(beta), beta);
    double found = CollapseTime.solve(replica::at, alpha).orElseThrow();
    assertThat(found).isCloseTo(time(Nonlinearity.LINEAR, map, alpha, beta), within(1e-6));
  }

  @Test
  void signs() {
    assertThat(time(Nonlinearity.SIGN, FeatureMap.GAUSSIAN_P, 0.1, 0.25))
        .isCloseTo(0.7912, within(1e-4));
    // sign does not see the length of F z
    assertThat(time(Nonlinearity.SIGN, FeatureMap.GAUSSIAN_D, 0.1, 0.25))
        .isCloseTo(time(Nonlinearity.SIGN, FeatureMap.GAUSSIAN_P, 0.1, 0.25), within(1e-6));
  }

  /** e^{αd} samples of fewer than 2^d values. */
  @Test
  void moreSignsThanThereAre() {
    assertThat(CollapseTime.of(Nonlinearity.SIGN, FeatureMap.GAUSSIAN_P, 0.7, 2)).isEmpty();
  }

  /** Brent's search finds what a scan finds: the potential has one valley. */
  @ParameterizedTest
  @EnumSource(Nonlinearity.class)
  void thePotentialHasOneValley(Nonlinearity phi) {
    for (double beta : new double[] {0.1, 0.5, 2})
      for (double sigma : new double[] {0.2, 0.7, 3}) {
        ReplicaInformation replica = new ReplicaInformation(phi, 1, beta);
        double least = Double.POSITIVE_INFINITY;
        for (double x = -8; x <= 8; x += 0.5) least = Math.min(least, replica.potential(x, sigma));
        double found = replica.at(sigma);
        assertThat(found).isLessThanOrEqualTo(least + 1e-7);
        assertThat(found).isGreaterThan(least - 0.02 * Math.abs(least)); // the scan's grid
      }
  }
}
