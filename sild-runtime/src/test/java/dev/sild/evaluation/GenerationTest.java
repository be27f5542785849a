package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GenerationTest {
  private static final int SEED = 37;

  @Test
  void everyFigureBearsTheNameOfItsFeaturesAndIsThatOfItsMeasure() {
    float[] real = normals(300 * 4);
    float[] fake = normals(200 * 4);
    for (int i = 0; i < fake.length; i++) fake[i] += 0.5f;
    Measures.Builder out = measure(real, 300, fake, 200);
    assertThat(out.metrics.keySet())
        .containsExactly(
            "frechet_net",
            "kid_net",
            "kid_net_se",
            "precision_net",
            "recall_net",
            "density_net",
            "coverage_net");
    try (Device device = Device.open("cpu")) {
      KernelDistance kid = KernelDistance.of(device, real, 300, fake, 200, 4, 100, 1000, SEED);
      PrecisionRecall pr = PrecisionRecall.of(device, real, 300, fake, 200, 4, 5000, SEED);
      assertThat(out.metrics)
          .containsEntry("frechet_net", Frechet.distance(fake, 200, real, 300, 4))
          .containsEntry("kid_net", kid.value())
          .containsEntry("kid_net_se", kid.standardError())
          .containsEntry("precision_net", pr.precision())
          .containsEntry("recall_net", pr.recall())
          .containsEntry("density_net", pr.density())
          .containsEntry("coverage_net", pr.coverage());
      assertThat(kid.value()).isPositive();
    }
    assertThat(out.counts)
        .containsEntry("kid_net_subsets", 100)
        .containsEntry("kid_net_subset_size", 200)
        .containsEntry("net_reference_samples", 300)
        .containsEntry("net_samples", 200)
        .containsEntry("precision_net_samples", 200)
        .containsEntry("precision_recall_neighbours", 3)
        .containsEntry("density_coverage_neighbours", 5);
  }

  @Test
  void whatIsUndefinedIsNull() {
    float[] real = normals(30 * 4);
    float[] fake = normals(20 * 4);
    fake[79] = Float.NaN;
    assertThat(measure(real, 30, fake, 20).metrics).hasSize(7).allSatisfy((_, x) -> isNull(x));
    assertThat(measure(real, 30, fake, 1).metrics).hasSize(7).allSatisfy((_, x) -> isNull(x));
    Map<String, Double> few = measure(real, 30, fake, 5).metrics; // no fifth neighbour
    assertThat(few.get("frechet_net")).isNotNull();
    assertThat(few.get("kid_net")).isNotNull();
    assertThat(few.get("recall_net")).isNull();
  }

  private static void isNull(Double figure) {
    assertThat(figure).isNull();
  }

  /** 40,000 drawings of 3 of 5: each row at most once in one, and each equally often. */
  @Test
  void rowsAreDrawnWithoutReplacementAndEquallyOften() {
    System.out.println("seed " + SEED);
    float[] x = {0, 10, 1, 11, 2, 12, 3, 13, 4, 14};
    SplittableRandom random = new SplittableRandom(SEED);
    int[][] places = new int[3][5];
    int repeats = 40_000;
    for (int r = 0; r < repeats; r++) {
      Rows drawn = new Rows(x, 5, 2).draw(3, random);
      int[] rows = IntStream.range(0, 3).map(i -> (int) drawn.x()[2 * i]).toArray();
      assertThat(rows).doesNotHaveDuplicates();
      for (int i = 0; i < 3; i++) {
        assertThat(drawn.x()[2 * i + 1]).isEqualTo(rows[i] + 10f);
        places[i][rows[i]]++;
      }
    }
    double error = Math.sqrt(repeats * 0.2 * 0.8);
    for (int[] place : places)
      for (int count : place)
        assertThat((double) count).isBetween(0.2 * repeats - 4 * error, 0.2 * repeats + 4 * error);
  }

  private static Measures.Builder measure(float[] real, int n, float[] fake, int m) {
    Measures.Builder out = new Measures.Builder();
    try (Device device = Device.open("cpu")) {
      new Generation(device, SEED, Progress.SILENT).measure(out, "net", real, n, fake, m, 4);
    }
    return out;
  }

  private static float[] normals(int count) {
    Random random = new Random(SEED + count);
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) random.nextGaussian();
    return x;
  }
}
