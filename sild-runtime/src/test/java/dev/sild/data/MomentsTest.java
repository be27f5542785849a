package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MomentsTest {
  private static final long SEED = 7;

  /** In f32 the square of 10⁴ leaves a variance of 1/12 no digits; Welford in double keeps it. */
  @Test
  void aLargeOffsetDoesNotSpoilTheVariance() {
    System.out.println("seed " + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    int n = 100_000;
    float[] x = new float[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      x[i] = 1e4f + (float) random.nextDouble();
      sum += x[i];
    }
    double mean = sum / n;
    double variance = 0;
    for (float value : x) variance += (value - mean) * (value - mean) / n;
    Moments moments = Moments.of(x, n, 1);
    assertThat(moments.mean()[0]).isCloseTo(mean, within(1e-8));
    assertThat(moments.variance()[0]).isCloseTo(variance, within(1e-11));
  }

  @Test
  void batchesDoNotChangeTheBits() {
    float[] x = {1, 10, 2, 20, 4, 50, 9, 10};
    Moments whole = Moments.of(x, 4, 2);
    Moments parts = new Moments(2).add(x, 1).add(Arrays.copyOfRange(x, 2, 8), 3);
    assertThat(parts.mean()).isEqualTo(whole.mean()).containsExactly(4, 22.5);
    assertThat(parts.variance()).isEqualTo(whole.variance());
    assertThat(whole.variance()[0]).isCloseTo(9.5, within(1e-14));
    assertThat(parts.count()).isEqualTo(4);
  }

  @Test
  void noRowsHaveNoVarianceAndShortArraysAreRefused() {
    assertThat(new Moments(2).standardDeviation()).containsExactly(0, 0);
    assertThatIllegalArgumentException().isThrownBy(() -> Moments.of(new float[5], 3, 2));
  }
}
