package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNeighboursTest {
  private static final long SEED = 5;

  /** One chunk; several of queries; several of the bank; a remainder in both. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "31, 1021, 7", "2100, 300, 3", "40, 20000, 16"})
  void agreesWithBruteForce(int q, int m, int p) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    float[] queries = normals(random, q * p, 0);
    float[] bank = normals(random, m * p, 0);
    NearestNeighbours found = search(queries, q, bank, m, p);
    for (int i = 0; i < q; i++) {
      int best = bruteForce(queries, i, bank, m, p);
      double expected = distance(queries, i, bank, best, p);
      assertThat(found.distances()[i]).isCloseTo(expected, within(1e-6 * expected + 1e-12));
      double named = distance(queries, i, bank, found.indices()[i], p);
      assertThat(found.distances()[i]).isEqualTo(named);
    }
  }

  /** Values around 100: without the shift the product would have an error of some 10⁻². */
  @Test
  void farFromTheOriginCopiesAreFoundAtDistanceZero() {
    int m = 9000;
    int p = 20;
    float[] bank = normals(new Random(SEED), m * p, 100);
    int[] rows = {0, 17, 8191, 8192, 8999};
    float[] queries = new float[rows.length * p];
    for (int i = 0; i < rows.length; i++) System.arraycopy(bank, rows[i] * p, queries, i * p, p);
    NearestNeighbours found = search(queries, rows.length, bank, m, p);
    assertThat(found.indices()).containsExactly(rows);
    assertThat(found.distances()).containsOnly(0);
  }

  @Test
  void noQueriesHaveNoNeighboursAndAnEmptyBankIsRefused() {
    assertThat(search(new float[0], 0, new float[4], 2, 2).distances()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search(new float[4], 2, new float[0], 0, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search(new float[] {Float.NaN}, 1, new float[1], 1, 1));
  }

  private static NearestNeighbours search(float[] queries, int q, float[] bank, int m, int p) {
    try (Device device = Device.open("cpu")) {
      return NearestNeighbours.of(device, queries, q, bank, m, p);
    }
  }

  private static int bruteForce(float[] queries, int query, float[] bank, int m, int p) {
    int best = 0;
    for (int row = 1; row < m; row++)
      if (distance(queries, query, bank, row, p) < distance(queries, query, bank, best, p))
        best = row;
    return best;
  }

  private static double distance(float[] queries, int query, float[] bank, int row, int p) {
    double sum = 0;
    for (int j = 0; j < p; j++) {
      double difference = (double) queries[query * p + j] - bank[row * p + j];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private static float[] normals(Random random, int count, double mean) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) (mean + random.nextGaussian());
    return x;
  }
}
