package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemorisationTest {
  private static final long SEED = 13;

  /** scipy 1.17: mannwhitneyu(a, b, alternative="less", method="asymptotic"), numpy quantile. */
  @Test
  void agreesWithScipyWhereThereAreTies() {
    double[] a = {1, 2, 2, 3, 5, 8, 1.5};
    double[] b = {2, 3, 4, 4, 6, 7, 9, 10};
    Memorisation ab = Memorisation.of(a, b);
    assertThat(ab.p()).isCloseTo(0.04046740780059241, within(1e-13));
    assertThat(Memorisation.of(b, a).p()).isCloseTo(0.9686730835682201, within(1e-13));
    assertThat(ab.probabilityNearer()).isEqualTo(43.5 / 56);
    assertThat(ab.sampleMedian()).isEqualTo(2);
    assertThat(ab.heldOutMedian()).isEqualTo(5);
    assertThat(ab.threshold()).isCloseTo(2.07, within(1e-14));
    assertThat(ab.shareBelow()).isEqualTo(4.0 / 7);
  }

  /** 4000 trials of 60 against 90, counted in tenths. */
  @Test
  void pIsUniformWhenBothComeFromOneLaw() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    int trials = 4000;
    int[] tenths = new int[10];
    for (int trial = 0; trial < trials; trial++) {
      double p = Memorisation.of(uniforms(random, 60), uniforms(random, 90)).p();
      tenths[Math.min(9, (int) (10 * p))]++;
    }
    double chiSquare = 0; // 9 degrees of freedom: 27.9 is exceeded once in a thousand
    for (int count : tenths) chiSquare += Math.pow(count - trials / 10.0, 2) / (trials / 10.0);
    System.out.println("chi square " + chiSquare + " " + Arrays.toString(tenths));
    assertThat(chiSquare).isLessThan(27.9);
  }

  @Test
  void copiesOfTrainingDataAreSeenAndFreshDataAreNot() {
    System.out.println("seed " + SEED);
    int n = 400;
    int d = 6;
    Random random = new Random(SEED);
    float[] training = floats(random, n * d, 1);
    float[] heldOut = floats(random, n * d, 1);
    float[] fresh = floats(random, n * d, 1);
    float[] copies = floats(random, n * d, 0.05);
    for (int i = 0; i < copies.length; i++) copies[i] += training[i];
    try (Device device = Device.open("cpu")) {
      double[] reference = NearestNeighbours.of(device, heldOut, n, training, n, d).distances();
      double[] near = NearestNeighbours.of(device, copies, n, training, n, d).distances();
      double[] far = NearestNeighbours.of(device, fresh, n, training, n, d).distances();
      assertThat(Memorisation.of(near, reference).p()).isLessThan(1e-50);
      assertThat(Memorisation.of(near, reference).shareBelow()).isGreaterThan(0.9);
      assertThat(Memorisation.of(far, reference).p()).isBetween(0.01, 0.99);
      assertThat(Memorisation.of(far, reference).shareBelow()).isLessThan(0.05);
    }
  }

  @Test
  void equalDistancesAreNoEvidenceAndNoDistancesAreRefused() {
    assertThat(Memorisation.of(new double[3], new double[4]).p()).isEqualTo(1);
    assertThat(Memorisation.of(new double[3], new double[4]).probabilityNearer()).isEqualTo(0.5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Memorisation.of(new double[0], new double[1]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Memorisation.of(new double[1], new double[] {Double.NaN}));
  }

  private static double[] uniforms(Random random, int count) {
    return random.doubles(count).toArray();
  }

  private static float[] floats(Random random, int count, double scale) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) (scale * random.nextGaussian());
    return x;
  }
}
