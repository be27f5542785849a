package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModesTest {
  private static final long SEED = 20251122;

  /** Digits in MNIST's 60,000 training images. */
  private static final double[] MNIST = {
    5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949
  };

  /** notes/protocols.md D.1; its values are Monte Carlo, too, with an error of some 3 · 10⁻⁴. */
  @Test
  void floorAgreesWithTheProtocolsOracle() {
    System.out.println("seed " + SEED);
    double[] digits = Modes.product(MNIST);
    assertThat(floor(Modes.uniform(), 26_000).mean()).isCloseTo(0.0196, within(5e-4));
    assertThat(floor(digits, 26_000).mean()).isCloseTo(0.0239, within(5e-4));
    assertThat(floor(Modes.uniform(), 10_000).mean()).isCloseTo(0.050, within(2e-3));
    assertThat(floor(digits, 10_000).mean()).isCloseTo(0.055, within(2e-3));
  }

  /** E KL = KL(law ‖ uniform) + 999/2N + (Σ 1/p − 1)/12N² + O(N⁻³) (Miller, Madow, Harris). */
  @Test
  void floorAgreesWithTheExpansionInTheNumberOfSamples() {
    int samples = 26_000;
    for (double[] law : List.of(Modes.uniform(), Modes.product(MNIST))) {
      double kl = Arrays.stream(law).map(p -> p * Math.log(1000 * p)).sum();
      double inverse = Arrays.stream(law).map(p -> 1 / p).sum();
      double first = 999 / (2.0 * samples);
      double second = (inverse - 1) / (12.0 * samples * samples);
      Modes.Floor floor = Modes.floor(law, samples, 100, SEED);
      System.out.println("seed " + SEED + ": " + floor + " against " + (kl + first + second));
      assertThat(floor.mean()).isCloseTo(kl + first + second, within(3 * floor.sd() / 10));
    }
  }

  /** 2 N KL tends to χ² with 999 degrees of freedom: mean 999/2N, sd √(2 · 999)/2N. */
  @Test
  void floorTendsToChiSquareForManySamples() {
    int samples = 100_000;
    Modes.Floor floor = floor(Modes.uniform(), samples);
    System.out.println("seed " + SEED + ": " + floor);
    assertThat(floor.mean()).isCloseTo(999.0 / (2.0 * samples), within(9e-5));
    assertThat(floor.sd()).isCloseTo(Math.sqrt(2 * 999) / (2.0 * samples), within(6e-5));
  }

  @Test
  void sameSeedGivesTheSameFloor() {
    assertThat(floor(Modes.uniform(), 1000)).isEqualTo(floor(Modes.uniform(), 1000));
    assertThat(Modes.floor(Modes.uniform(), 1000, 60, 1))
        .isNotEqualTo(floor(Modes.uniform(), 1000));
  }

  @Test
  void everyModeOnceIsUniformAndOneModeAloneIsLogThousand() {
    assertThat(Modes.of(IntStream.range(0, 1000).toArray()).hit()).isEqualTo(1000);
    assertThat(Modes.of(IntStream.range(0, 1000).toArray()).klUniform())
        .isCloseTo(0, within(1e-12));
    Modes one = Modes.of(new int[500]);
    assertThat(one.hit()).isEqualTo(1);
    assertThat(one.klUniform()).isCloseTo(Math.log(1000), within(1e-12));
  }

  @Test
  void labelsOfThreeChannelsMakeTheMode() {
    Modes fromLabels = Modes.of(new int[][] {{1, 9}, {2, 9}, {3, 9}});
    assertThat(fromLabels).isEqualTo(Modes.of(new int[] {123, 999}));
  }

  @Test
  void productLawHasTheMarginalsItWasMadeFrom() {
    double[] law = Modes.product(MNIST);
    double tens =
        IntStream.range(0, 1000).filter(m -> m / 10 % 10 == 7).mapToDouble(m -> law[m]).sum();
    assertThat(tens).isCloseTo(6265 / 60_000.0, within(1e-12));
    assertThat(law[123]).isCloseTo(6742.0 * 5958 * 6131 / Math.pow(60_000, 3), within(1e-15));
  }

  @Test
  void wrongInputIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Modes.of(new int[0]));
    assertThatIllegalArgumentException().isThrownBy(() -> Modes.of(new int[] {1000}));
    assertThatIllegalArgumentException().isThrownBy(() -> Modes.of(new int[][] {{10}, {0}, {0}}));
    assertThatIllegalArgumentException().isThrownBy(() -> Modes.product(new double[10]));
    double[] half = Arrays.stream(Modes.uniform()).map(x -> x / 2).toArray();
    assertThatIllegalArgumentException().isThrownBy(() -> Modes.floor(half, 10, 2, 0));
  }

  private static Modes.Floor floor(double[] law, int samples) {
    return Modes.floor(law, samples, 60, SEED);
  }
}
