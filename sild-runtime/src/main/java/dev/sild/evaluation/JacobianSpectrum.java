package dev.sild.evaluation;

import dev.sild.Purpose;
import dev.sild.data.Philox;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * Singular values of a denoiser's Jacobian ∂D/∂x, averaged over points. At small noise it is the
 * projection onto the tangent space: as many ones as the manifold has dimensions, then a gap.
 * Derivatives are central differences.
 *
 * @param values descending; where the space is large, the largest ones
 * @param points they were averaged over
 */
public record JacobianSpectrum(double[] values, int points) {
  /** Directions that a large space is looked at in. */
  public static final int PROBES = 96;

  /**
   * The number of values before the widest gap between two of them; 0 where the second is not below
   * half of the first, so that there is none to speak of.
   */
  public int gap() {
    int widest =
        IntStream.range(1, values.length)
            .boxed()
            .max(Comparator.comparingDouble(i -> values[i - 1] - values[i]))
            .orElse(0);
    return widest > 0 && values[widest] < 0.5 * values[widest - 1] ? widest : 0;
  }

  /**
   * Of a denoiser that is a gradient, as an exact one is: then the Jacobian J is symmetric. In more
   * than {@value #PROBES} dimensions by a randomised eigendecomposition (Halko, Martinsson and
   * Tropp 2011): with Q a basis of the range of J Ω, Ω Gaussian, the eigenvalues of Qᵀ J Q.
   *
   * @param denoiser (rows, d) to (rows, d)
   * @param x (n, d)
   * @param h step of the differences, in the unit of x
   */
  public static JacobianSpectrum symmetric(
      UnaryOperator<float[]> denoiser, float[] x, int n, int d, double h, int seed) {
    int r = Math.min(d, PROBES);
    double[] sum = new double[r];
    for (int p = 0; p < n; p++) {
      float[] point = Arrays.copyOfRange(x, p * d, (p + 1) * d);
      DMatrixRMaj basis =
          r == d
              ? CommonOps_DDRM.identity(d)
              : orthonormal(columns(denoiser, point, orthonormal(gaussian(d, r, seed, p)), h));
      DMatrixRMaj mapped = columns(denoiser, point, basis, h);
      DMatrixRMaj small = new DMatrixRMaj(r, r);
      CommonOps_DDRM.multTransA(basis, mapped, small);
      add(sum, symmetricEigenvalues(small));
    }
    return averaged(sum, n);
  }

  /**
   * Of g ∘ f, through a bottleneck of ℓ &lt; d numbers: J = J_g J_f, of rank ℓ. With J_g = U S Vᵀ
   * its singular values are those of S Vᵀ J_f, (ℓ, d).
   *
   * @param encoder f: (rows, d) to (rows, ℓ)
   * @param decoder g: (rows, ℓ) to (rows, d)
   * @param x (n, d)
   * @param hx step of the differences in x
   * @param hz the same in z
   */
  public static JacobianSpectrum composed(
      UnaryOperator<float[]> encoder,
      UnaryOperator<float[]> decoder,
      float[] x,
      int n,
      int d,
      double hx,
      double hz) {
    float[] z = encoder.apply(x);
    int latent = z.length / n;
    double[] sum = new double[latent];
    for (int p = 0; p < n; p++) {
      float[] point = Arrays.copyOfRange(x, p * d, (p + 1) * d);
      float[] code = Arrays.copyOfRange(z, p * latent, (p + 1) * latent);
      DMatrixRMaj jf = columns(encoder, point, CommonOps_DDRM.identity(d), hx); // (ℓ, d)
      DMatrixRMaj jg = columns(decoder, code, CommonOps_DDRM.identity(latent), hz); // (d, ℓ)
      SingularValueDecomposition_F64<DMatrixRMaj> svd = svd(jg, false, true);
      DMatrixRMaj scaled = new DMatrixRMaj(latent, latent); // S Vᵀ
      CommonOps_DDRM.mult(svd.getW(null), svd.getV(null, true), scaled);
      DMatrixRMaj product = new DMatrixRMaj(latent, d);
      CommonOps_DDRM.mult(scaled, jf, product);
      add(sum, singularValues(product));
    }
    return averaged(sum, n);
  }

  /** J V: the derivatives of a map at a point along the columns of V. */
  private static DMatrixRMaj columns(
      UnaryOperator<float[]> map, float[] point, DMatrixRMaj v, double h) {
    int d = point.length;
    int r = v.numCols;
    float[] rows = new float[2 * r * d];
    for (int j = 0; j < r; j++)
      for (int i = 0; i < d; i++) {
        rows[2 * j * d + i] = (float) (point[i] + h * v.get(i, j));
        rows[(2 * j + 1) * d + i] = (float) (point[i] - h * v.get(i, j));
      }
    float[] mapped = map.apply(rows);
    int out = mapped.length / (2 * r);
    DMatrixRMaj columns = new DMatrixRMaj(out, r);
    for (int j = 0; j < r; j++)
      for (int i = 0; i < out; i++)
        columns.set(
            i, j, ((double) mapped[2 * j * out + i] - mapped[(2 * j + 1) * out + i]) / (2 * h));
    return columns;
  }

  private static DMatrixRMaj gaussian(int d, int r, int seed, int point) {
    double[] normals = new double[d * r];
    Philox.normals(normals, seed, Purpose.PROJECTIONS.noise(seed).purpose(), point, 0);
    return new DMatrixRMaj(d, r, true, normals);
  }

  /** By singular vectors, which a map has even where it is constant and its Jacobian 0. */
  private static DMatrixRMaj orthonormal(DMatrixRMaj a) {
    return svd(a, true, false).getU(null, false);
  }

  private static SingularValueDecomposition_F64<DMatrixRMaj> svd(
      DMatrixRMaj a, boolean left, boolean right) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(a.numRows, a.numCols, left, right, true);
    if (!svd.decompose(a.copy())) throw new ArithmeticException("singular values do not converge");
    return svd;
  }

  private static double[] symmetricEigenvalues(DMatrixRMaj a) {
    int r = a.numRows;
    for (int i = 0; i < r; i++)
      for (int j = 0; j < i; j++) {
        double mean = 0.5 * (a.get(i, j) + a.get(j, i));
        a.set(i, j, mean);
        a.set(j, i, mean);
      }
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(r, false, true);
    if (!eigen.decompose(a)) throw new ArithmeticException("eigenvalues do not converge");
    return IntStream.range(0, r).mapToDouble(i -> Math.abs(eigen.getEigenvalue(i).real)).toArray();
  }

  private static double[] singularValues(DMatrixRMaj a) {
    return svd(a, false, false).getSingularValues();
  }

  /** The i-th largest of all points are averaged. */
  private static void add(double[] sum, double[] values) {
    double[] rising = values.clone();
    Arrays.sort(rising);
    for (int i = 0; i < sum.length; i++) sum[i] += rising[rising.length - 1 - i];
  }

  private static JacobianSpectrum averaged(double[] sum, int n) {
    return new JacobianSpectrum(Arrays.stream(sum).map(v -> v / n).toArray(), n);
  }
}
