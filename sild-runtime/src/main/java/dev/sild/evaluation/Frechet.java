package dev.sild.evaluation;

import dev.sild.data.Moments;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The Fréchet distance of two Gaussians (Dowson and Landau 1982), ‖μ_A − μ_B‖² + tr(Σ_A + Σ_B − 2
 * (Σ_A Σ_B)^{½}), in the squared unit of the features. Named after the network that makes the
 * features ({@code frechet_<net>}), never "FID" unless that is Inception's.
 */
public final class Frechet {
  private static final double EPSILON = Math.ulp(1.0);

  private Frechet() {}

  /**
   * A Gaussian: mean (f) and covariance (f, f) row-major, symmetric and positive semi-definite.
   * Kept apart so that the reference data are fitted once.
   */
  public record Gaussian(double[] mean, double[] covariance) {
    public Gaussian {
      if (covariance.length != (long) mean.length * mean.length)
        throw new IllegalArgumentException(
            "a covariance of %d for %d features".formatted(covariance.length, mean.length));
      requireFinite(mean);
      requireFinite(covariance);
    }

    /**
     * Mean and unbiased covariance of a set of features, in double.
     *
     * @param features (n, f), n ≥ 2
     * @throws IllegalArgumentException if there are fewer, or one of them is not finite
     */
    public static Gaussian of(float[] features, int n, int f) {
      double[] mean = Moments.of(features, n, f).mean();
      return new Gaussian(mean, Moments.covariance(features, n, f, mean).data);
    }

    private static void requireFinite(double[] values) {
      if (!Arrays.stream(values).allMatch(Double::isFinite))
        throw new IllegalArgumentException("features that are not finite");
    }
  }

  /**
   * The distance of two sets of features.
   *
   * @param a (na, f), na ≥ 2
   * @param b (nb, f), nb ≥ 2
   * @return the squared distance d² ≥ 0, as it is commonly quoted
   */
  public static double distance(float[] a, int na, float[] b, int nb, int f) {
    return distance(Gaussian.of(a, na, f), Gaussian.of(b, nb, f));
  }

  /** The distance of two Gaussians over the same features; covariances may be singular. */
  public static double distance(Gaussian a, Gaussian b) {
    int f = a.mean.length;
    if (b.mean.length != f)
      throw new IllegalArgumentException("%d features against %d".formatted(f, b.mean.length));
    double distance = 0;
    for (int i = 0; i < f; i++) {
      double shift = a.mean[i] - b.mean[i];
      distance += shift * shift + a.covariance[i * (f + 1)] + b.covariance[i * (f + 1)];
    }
    return Math.max(
        0, distance - 2 * traceOfRoot(factor(a.covariance, f), factor(b.covariance, f)));
  }

  /**
   * tr (A B)^{½} for A = F_A F_Aᵀ and B = F_B F_Bᵀ. The non-zero eigenvalues of A B are those of
   * (F_Aᵀ F_B)(F_Aᵀ F_B)ᵀ, so their roots are the singular values of F_Aᵀ F_B: no root is taken of
   * a rounding error.
   */
  private static double traceOfRoot(DMatrixRMaj fa, DMatrixRMaj fb) {
    if (fa.numCols == 0 || fb.numCols == 0) return 0;
    DMatrixRMaj product = new DMatrixRMaj(fa.numCols, fb.numCols);
    CommonOps_DDRM.multTransA(fa, fb, product);
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(fa.numCols, fb.numCols, false, false, false);
    if (!svd.decompose(product)) throw new ArithmeticException("singular values do not converge");
    return Arrays.stream(svd.getSingularValues(), 0, svd.numberOfSingularValues()).sum();
  }

  /** F (f, r) with F Fᵀ = covariance and r its numerical rank. */
  private static DMatrixRMaj factor(double[] covariance, int f) {
    DMatrixRMaj matrix = new DMatrixRMaj(f, f);
    for (int i = 0; i < f; i++)
      for (int j = 0; j < f; j++)
        matrix.data[i * f + j] = 0.5 * (covariance[i * f + j] + covariance[j * f + i]);
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(f, true, true);
    if (!eigen.decompose(matrix)) throw new ArithmeticException("eigenvalues do not converge");
    double largest = 0;
    for (int i = 0; i < f; i++) largest = Math.max(largest, eigen.getEigenvalue(i).real);
    double threshold = f * EPSILON * largest; // below it an eigenvalue is rounding
    DMatrixRMaj factor = new DMatrixRMaj(f, f);
    int rank = 0;
    for (int i = 0; i < f; i++) {
      double value = eigen.getEigenvalue(i).real;
      if (!(value > threshold)) continue;
      DMatrixRMaj vector = eigen.getEigenVector(i);
      for (int j = 0; j < f; j++) factor.data[j * f + rank] = vector.data[j] * Math.sqrt(value);
      rank++;
    }
    return rank == 0 ? new DMatrixRMaj(f, 0) : CommonOps_DDRM.extract(factor, 0, f, 0, rank);
  }
}
