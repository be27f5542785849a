package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DenoisingCurveTest {
  private static final long SEED = Long.getLong("sild.seed", 20261126);

  /** ½ ∫ m dγ = H = ln 2, but for what lies above σ = 20: m ≤ 1 there, so less than ½/400. */
  @Test
  void theInformationOfTwoPointsIsTheirEntropy() {
    DenoisingCurve curve = TwoPoints.curve(2001);
    assertThat(curve.information())
        .isBetween(TwoPoints.ENTROPY - 0.5 / 400, TwoPoints.ENTROPY + 1e-6);
    double whole = curve.integral(curve.gamma()[0], curve.gamma()[curve.knots() - 1]);
    assertThat(0.5 * whole).isCloseTo(curve.information(), within(1e-12));
    double middle = 3.21;
    double last = curve.gamma()[curve.knots() - 1];
    assertThat(curve.integral(curve.gamma()[0], middle) + curve.integral(middle, last))
        .isCloseTo(whole, within(1e-12));
  }

  @Test
  void aRefinedCurveIsTheSame() {
    DenoisingCurve curve = TwoPoints.curve(30);
    DenoisingCurve finer = curve.refined(7);
    assertThat(finer.knots()).isEqualTo(29 * 7 + 1);
    assertThat(finer.information()).isCloseTo(curve.information(), within(1e-12));
    for (double g : new double[] {0.01, 1.3, 200})
      assertThat(finer.at(g)).isCloseTo(curve.at(g), within(1e-12));
    assertThat(finer.gamma()[finer.knots() - 1]).isEqualTo(curve.gamma()[29]);
  }

  /** Pools of violators: 3, then the mean of 1 and 2 weighted 1 : 3, then 1. */
  @Test
  void risesArePooledByTheirPrecision() {
    double error = 1 / Math.sqrt(3);
    DenoisingCurve curve =
        DenoisingCurve.measured(
            new double[] {1, 2, 3, 4}, new double[] {3, 1, 2, 1}, new double[] {1, 1, error, 1});
    assertThat(curve.m()).containsExactly(new double[] {3, 1.75, 1.75, 1}, within(1e-12));
    assertThat(curve.standardErrors())
        .containsExactly(new double[] {1, 0.5, 0.5, 1}, within(1e-12));
  }

  /** The error that is carried along is that of repeated measurements. */
  @Test
  void theInformationsErrorIsThatOfRepetitions() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    DenoisingCurve exact = TwoPoints.curve(30);
    int n = exact.knots();
    double[] errors = new double[n];
    for (int i = 0; i < n; i++) errors[i] = 0.002 * exact.m()[i] + 1e-12;
    int repetitions = 4000;
    double mean = 0;
    double squares = 0;
    double stated = 0;
    for (int r = 1; r <= repetitions; r++) {
      double[] m = exact.m().clone();
      for (int i = 0; i < n; i++) m[i] += errors[i] * random.nextGaussian();
      DenoisingCurve measured = DenoisingCurve.measured(exact.gamma(), m, errors);
      double delta = measured.information() - mean;
      mean += delta / r;
      squares += delta * (measured.information() - mean);
      stated += measured.informationError() / repetitions;
    }
    double spread = Math.sqrt(squares / (repetitions - 1));
    System.out.printf("spread %.3g, stated %.3g%n", spread, stated);
    // chi-square: the spread of 4000 has a relative error of 1/√8000; pooling moves the rest
    assertThat(stated / spread).isBetween(0.9, 1.1);
  }

  /** ½ ∫_0^γ m dγ' and the γ that it belongs to, before, at, between and after the knots. */
  @Test
  void informationAndItsLevel() {
    DenoisingCurve curve =
        new DenoisingCurve(new double[] {1, 2, 4}, new double[] {3, 2, 0}, new double[] {0, 0, 0});
    assertThat(curve.informationAt(0.5)).isCloseTo(0.75, within(1e-12));
    assertThat(curve.informationAt(1)).isCloseTo(1.5, within(1e-12));
    assertThat(curve.informationAt(2)).isCloseTo(1.5 + 1.25, within(1e-12));
    assertThat(curve.informationAt(3)).isCloseTo(2.75 + 0.75, within(1e-12));
    for (double g : new double[] {0.1, 1, 1.3, 2, 2.9, 3.99})
      assertThat(curve.gammaOf(curve.informationAt(g))).isCloseTo(g, within(1e-9));
    assertThat(curve.gammaOf(100)).isNaN();
    assertThat(curve.upTo(1.5).gamma()).containsExactly(1, 2);
    assertThat(curve.upTo(2).gamma()).containsExactly(1, 2);
    assertThat(curve.upTo(3).gamma()).containsExactly(1, 2, 4);
    assertThat(curve.upTo(9).gamma()).containsExactly(1, 2, 4);
  }
}
