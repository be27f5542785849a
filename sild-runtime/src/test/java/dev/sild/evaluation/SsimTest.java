package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.data.ImageShape;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SsimTest {
  private static final ImageShape SHAPE = new ImageShape(3, 13, 16);

  @Test
  void anImageIsLikeItselfAndUnlikeAnother() {
    float[] x = noise(1);
    assertThat(Ssim.of(x, x, SHAPE)).isEqualTo(1, within(1e-12));
    assertThat(Ssim.of(x, noise(6), SHAPE)).isBetween(-0.3, 0.3);
  }

  /** Constant images differ in light alone: (2ab + C₁)/(a² + b² + C₁), C₁ = (0.01 · 2)². */
  @Test
  void ofConstantImagesIsTheFormulaOfLight() {
    float[] x = new float[SHAPE.size()];
    float[] y = new float[SHAPE.size()];
    java.util.Arrays.fill(x, 0.5f);
    java.util.Arrays.fill(y, 0.25f);
    double c1 = 4e-4;
    assertThat(Ssim.of(x, y, SHAPE))
        .isEqualTo((2 * 0.125 + c1) / (0.25 + 0.0625 + c1), within(1e-9));
  }

  /** One window: every pixel's weight is a product of two Gaussians. */
  @Test
  void ofOneWindowIsTheFormulaWrittenOut() {
    ImageShape one = new ImageShape(1, 11, 11);
    float[] x = java.util.Arrays.copyOf(noise(2), 121);
    float[] y = java.util.Arrays.copyOf(noise(3), 121);
    double[] sums = new double[6];
    for (int i = 0; i < 121; i++) {
      double u = i / 11 - 5;
      double v = i % 11 - 5;
      double w = Math.exp(-(u * u + v * v) / 4.5);
      double[] parts = {
        1, x[i], y[i], x[i] * (double) x[i], y[i] * (double) y[i], x[i] * (double) y[i]
      };
      for (int k = 0; k < 6; k++) sums[k] += w * parts[k];
    }
    double a = sums[1] / sums[0];
    double b = sums[2] / sums[0];
    double covariance = sums[5] / sums[0] - a * b;
    double spread = sums[3] / sums[0] - a * a + sums[4] / sums[0] - b * b;
    double expected =
        (2 * a * b + 4e-4) / (a * a + b * b + 4e-4) * (2 * covariance + 3.6e-3) / (spread + 3.6e-3);
    assertThat(Ssim.of(x, y, one)).isEqualTo(expected, within(1e-12));
  }

  @Test
  void aPixelThatIsNotFiniteShows() {
    float[] x = noise(4);
    x[100] = Float.NaN;
    assertThat(Ssim.of(x, noise(5), SHAPE)).isNaN();
  }

  private static float[] noise(long seed) {
    Random random = new Random(seed);
    float[] x = new float[SHAPE.size()];
    for (int i = 0; i < x.length; i++) x[i] = (float) (0.5 * random.nextGaussian());
    return x;
  }
}
