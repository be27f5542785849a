package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomFeaturesTest {
  private static final Noise NOISE = new Noise(4, 9);
  private static final long FIRST = (1L << 32) - 3; // the feature's number crosses 2³²

  private final Draw draw = new Draw("random features");

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "31, 31, 31", "1, 1021, 3", "1021, 31, 5", "31, 31, 1021", "130, 70, 33"})
  void featuresAgreeAtEverySize(int rows, int features, int columns) {
    double[] x = draw.normal((long) rows * columns);
    double[] w = weights(features, columns);
    double scale = (float) (1 / Math.sqrt(columns));
    for (RandomFeature kind : RandomFeature.values()) {
      Expected expected =
          Expected.of(p -> Map.of("features", features(p, kind, scale, x, w, rows, columns)));
      Witness.all(witness -> {
        View f = witness.output(rows, features);
        View at = witness.input(x, rows, columns);
        witness.stream().randomFeatures(f, at, kind, scale, NOISE, FIRST);
        expected.admits("features", f);
      });
    }
  }

  /** relu(w) − relu(−w) = w exactly: what is drawn has the bits of sampler_step's normals. */
  @Test
  void weightsAreTheNormalsOfTheirAddresses() {
    double[] w = weights(70, 33);
    double[] unit = new double[2 * 33 * 33];
    for (int j = 0; j < 33; j++) {
      unit[j * 33 + j] = 1;
      unit[(33 + j) * 33 + j] = -1;
    }
    Witness.all(witness -> {
      View f = witness.output(66, 70);
      View x = witness.input(unit, 66, 33);
      witness.stream().randomFeatures(f, x, RandomFeature.RELU, 1, NOISE, FIRST);
      float[] values = f.floats();
      for (int j = 0; j < 33; j++)
        for (int p = 0; p < 70; p++)
          assertThat(values[j * 70 + p] - values[(33 + j) * 70 + p])
              .isEqualTo((float) w[p * 33 + j]);
    });
  }

  @Test
  void featuresAreTheSameAFewAtATime() {
    double[] x = draw.normal(31 * 17);
    Witness.all(witness -> {
      View at = witness.input(x, 31, 17);
      View all = witness.output(31, 70);
      View some = witness.output(31, 9);
      witness.stream().randomFeatures(all, at, RandomFeature.COSINE, 0.5, NOISE, FIRST);
      witness.stream().randomFeatures(some, at, RandomFeature.COSINE, 0.5, NOISE, FIRST + 60);
      for (int b = 0; b < 31; b++)
        assertThat(some.rows(b, 1).floats())
            .isEqualTo(Arrays.copyOfRange(all.rows(b, 1).floats(), 60, 69));
    });
  }

  /** The mean of 2¹⁶ products, whose variance is at most 3/2, at five standard deviations. */
  @Test
  void cosinesMakeTheGaussianKernel() {
    int features = 1 << 16;
    double[] x = draw.normal(2 * 7);
    double square = 0;
    for (int j = 0; j < 7; j++) square += (x[j] - x[7 + j]) * (x[j] - x[7 + j]);
    try (Witness witness = Witness.any()) {
      View f = witness.output(2, features);
      View at = witness.input(x, 2, 7);
      witness.stream().randomFeatures(f, at, RandomFeature.COSINE, 0.4, NOISE, 0);
      float[] values = f.floats();
      double mean = 0;
      for (int p = 0; p < features; p++)
        mean += (double) values[p] * values[features + p] / features;
      double kernel = Math.exp(-0.5 * 0.4 * 0.4 * square);
      assertThat(Math.abs(mean - kernel)).isLessThan(5 * Math.sqrt(1.5 / features));
    }
  }

  @Test
  void aNanShowsInItsRow() {
    double[] x = draw.normal(31 * 17);
    x[5 * 17 + 3] = Double.NaN;
    for (RandomFeature kind : RandomFeature.values())
      Witness.all(witness -> {
        View f = witness.output(31, 31);
        witness.stream().randomFeatures(f, witness.input(x, 31, 17), kind, 1, NOISE, 0);
        for (int i = 0; i < 31 * 31; i++)
          assertThat(Float.isNaN(f.floats()[i])).as("%s %d", kind, i).isEqualTo(i / 31 == 5);
      });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View f = witness.output(3, 4);
      View x = witness.output(4, 4);
      assertThatThrownBy(
              () -> witness.stream().randomFeatures(f, x, RandomFeature.RELU, 1, NOISE, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("random_features: features is F32[3, 4], not F32[4, 4]");
    }
  }

  /** As sampler_step draws them: the features' reference begins with these numbers. */
  private static double[] weights(int features, int columns) {
    try (Witness witness = Witness.any()) {
      View z = witness.output(features, columns);
      View at = witness.step(Step.at(FIRST));
      witness.stream().samplerStep(z, null, 0, null, 0, null, 0, 1, NOISE, at, 0);
      double[] w = new double[features * columns];
      float[] values = z.floats();
      for (int i = 0; i < w.length; i++) w[i] = values[i];
      return w;
    }
  }

  private static double[] features(
      Rounding p, RandomFeature kind, double scale, double[] x, double[] w, int rows, int columns) {
    int count = w.length / columns;
    double[] f = new double[rows * count];
    for (int q = 0; q < count; q++) {
      double phase = Philox.draw(NOISE, -1, FIRST + q, 0)[0] * (0x1p-31 * Math.PI);
      for (int b = 0; b < rows; b++) {
        double sum = 0;
        for (int j = 0; j < columns; j++)
          sum = p.r(sum + p.r(x[b * columns + j] * w[q * columns + j]));
        double u = p.r(scale * sum);
        f[b * count + q] =
            switch (kind) {
              case COSINE -> p.r(p.r(Math.sqrt(2)) * p.r(Math.cos(p.r(u + p.r(phase)))));
              case RELU -> Math.max(0, u);
              case SILU -> p.r(u * p.sigmoid(u));
              case TANH -> p.r(Math.tanh(u));
            };
      }
    }
    return f;
  }
}
