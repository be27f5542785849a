package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.UnaryOperator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.junit.jupiter.api.Test;

class JacobianSpectrumTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  /** x ↦ A x of rows, in f32. */
  private static UnaryOperator<float[]> linear(DMatrixRMaj a) {
    return rows -> {
      int n = rows.length / a.numCols;
      float[] out = new float[n * a.numRows];
      for (int r = 0; r < n; r++)
        for (int i = 0; i < a.numRows; i++) {
          double sum = 0;
          for (int j = 0; j < a.numCols; j++) sum += a.get(i, j) * rows[r * a.numCols + j];
          out[r * a.numRows + i] = (float) sum;
        }
      return out;
    };
  }

  /** Q diag(1, …, 1, 0.2, …, 0.2, 0, …) Qᵀ with k ones and as many more. */
  private static DMatrixRMaj symmetric(int d, int k) {
    DMatrixRMaj q = RandomMatrices_DDRM.orthogonal(d, d, new Random(SEED));
    DMatrixRMaj scaled = q.copy();
    for (int i = 0; i < d; i++)
      for (int j = 0; j < d; j++) scaled.set(i, j, q.get(i, j) * (j < k ? 1 : j < 2 * k ? 0.2 : 0));
    DMatrixRMaj a = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransB(scaled, q, a);
    return a;
  }

  private static float[] points(int n, int d) {
    Random random = new Random(SEED);
    float[] x = new float[n * d];
    for (int i = 0; i < x.length; i++) x[i] = (float) random.nextGaussian();
    return x;
  }

  /**
   * In few dimensions all of them are looked at, in many a random subspace that holds the range.
   * With outputs of size 1 rounded to 2⁻²⁴ and steps of 0.1 a derivative errs by 10⁻⁶ a coordinate,
   * the value by √d of that.
   */
  @Test
  void valuesOfASymmetricMap() {
    System.out.println("seed " + SEED);
    for (int d : new int[] {1, 10, 300}) {
      int k = d == 1 ? 1 : d / 5 > 30 ? 30 : d / 5;
      JacobianSpectrum found =
          JacobianSpectrum.symmetric(linear(symmetric(d, k)), points(2, d), 2, d, 0.1, SEED);
      assertThat(found.values()).hasSize(Math.min(d, JacobianSpectrum.PROBES));
      for (int i = 0; i < found.values().length; i++)
        assertThat(found.values()[i])
            .as("value %d of %d", i, d)
            .isCloseTo(i < k ? 1 : i < 2 * k ? 0.2 : 0, within(1e-5 * Math.sqrt(d)));
      if (d > 1) assertThat(found.gap()).isEqualTo(k);
    }
  }

  /** g ∘ f through three numbers: the singular values of the product, in double. */
  @Test
  void valuesOfAComposition() {
    int d = 12;
    int latent = 3;
    Random random = new Random(SEED);
    DMatrixRMaj f = RandomMatrices_DDRM.rectangle(latent, d, -1, 1, random);
    DMatrixRMaj g = RandomMatrices_DDRM.rectangle(d, latent, -1, 1, random);
    DMatrixRMaj product = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(g, f, product);
    var svd = DecompositionFactory_DDRM.svd(d, d, false, false, false);
    svd.decompose(product);
    double[] expected = svd.getSingularValues();
    java.util.Arrays.sort(expected);
    double[] found =
        JacobianSpectrum.composed(linear(f), linear(g), points(3, d), 3, d, 0.1, 0.1).values();
    assertThat(found).hasSize(latent);
    for (int i = 0; i < latent; i++)
      assertThat(found[i]).isCloseTo(expected[d - 1 - i], within(1e-4));
  }

  /** A map that is constant, as a denoiser that has collapsed onto one datum, has no direction. */
  @Test
  void valuesOfAConstant() {
    int d = 150;
    JacobianSpectrum found =
        JacobianSpectrum.symmetric(rows -> new float[rows.length], points(2, d), 2, d, 0.1, SEED);
    assertThat(found.values()).containsOnly(0);
    assertThat(found.gap()).isZero();
  }
}
