package dev.sild.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.data.Moments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GaussianMixtureTest {
  private static final int SEED = 31;

  /** Three components in R³, 6 and more deviations apart, correlated. */
  private static GaussianMixture known() {
    float[] weights = {0.5f, 0.3f, 0.2f};
    float[] means = {4, 0, 0, -4, 3, 0, 0, -6, 5};
    float[] factors = {
      1, 0, 0, 0.5f, 0.8f, 0, -0.3f, 0.2f, 0.6f, //
      0.7f, 0, 0, 0, 1.1f, 0, 0.4f, -0.5f, 0.9f, //
      1.2f, 0, 0, -0.6f, 0.5f, 0, 0, 0, 1
    };
    return new GaussianMixture(weights, means, factors);
  }

  private static float[] draw(GaussianMixture mixture, int n, int seed) {
    float[] z = new float[n * mixture.dimension()];
    mixture.sample(z, 0, n, new Noise(seed, 77));
    return z;
  }

  private static GaussianMixture.Fit fit(float[] z, int d, int components) {
    try (Device device = Device.open("cpu")) {
      return GaussianMixture.fit(device, z, z.length / d, d, components, SEED);
    }
  }

  /**
   * Within 4.5 standard errors of a sample of w n rows: √(w(1 − w)/n), √(Σ_jj/wn) and √((Σ_jj Σ_kk
   * + Σ_jk²)/wn). The components hardly overlap, so that labels cost no more than the rest of that.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void aKnownMixtureIsRecovered(int seed) {
    System.out.println("seed " + seed);
    GaussianMixture known = known();
    int n = 20_000;
    int d = 3;
    GaussianMixture found = fit(draw(known, n, seed), d, 3).mixture();
    assertThat(found.weights()).hasSize(3);
    for (int c = 0; c < 3; c++) {
      int own = nearest(found, known, c);
      double w = known.weights()[c];
      assertThat((double) found.weights()[own])
          .isCloseTo(w, within(4.5 * Math.sqrt(w * (1 - w) / n)));
      DMatrixRMaj truth = covariance(known, c);
      DMatrixRMaj fitted = covariance(found, own);
      for (int j = 0; j < d; j++) {
        double error = 4.5 * Math.sqrt(truth.get(j, j) / (w * n));
        assertThat((double) found.means()[own * d + j])
            .isCloseTo(known.means()[c * d + j], within(error));
        for (int k = 0; k < d; k++) {
          double square = truth.get(j, j) * truth.get(k, k) + truth.get(j, k) * truth.get(j, k);
          assertThat(fitted.get(j, k))
              .isCloseTo(truth.get(j, k), within(4.5 * Math.sqrt(square / (w * n))));
        }
      }
    }
  }

  /** Overlapping data and too many components: a long climb. */
  @Test
  void theLikelihoodNeverDecreases() {
    System.out.println("seed " + SEED);
    int n = 3000;
    int d = 5;
    Random random = new Random(SEED);
    float[] z = new float[n * d];
    for (int i = 0; i < n; i++) {
      double stretch = Math.exp(random.nextGaussian()); // heavy tails: no mixture is exact
      for (int j = 0; j < d; j++) z[i * d + j] = (float) (stretch * random.nextGaussian());
    }
    List<Double> heard = new ArrayList<>();
    try (Device device = Device.open("cpu")) {
      var fit = ExpectationMaximisation.fit(device, z, n, d, 4, SEED, heard::add);
      assertThat(heard).hasSizeBetween(10, 101).last().isEqualTo(fit.logLikelihood());
      assertThat(fit.mixture().weights()).hasSize(4); // nothing was dropped on the way
    }
    // f32 gives Σ to some 10⁻⁶ and Mahalanobis distances, about d, to as much
    for (int i = 1; i < heard.size(); i++)
      assertThat(heard.get(i)).isGreaterThanOrEqualTo(heard.get(i - 1) - 1e-5);
    for (int i = 2; i + 1 < heard.size(); i++) // it went on while it gained, and then stopped
    assertThat(heard.get(i) - heard.get(i - 1)).isGreaterThanOrEqualTo(1e-4);
  }

  @Test
  void oneComponentIsTheGaussianOfMaximumLikelihood() {
    int n = 4000;
    int d = 6;
    Random random = new Random(SEED);
    float[] z = new float[n * d];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < d; j++)
        z[i * d + j] = (float) (10 + (j + 1) * random.nextGaussian() + (j > 0 ? z[i * d] : 0));
    GaussianMixture.Fit fit = fit(z, d, 1);
    double[] mean = Moments.of(z, n, d).mean();
    DMatrixRMaj biased = Moments.covariance(z, n, d, mean);
    org.ejml.dense.row.CommonOps_DDRM.scale((n - 1.0) / n, biased);
    double trace = org.ejml.dense.row.CommonOps_DDRM.trace(biased);
    DMatrixRMaj found = covariance(fit.mixture(), 0);
    for (int j = 0; j < d; j++) {
      assertThat((double) fit.mixture().means()[j]).isCloseTo(mean[j], within(2e-6 * mean[j]));
      for (int k = 0; k < d; k++)
        assertThat(found.get(j, k)).isCloseTo(biased.get(j, k), within(5e-6 * trace));
    }
    double determinant = org.ejml.dense.row.CommonOps_DDRM.det(biased);
    double expected = -0.5 * (Math.log(determinant) + d * (Math.log(2 * Math.PI) + 1));
    assertThat(fit.logLikelihood()).isCloseTo(expected, within(1e-4));
    assertThat(fit.mixture().logLikelihood(z)).isCloseTo(expected, within(1e-4));
    assertThat(fit.iterations()).isEqualTo(1);
  }

  /** −H of the mixture, for whose components hardly overlap: Σ w (ln w − ½ ln det 2πeΣ). */
  @Test
  void heldOutDataHaveTheLikelihoodOfTheEntropy() {
    GaussianMixture known = known();
    int n = 20_000;
    double entropy = 0;
    for (int c = 0; c < 3; c++) {
      double logs = 0;
      for (int j = 0; j < 3; j++) logs += Math.log(known.factors()[c * 9 + j * 4]);
      double w = known.weights()[c];
      entropy += w * (logs + 1.5 * (Math.log(2 * Math.PI) + 1) - Math.log(w));
    }
    float[] heldOut = draw(known, n, 6);
    // a log-density varies by ½ χ² of 3 degrees inside a component, by ½ or so between them
    double error = 4 * Math.sqrt((1.5 + 0.5) / n);
    assertThat(known.logLikelihood(heldOut)).isCloseTo(-entropy, within(error));
    GaussianMixture.Fit fit = fit(draw(known, n, 5), 3, 3);
    double fitted = fit.mixture().logLikelihood(heldOut);
    // 29 fitted numbers cost 29/2n nats on fresh data
    assertThat(fitted).isCloseTo(known.logLikelihood(heldOut), within(4 * 29 / (2.0 * n)));
    assertThat(fit.logLikelihood()).isCloseTo(-entropy, within(error));
  }

  @Test
  void samplesHaveTheMomentsAndDoNotKnowTheirBatch() {
    GaussianMixture known = known();
    int n = 40_000;
    float[] z = draw(known, n, 9);
    double[] mean = Moments.of(z, n, 3).mean();
    DMatrixRMaj covariance = Moments.covariance(z, n, 3, mean);
    double[] expected = new double[3];
    DMatrixRMaj second = new DMatrixRMaj(3, 3);
    for (int c = 0; c < 3; c++)
      for (int j = 0; j < 3; j++) {
        expected[j] += known.weights()[c] * known.means()[c * 3 + j];
        for (int k = 0; k < 3; k++)
          second.add(
              j,
              k,
              known.weights()[c]
                  * (covariance(known, c).get(j, k)
                      + known.means()[c * 3 + j] * known.means()[c * 3 + k]));
      }
    for (int j = 0; j < 3; j++) {
      double variance = second.get(j, j) - expected[j] * expected[j];
      assertThat(mean[j]).isCloseTo(expected[j], within(4.5 * Math.sqrt(variance / n)));
      for (int k = 0; k < 3; k++) {
        double largest = Math.sqrt(second.get(j, j) * second.get(k, k)); // Var ≤ 3 · 3 of that
        assertThat(covariance.get(j, k))
            .isCloseTo(
                second.get(j, k) - expected[j] * expected[k],
                within(4.5 * 3 * largest / Math.sqrt(n)));
      }
    }
    float[] part = new float[5 * 3];
    known.sample(part, 1000, 5, new Noise(9, 77));
    assertThat(part).containsExactly(Arrays.copyOfRange(z, 3000, 3015));
    float[] other = new float[5 * 3];
    known.sample(other, 1000, 5, new Noise(9, 78));
    assertThat(other).isNotEqualTo(part);
  }

  @Test
  void storedAsTensorsItIsTheSame() {
    GaussianMixture known = known();
    GaussianMixture again = GaussianMixture.of(known.asWeights());
    assertThat(known.asWeights().tensors()).hasSize(3);
    assertThat(draw(again, 100, 3)).containsExactly(draw(known, 100, 3));
  }

  @Test
  void threadsDoNotChangeABit() {
    int n = 5000;
    int d = 24;
    float[] z = new float[n * d];
    Random random = new Random(SEED);
    for (int i = 0; i < z.length; i++)
      z[i] = (float) (random.nextGaussian() + (i / d % 3) * (i % d % 2));
    try (Device one = Device.open("cpu", Precision.F32, 1);
        Device two = Device.open("cpu", Precision.F32, 2)) {
      GaussianMixture.Fit alone = GaussianMixture.fit(one, z, n, d, 5, SEED);
      GaussianMixture.Fit pair = GaussianMixture.fit(two, z, n, d, 5, SEED);
      assertThat(pair.mixture().factors()).isEqualTo(alone.mixture().factors());
      assertThat(pair.mixture().means()).isEqualTo(alone.mixture().means());
      assertThat(pair.mixture().weights()).isEqualTo(alone.mixture().weights());
      assertThat(pair.logLikelihood()).isEqualTo(alone.logLikelihood());
    }
  }

  /** One coordinate constant, another a copy of a third: the ridge keeps the factors regular. */
  @Test
  void degenerateDataSurvive() {
    int n = 2000;
    float[] z = new float[n * 4];
    Random random = new Random(SEED);
    for (int i = 0; i < n; i++) {
      z[4 * i] = (float) random.nextGaussian() + (i % 2) * 20;
      z[4 * i + 1] = 7;
      z[4 * i + 2] = z[4 * i];
      z[4 * i + 3] = (float) random.nextGaussian();
    }
    GaussianMixture.Fit fit = fit(z, 4, 2);
    assertThat(fit.mixture().weights()).hasSize(2);
    assertThat(fit.logLikelihood()).isFinite();
    float[] samples = draw(fit.mixture(), 1000, 1);
    for (int i = 0; i < 1000; i++) {
      // the ridge is 10⁻⁶ of the mean variance, 51: 0.007 a coordinate, or √2 of it a difference
      assertThat(samples[4 * i + 1]).isCloseTo(7, within(0.05f));
      assertThat(samples[4 * i + 2]).isCloseTo(samples[4 * i], within(0.06f));
    }
  }

  /** Z + 1 rows a component, or it is dropped; repeated rows give no second centre. */
  @Test
  void componentsThatDieAreDropped() {
    Random random = new Random(SEED);
    float[] few = new float[30 * 8];
    for (int i = 0; i < few.length; i++) few[i] = (float) random.nextGaussian();
    GaussianMixture small = fit(few, 8, 20).mixture();
    assertThat(small.weights().length).isBetween(1, 30 / 9);
    float[] twice = new float[40 * 2];
    for (int i = 20; i < 40; i++) twice[2 * i] = 1;
    GaussianMixture.Fit two = fit(twice, 2, 5);
    assertThat(two.mixture().weights()).containsExactly(0.5f, 0.5f);
    assertThat(two.mixture().means()).containsAnyOf(0f, 1f);
    GaussianMixture one = fit(Arrays.copyOf(few, 5 * 8), 8, 3).mixture();
    assertThat(one.weights()).containsExactly(1f);
    assertThat(one.logLikelihood(few)).isFinite();
  }

  @Test
  void impossibleRequestsAreRefused() {
    try (Device device = Device.open("cpu")) {
      float[] z = new float[20];
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GaussianMixture.fit(device, z, 10, 2, 2, 1));
      z[3] = Float.NaN;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GaussianMixture.fit(device, z, 10, 2, 2, 1));
      z[3] = 1;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GaussianMixture.fit(device, z, 10, 2, 0, 1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GaussianMixture.fit(device, z, 11, 2, 2, 1));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> known().logLikelihood(new float[4]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GaussianMixture(new float[2], new float[4], new float[7]));
  }

  private static int nearest(GaussianMixture found, GaussianMixture known, int c) {
    int d = known.dimension();
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int own = 0; own < found.weights().length; own++) {
      double sum = 0;
      for (int j = 0; j < d; j++)
        sum += Math.pow(found.means()[own * d + j] - known.means()[c * d + j], 2);
      if (sum >= least) continue;
      least = sum;
      best = own;
    }
    return best;
  }

  /** L Lᵀ. */
  private static DMatrixRMaj covariance(GaussianMixture mixture, int c) {
    int d = mixture.dimension();
    DMatrixRMaj product = new DMatrixRMaj(d, d);
    for (int j = 0; j < d; j++)
      for (int k = 0; k < d; k++)
        for (int l = 0; l < d; l++)
          product.add(
              j,
              k,
              (double) mixture.factors()[(c * d + j) * d + l]
                  * mixture.factors()[(c * d + k) * d + l]);
    return product;
  }
}
