package dev.sild.evaluation;

import static dev.sild.evaluation.PairedDifference.Verdict.DOES_NOT_HOLD;
import static dev.sild.evaluation.PairedDifference.Verdict.HOLDS;
import static dev.sild.evaluation.PairedDifference.Verdict.UNDECIDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedDifferenceTest {
  private static final long SEED = Long.getLong("sild.seed", 20261126);

  /** Differences 1, 2, 3: mean 2, standard error 1/√3, and Student's t(2) at 0.975 is 4.302653. */
  @Test
  void theIntervalIsStudents() {
    PairedDifference d = PairedDifference.of(new double[] {11, 22, 33}, new double[] {10, 20, 30});
    assertThat(d.mean()).isEqualTo(2);
    assertThat(d.high() - d.mean()).isCloseTo(4.302652729911275 / Math.sqrt(3), within(1e-9));
    assertThat(d.mean() - d.low()).isCloseTo(d.high() - d.mean(), within(1e-12));
  }

  @Test
  void aClaimHoldsWhereTheIntervalLeavesOutZero() {
    assertThat(new PairedDifference(-2, -3, -1).verdict(true)).isEqualTo(HOLDS);
    assertThat(new PairedDifference(-2, -3, -1).verdict(false)).isEqualTo(DOES_NOT_HOLD);
    assertThat(new PairedDifference(2, 1, 3).verdict(true)).isEqualTo(DOES_NOT_HOLD);
    assertThat(new PairedDifference(2, 1, 3).verdict(false)).isEqualTo(HOLDS);
    assertThat(new PairedDifference(1, -1, 3).verdict(true)).isEqualTo(UNDECIDED);
    assertThat(new PairedDifference(1, -1, 3).verdict(false)).isEqualTo(UNDECIDED);
  }

  @Test
  void oneSeedDecidesNothingAndNoneIsAnError() {
    PairedDifference d = PairedDifference.of(new double[] {1}, new double[] {5});
    assertThat(d.mean()).isEqualTo(-4);
    assertThat(d.verdict(true)).isEqualTo(UNDECIDED);
    assertThat(d.verdict(false)).isEqualTo(UNDECIDED);
    assertThatThrownBy(() -> PairedDifference.of(new double[0], new double[0]))
        .isInstanceOf(IllegalArgumentException.class);
    double[] nan = {1, Double.NaN};
    assertThat(PairedDifference.of(nan, new double[] {5, 5}).verdict(true)).isEqualTo(UNDECIDED);
  }

  /** Of normal differences, five at a time, the interval covers the mean 95 times in 100. */
  @Test
  void theIntervalCoversAsOftenAsItSays() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    int trials = 20_000;
    int covered = 0;
    for (int t = 0; t < trials; t++) {
      double[] a = new double[5];
      double[] b = new double[5];
      for (int i = 0; i < 5; i++) {
        b[i] = random.nextGaussian();
        a[i] = b[i] + 3 + 0.5 * random.nextGaussian();
      }
      PairedDifference d = PairedDifference.of(a, b);
      if (d.low() <= 3 && 3 <= d.high()) covered++;
    }
    double standardError = Math.sqrt(0.95 * 0.05 / trials);
    assertThat((double) covered / trials).isCloseTo(0.95, within(4 * standardError));
  }
}
