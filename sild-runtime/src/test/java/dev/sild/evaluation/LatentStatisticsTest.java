package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.junit.jupiter.api.Test;

/** Columns of a Hadamard matrix have mean 0 and are orthogonal: the covariance is exact. */
class LatentStatisticsTest {
  private static final long SEED = 29;
  private static final int N = 256;

  @Test
  void aKnownCovarianceHasItsClosedForms() {
    double[] deviations = {2, 1, 0.5, 0.05};
    double[] mean = {1, 0, -2, 0.5};
    LatentStatistics found = LatentStatistics.of(latents(deviations, mean, identity(4)), N, 4);
    double[] lambda = lambda(deviations);
    for (int j = 0; j < 4; j++)
      assertThat(found.spectrum()[j]).isCloseTo(lambda[j], within(1e-6 * lambda[j]));
    double kl = 5.25 - 4;
    for (double l : lambda) kl += l - Math.log(l);
    assertThat(found.klNormal()).isCloseTo(0.5 * kl, within(1e-6));
    assertThat(found.klNormalStandardised()).isCloseTo(0, within(1e-6)); // no dependence
    assertThat(found.activeUnits()).isEqualTo(3); // 0.05² is below 0.01
    double sum = 4 + 1 + 0.25 + 0.0025;
    double squares = 16 + 1 + 0.0625 + 0.0025 * 0.0025;
    assertThat(found.participationRatio()).isCloseTo(sum * sum / squares, within(1e-6));
    assertThat(found.excessKurtosis()).isCloseTo(-2, within(1e-5)); // of ±1
    assertThat(found.samples()).isEqualTo(N);
  }

  /** A rotation moves neither spectrum nor KL; what each coordinate shows changes. */
  @Test
  void aRotationKeepsSpectrumAndKl() {
    System.out.println("seed " + SEED);
    double[] deviations = {3, 1, 0.7, 0.2, 0.1};
    double[] lambda = lambda(deviations);
    DMatrixRMaj q = RandomMatrices_DDRM.orthogonal(5, 5, new Random(SEED));
    LatentStatistics straight =
        LatentStatistics.of(latents(deviations, new double[5], identity(5)), N, 5);
    LatentStatistics rotated = LatentStatistics.of(latents(deviations, new double[5], q), N, 5);
    assertThat(rotated.klNormal()).isCloseTo(straight.klNormal(), within(1e-5));
    assertThat(rotated.participationRatio()).isCloseTo(straight.participationRatio(), within(1e-5));
    double correlation = 0; // −½ (ln det Σ − Σ ln Σ_jj)
    for (int j = 0; j < 5; j++) {
      assertThat(rotated.spectrum()[j]).isCloseTo(lambda[j], within(1e-5 * lambda[0]));
      double variance = 0;
      for (int k = 0; k < 5; k++) variance += lambda[k] * q.get(j, k) * q.get(j, k);
      correlation += 0.5 * (Math.log(variance) - Math.log(lambda[j]));
    }
    assertThat(rotated.klNormalStandardised()).isCloseTo(correlation, within(1e-4));
  }

  /** 2n KL of the maximum-likelihood fit is χ² with Z (Z + 3)/2 degrees of freedom (Wilks). */
  @Test
  void normalLatentsAreNearTheNormalLaw() {
    System.out.println("seed " + SEED);
    int n = 20_000;
    int latent = 16;
    Random random = new Random(SEED);
    float[] z = new float[n * latent];
    for (int i = 0; i < z.length; i++) z[i] = (float) random.nextGaussian();
    LatentStatistics found = LatentStatistics.of(z, n, latent);
    double freedom = latent * (latent + 3) / 2.0;
    assertThat(2 * n * found.klNormal()).isCloseTo(freedom, within(4 * Math.sqrt(2 * freedom)));
    assertThat(found.activeUnits()).isEqualTo(latent);
    // Var of a coordinate's kurtosis is 24/n
    assertThat(found.excessKurtosis()).isCloseTo(0, within(4 * Math.sqrt(24.0 / n / latent)));
    // Σλ² exceeds its limit by tr² /n (1 + 1/Z) or so
    assertThat(found.participationRatio()).isBetween(latent * (1 - 2.0 * latent / n), 1.0 * latent);
  }

  @Test
  void aConstantCoordinateHasNoDensityAndTooFewAreRefused() {
    double[] deviations = {2, 0};
    LatentStatistics found =
        LatentStatistics.of(latents(deviations, new double[2], identity(2)), N, 2);
    assertThat(found.klNormal()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(found.klNormalStandardised()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(found.participationRatio()).isCloseTo(1, within(1e-12));
    assertThat(found.excessKurtosis()).isCloseTo(-2, within(1e-5));
    LatentStatistics nothing = LatentStatistics.of(new float[8], 4, 2);
    assertThat(nothing.participationRatio()).isNaN();
    assertThat(nothing.excessKurtosis()).isNaN();
    assertThat(nothing.activeUnits()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> LatentStatistics.of(new float[2], 1, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LatentStatistics.of(new float[] {1, Float.NaN}, 2, 1));
  }

  /** Unbiased variances of columns ±deviation. */
  private static double[] lambda(double[] deviations) {
    double[] lambda = deviations.clone();
    for (int j = 0; j < lambda.length; j++)
      lambda[j] = deviations[j] * deviations[j] * N / (N - 1.0);
    return lambda;
  }

  /** Q diag(deviations) h + mean, h of independent signs. */
  private static float[] latents(double[] deviations, double[] mean, DMatrixRMaj q) {
    int latent = mean.length;
    float[] z = new float[N * latent];
    for (int i = 0; i < N; i++)
      for (int j = 0; j < latent; j++) {
        double sum = mean[j];
        for (int k = 0; k < latent; k++) {
          int sign = Integer.bitCount(i & (k + 1)) % 2 == 0 ? 1 : -1;
          sum += q.get(j, k) * deviations[k] * sign;
        }
        z[i * latent + j] = (float) sum;
      }
    return z;
  }

  private static DMatrixRMaj identity(int size) {
    return org.ejml.dense.row.CommonOps_DDRM.identity(size);
  }
}
