package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.data.Isometry;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NeighbourDimensionTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  /** n points of the torus (cos, sin)^k, embedded isometrically: no edge, a constant density. */
  private static float[] torus(int n, int k, int d) {
    Random random = new Random(SEED);
    Isometry embedding = new Isometry(2 * k, d, SEED);
    float[] x = new float[n * d];
    double[] own = new double[2 * k];
    double[] out = new double[d];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < k; j++) {
        double angle = 2 * Math.PI * random.nextDouble();
        own[2 * j] = Math.cos(angle);
        own[2 * j + 1] = Math.sin(angle);
      }
      embedding.embed(out, own);
      for (int j = 0; j < d; j++) x[i * d + j] = (float) out[j];
    }
    return x;
  }

  /**
   * Neighbourhoods of 20 of 2000 points reach (20/2000)^{1/k} of the torus, where its curvature
   * adds a few per cent in three dimensions.
   */
  @Test
  void aTorusHasItsDimension() {
    System.out.println("seed " + SEED);
    try (Device device = Device.open("cpu")) {
      for (int k = 1; k <= 3; k++) {
        int n = 2000;
        NeighbourDimension found = NeighbourDimension.of(device, torus(n, k, 10), n, 10, SEED);
        System.out.printf("%d: %.3f ± %.3f%n", k, found.value(), found.standardError());
        assertThat(found.points()).isEqualTo(n);
        assertThat(found.value()).isCloseTo(k, within(4 * found.standardError() + 0.03 * k));
      }
    }
  }

  /** A point that stands there twice is no neighbour of itself. */
  @Test
  void copiesDoNotCount() {
    int n = 500;
    float[] once = torus(n, 1, 4);
    float[] twice = new float[2 * once.length];
    System.arraycopy(once, 0, twice, 0, once.length);
    System.arraycopy(once, 0, twice, once.length, once.length);
    try (Device device = Device.open("cpu")) {
      assertThat(NeighbourDimension.of(device, twice, 2 * n, 4, SEED).value()).isFinite();
      float[] same = new float[100 * 4];
      assertThat(NeighbourDimension.of(device, same, 100, 4, SEED).value()).isNaN();
    }
  }
}
