package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeEmbeddingTest {
  private final Draw draw = new Draw("time embedding");

  @ParameterizedTest
  @CsvSource({"1, 2", "1, 62", "31, 4", "31, 2042", "1021, 62", "64, 256"})
  void featuresAgreeAtEverySize(int rows, int features) {
    double[] sigma = draw.sigmas(rows, 0.002, 80);
    Expected expected = Expected.of(p -> Map.of("embedding", embedding(p, sigma, features)));
    Witness.all(witness -> {
      View embedding = witness.output(rows, features);
      witness.stream().timeEmbedding(embedding, witness.input(sigma, rows));
      expected.admits("embedding", embedding);
    });
  }

  @ParameterizedTest
  @CsvSource({"31, 62", "64, 256", "5, 2042"})
  void aGpuGivesTheBitsOfTheCpu(int rows, int features) {
    double[] sigma = draw.sigmas(rows, 0.002, 80);
    Witness.alike(witness ->
        witness.stream().timeEmbedding(witness.output(rows, features), witness.input(sigma, rows)));
  }

  @Test
  void everyPairLiesOnTheCircle() {
    double[] sigma = draw.sigmas(31, 1e-6, 1e6);
    Witness.all(witness -> {
      View embedding = witness.output(31, 62);
      witness.stream().timeEmbedding(embedding, witness.input(sigma, 31));
      float[] e = embedding.floats();
      for (int i = 0; i < 31 * 31; i++) {
        int at = i / 31 * 62 + i % 31;
        double radius = Math.hypot(e[at], e[at + 31]);
        assertThat(Math.abs(radius - 1)).isLessThanOrEqualTo(2 * 0x1p-23); // 2 ulp of each
      }
    });
  }

  @Test
  void theLowestFrequencyOrdersAllNoiseLevels() {
    double[] sigma = new double[1021];
    for (int i = 0; i < sigma.length; i++) sigma[i] = 0.002 * Math.pow(40000, i / 1020.0);
    Witness.all(witness -> {
      View embedding = witness.output(1021, 4);
      witness.stream().timeEmbedding(embedding, witness.input(sigma, 1021));
      float[] e = embedding.floats();
      double before = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < 1021; i++) {
        double angle = Math.atan2(e[4 * i + 2], e[4 * i]);
        assertThat(angle).isGreaterThan(before);
        before = angle;
      }
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View sigma = witness.input(draw.sigmas(3, 1, 2), 3);
      View rows = witness.output(4, 2);
      View odd = witness.output(3, 5);
      assertThatThrownBy(() -> witness.stream().timeEmbedding(rows, sigma))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("time_embedding: embedding is F32[4, 2], not F32[3, 2]");
      assertThatThrownBy(() -> witness.stream().timeEmbedding(odd, sigma))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("time_embedding F32[3, 5]");
    }
  }

  /** cos and sin of 2π f_j c with c = ¼ ln σ, f_j = ¼ · 32^{j/(E/2 − 1)}. */
  private static double[] embedding(Rounding p, double[] sigma, int features) {
    int half = features / 2;
    double[] e = new double[sigma.length * features];
    for (int b = 0; b < sigma.length; b++) {
      double c = p.r(0.25 * p.r(Math.log(sigma[b])));
      for (int j = 0; j < half; j++) {
        double exponent = half > 1 ? p.r((double) j / (half - 1)) : 0;
        double frequency = p.r(0.25 * p.r(Math.pow(32, exponent)));
        double angle = p.r(p.r(p.r(2 * Math.PI) * frequency) * c);
        e[b * features + j] = p.r(Math.cos(angle));
        e[b * features + half + j] = p.r(Math.sin(angle));
      }
    }
    return e;
  }
}
