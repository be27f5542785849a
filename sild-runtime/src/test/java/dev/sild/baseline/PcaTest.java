package dev.sild.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data with a known spectrum: x = μ + Σ_k √λ_k u_k h_k with h_k columns of a Hadamard matrix. */
class PcaTest {
  private static final long SEED = 3;
  private static final int N = 1024;
  private static final int RANK = 100;
  private static final int COMPONENTS = 12;

  /** 150: all eigenvectors; 700: subspace of a formed covariance; 3200: of one that is not. */
  @ParameterizedTest
  @ValueSource(ints = {150, 700, 3200})
  void eigenvaluesAreThoseOfTheData(int d) {
    System.out.println("seed " + SEED);
    float[] data = data(d);
    try (Device device = Device.open("cpu")) {
      Pca pca = Pca.fit(device, data, N, d, COMPONENTS);
      double total = 0;
      double left = 0;
      for (int k = 0; k < RANK; k++) {
        total += lambda(k);
        if (k >= COMPONENTS) left += lambda(k);
      }
      assertThat(pca.totalVariance()).isCloseTo(total, within(1e-5 * total));
      for (int k = 0; k < COMPONENTS; k++)
        assertThat(pca.eigenvalues()[k]).isCloseTo(lambda(k), within(1e-5 * lambda(0)));
      assertThat(pca.reconstructionMse(data, N)).isCloseTo(left / d, within(1e-5 * left / d));
      assertOrthonormal(pca.components(), d);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {150, 700})
  void errorIsThatOfTheReconstruction(int d) {
    float[] data = data(d);
    int heldOut = 50;
    float[] fresh = normals(new Random(SEED + 1), heldOut * d);
    try (Device device = Device.open("cpu")) {
      Pca pca = Pca.fit(device, data, N, d, COMPONENTS);
      float[] again = pca.reconstruct(pca.project(fresh, heldOut), heldOut);
      double error = 0;
      for (int i = 0; i < fresh.length; i++) error += Math.pow((double) fresh[i] - again[i], 2);
      double mse = error / fresh.length;
      assertThat(pca.reconstructionMse(fresh, heldOut)).isCloseTo(mse, within(1e-6 * mse));
      float[] twice = pca.reconstruct(pca.project(again, heldOut), heldOut);
      for (int i = 0; i < again.length; i++)
        assertThat(twice[i]).isCloseTo(again[i], within(1e-4f));
    }
  }

  @Test
  void sameDataGiveTheSameBits() {
    float[] data = data(700);
    try (Device device = Device.open("cpu")) {
      Pca one = Pca.fit(device, data, N, 700, COMPONENTS);
      Pca two = Pca.fit(device, data, N, 700, COMPONENTS);
      assertThat(two.components()).isEqualTo(one.components());
      assertThat(two.eigenvalues()).isEqualTo(one.eigenvalues());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 500})
  void fewerSamplesThanComponentsLeaveOrthonormalDirectionsWithoutVariance(int d) {
    float[] data = normals(new Random(SEED), 5 * d);
    try (Device device = Device.open("cpu")) {
      Pca pca = Pca.fit(device, data, 5, d, 10);
      assertThat(pca.eigenvalues()[3]).isGreaterThan(1);
      assertThat(pca.eigenvalues()[4]).isBetween(0.0, 1e-4);
      assertThat(pca.reconstructionMse(data, 5)).isLessThan(1e-5);
      assertOrthonormal(pca.components(), d);
    }
  }

  @Test
  void constantDataAreTheirMean() {
    float[] data = new float[3 * 500];
    Arrays.fill(data, 2);
    try (Device device = Device.open("cpu")) {
      Pca pca = Pca.fit(device, data, 3, 500, 4);
      assertThat(pca.eigenvalues()).containsOnly(0);
      assertThat(pca.reconstructionMse(data, 3)).isZero();
      assertThat(pca.mean()).containsOnly(2);
    }
  }

  @Test
  void impossibleRequestsAreRefused() {
    try (Device device = Device.open("cpu")) {
      float[] data = new float[20];
      assertThatIllegalArgumentException().isThrownBy(() -> Pca.fit(device, data, 5, 4, 5));
      assertThatIllegalArgumentException().isThrownBy(() -> Pca.fit(device, data, 6, 4, 2));
      data[3] = Float.POSITIVE_INFINITY;
      assertThatIllegalArgumentException().isThrownBy(() -> Pca.fit(device, data, 5, 4, 2));
    }
  }

  private static double lambda(int k) {
    return 10 * Math.exp(-0.12 * k);
  }

  private static float[] data(int d) {
    double[] basis = orthonormal(RANK, d);
    float[] data = new float[N * d];
    double[] row = new double[d];
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < d; j++) row[j] = Math.sin(j); // the mean
      for (int k = 0; k < RANK; k++) {
        // column k + 1 of the Hadamard matrix: mean 0, variance 1, orthogonal to the others
        double h = Integer.bitCount(i & (k + 1)) % 2 == 0 ? 1 : -1;
        double scale = h * Math.sqrt(lambda(k));
        for (int j = 0; j < d; j++) row[j] += scale * basis[k * d + j];
      }
      for (int j = 0; j < d; j++) data[i * d + j] = (float) row[j];
    }
    return data;
  }

  private static double[] orthonormal(int count, int d) {
    Random random = new Random(SEED);
    double[] basis = new double[count * d];
    for (int k = 0; k < count; k++) {
      for (int j = 0; j < d; j++) basis[k * d + j] = random.nextGaussian();
      for (int pass = 0; pass < 2; pass++)
        for (int l = 0; l < k; l++) {
          double dot = dot(basis, k, l, d);
          for (int j = 0; j < d; j++) basis[k * d + j] -= dot * basis[l * d + j];
        }
      double norm = Math.sqrt(dot(basis, k, k, d));
      for (int j = 0; j < d; j++) basis[k * d + j] /= norm;
    }
    return basis;
  }

  private static void assertOrthonormal(double[] components, int d) {
    int count = components.length / d;
    for (int k = 0; k < count; k++)
      for (int l = 0; l <= k; l++)
        assertThat(dot(components, k, l, d)).isCloseTo(k == l ? 1 : 0, within(1e-12));
  }

  private static double dot(double[] rows, int k, int l, int d) {
    double sum = 0;
    for (int j = 0; j < d; j++) sum += rows[k * d + j] * rows[l * d + j];
    return sum;
  }

  private static float[] normals(Random random, int count) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) x[i] = (float) random.nextGaussian();
    return x;
  }
}
