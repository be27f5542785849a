package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.evaluation.Frechet.Gaussian;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.junit.jupiter.api.Test;

class FrechetTest {
  private static final long SEED = 11;

  @Test
  void oneDimensionIsDifferenceOfMeansAndOfDeviations() {
    Gaussian a = new Gaussian(new double[] {1}, new double[] {4});
    Gaussian b = new Gaussian(new double[] {-2}, new double[] {0.25});
    assertThat(Frechet.distance(a, b)).isCloseTo(9 + 1.5 * 1.5, within(1e-13));
  }

  /** With common eigenvectors: Σ (√λ_A − √λ_B)². */
  @Test
  void commutingCovariancesCompareTheirRoots() {
    System.out.println("seed " + SEED);
    int f = 40;
    DMatrixRMaj q = RandomMatrices_DDRM.orthogonal(f, f, new Random(SEED));
    double[] a = new double[f];
    double[] b = new double[f];
    double expected = 0;
    for (int i = 0; i < f; i++) {
      a[i] = i % 3 == 0 ? 0 : Math.exp(-0.3 * i); // singular, and over six decades
      b[i] = i % 5 == 0 ? 0 : Math.exp(0.1 * i - 4);
      expected += Math.pow(Math.sqrt(a[i]) - Math.sqrt(b[i]), 2);
    }
    double distance = Frechet.distance(rotated(q, a), rotated(q, b));
    assertThat(distance).isCloseTo(expected, within(1e-12));
  }

  /** tr (Σ_A Σ_B)^{½} of 2 × 2 matrices is √(tr Σ_A Σ_B + 2 √(det Σ_A det Σ_B)). */
  @Test
  void covariancesThatDoNotCommuteHaveTheClosedFormOfTwoDimensions() {
    Gaussian a = new Gaussian(new double[2], new double[] {3, 1, 1, 2});
    Gaussian b = new Gaussian(new double[2], new double[] {1, -0.5, -0.5, 4});
    double trace = 3 * 1 + 2 * (1 * -0.5) + 2 * 4;
    double expected = 5 + 5 - 2 * Math.sqrt(trace + 2 * Math.sqrt(5 * 3.75));
    assertThat(Frechet.distance(a, b)).isCloseTo(expected, within(1e-12));
    assertThat(Frechet.distance(b, a)).isCloseTo(expected, within(1e-12));
  }

  @Test
  void identicalSetsAreAtDistanceZeroThoughTheirCovarianceIsSingular() {
    int f = 64;
    int n = 20; // rank 19
    float[] x = normals(new Random(SEED), n * f);
    assertThat(Frechet.distance(x, n, x, n, f)).isBetween(0.0, 1e-11);
  }

  @Test
  void aShiftOfAllFeaturesCostsItsSquare() {
    int f = 16;
    int n = 500;
    float[] x = normals(new Random(SEED), n * f);
    float[] y = x.clone();
    for (int i = 0; i < y.length; i++) y[i] += 0.5f;
    assertThat(Frechet.distance(x, n, y, n, f)).isCloseTo(f * 0.25, within(1e-5));
  }

  /** At Σ = I the distance is ‖Δμ‖² + ‖ΔΣ‖²/4: (f + f (f + 1)/4)(1/n + 1/m) in the mean. */
  @Test
  void twoSetsFromOneLawAreAsFarApartAsTheirNoise() {
    int f = 8;
    int n = 4000;
    Random random = new Random(SEED);
    double distance = Frechet.distance(normals(random, n * f), n, normals(random, n * f), n, f);
    System.out.println("seed " + SEED + ": " + distance);
    assertThat(distance).isBetween(0.3 * 0.013, 2 * 0.013);
  }

  @Test
  void featuresThatAreNotFiniteOrDoNotMatchAreRefused() {
    float[] bad = {1, Float.NaN, 2};
    assertThatIllegalArgumentException().isThrownBy(() -> Gaussian.of(bad, 3, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Gaussian.of(new float[1], 1, 1));
    Gaussian one = Gaussian.of(new float[4], 4, 1);
    Gaussian two = Gaussian.of(new float[4], 2, 2);
    assertThatIllegalArgumentException().isThrownBy(() -> Frechet.distance(one, two));
    assertThat(Frechet.distance(two, two)).isZero(); // constants: covariance 0
  }

  private static Gaussian rotated(DMatrixRMaj q, double[] eigenvalues) {
    int f = eigenvalues.length;
    DMatrixRMaj scaled = new DMatrixRMaj(f, f);
    DMatrixRMaj covariance = new DMatrixRMaj(f, f);
    CommonOps_DDRM.mult(q, CommonOps_DDRM.diag(eigenvalues), scaled);
    CommonOps_DDRM.multTransB(scaled, q, covariance);
    return new Gaussian(new double[f], covariance.data);
  }

  private static float[] normals(Random random, int count) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) random.nextGaussian();
    return x;
  }
}
