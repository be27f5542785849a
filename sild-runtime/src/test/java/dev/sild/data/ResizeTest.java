package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
  private static final int SEED = 5;
  private static final double ROUNDING = Math.ulp(1f); // of results below 2 in f32

  /** A line of pixels as an image of one row. */
  private static float[] line(float[] pixels, int to) {
    float[] resized = new float[to];
    new Resize(1, pixels.length, 1, to).plane(pixels, 0, resized, 0);
    return resized;
  }

  @Test
  void halfPixelCentresStandAQuarterFromTheOldOnes() {
    assertThat(line(new float[] {0, 1}, 4)).containsExactly(0, 0.25f, 0.75f, 1);
    assertThat(line(new float[] {3}, 3)).containsExactly(3, 3, 3);
  }

  /** Weights of centre 1: pixels ½, ½ and 3/2 away of 2: ¾, ¾, ¼ of 7/4. */
  @Test
  void shrinkingIsAntialiased() {
    float[] halved = line(new float[] {1, 0, 0, 0}, 2);
    assertThat((double) halved[0]).isCloseTo(3.0 / 7, within(ROUNDING));
    assertThat((double) halved[1]).isCloseTo(0, within(ROUNDING));
    assertThat((double) line(new float[] {0, 0, 1, 0}, 2)[0]).isCloseTo(1.0 / 7, within(ROUNDING));
  }

  @ParameterizedTest
  @CsvSource({"5, 7, 8, 9", "28, 20, 7, 3", "9, 4, 5, 11", "3, 3, 3, 3", "17, 1, 1, 5"})
  void everyPixelIsTheWeightedMeanOfItsNeighbourhood(int h, int w, int toH, int toW) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    float[] image = new float[3 + h * w];
    for (int i = 0; i < image.length; i++) image[i] = 2 * random.nextFloat() - 1;
    float[] resized = new float[2 + toH * toW];
    new Resize(h, w, toH, toW).plane(image, 3, resized, 2);
    for (int y = 0; y < toH; y++)
      for (int x = 0; x < toW; x++) {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < h; i++)
          for (int j = 0; j < w; j++) {
            double weight = triangle(i, y, h, toH) * triangle(j, x, w, toW);
            sum += weight * image[3 + i * w + j];
            total += weight;
          }
        assertThat((double) resized[2 + y * toW + x]).isCloseTo(sum / total, within(ROUNDING));
      }
    assertThat(resized[0]).isZero();
  }

  private static double triangle(int pixel, int output, int from, int to) {
    double ratio = (double) from / to;
    double distance = pixel + 0.5 - (output + 0.5) * ratio;
    return Math.max(0, 1 - Math.abs(distance) / Math.max(1, ratio));
  }
}
