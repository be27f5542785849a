package dev.sild.baseline;

import dev.sild.bindings.Device;
import dev.sild.data.Moments;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Principal components: the best linear reconstruction at a given latent size ℓ, the yardstick that
 * an autoencoder has to beat. The covariance is multiplied on the device in f32; the subspace is
 * made orthonormal and rotated in double. Same data, same device, same bits.
 */
public final class Pca {
  /** Up to this dimension all eigenvectors are computed; above it only the top subspace. */
  private static final int WHOLE = 400;

  private final int d;
  private final int size;
  private final double[] mean;
  private final double[] components; // (ℓ, d)
  private final double[] transposed; // (d, ℓ): the inner loop of project runs along ℓ
  private final double[] eigenvalues;
  private final double totalVariance;

  private Pca(double[] mean, double[] components, double[] eigenvalues, double totalVariance) {
    this.d = mean.length;
    this.size = eigenvalues.length;
    this.mean = mean;
    this.components = components;
    this.eigenvalues = eigenvalues;
    this.totalVariance = totalVariance;
    this.transposed = new double[components.length];
    for (int k = 0; k < size; k++)
      for (int j = 0; j < d; j++) transposed[j * size + k] = components[k * d + j];
  }

  /**
   * Principal components of data.
   *
   * @param device does the products; nothing is left on it
   * @param data (n, d)
   * @param components ℓ, 1 … d
   * @throws IllegalArgumentException if a shape is wrong or a number is not finite
   */
  public static Pca fit(Device device, float[] data, int n, int d, int components) {
    Moments.requireRows(data, n, d);
    if (n < 1 || components < 1 || components > d)
      throw new IllegalArgumentException("%d components of (%d, %d)".formatted(components, n, d));
    Moments moments = Moments.of(data, n, d);
    double total = Arrays.stream(moments.variance()).sum();
    if (!Double.isFinite(total)) throw new IllegalArgumentException("data that are not finite");
    double[] mean = moments.mean();
    int columns = d <= WHOLE ? d : Subspace.columns(components, d);
    try (var covariance = new CovarianceOperator(device, data, n, mean, columns)) {
      DMatrixRMaj basis =
          d <= WHOLE
              ? CommonOps_DDRM.identity(d)
              : Subspace.top(covariance::times, d, components, total);
      return rayleighRitz(basis, covariance.times(basis), mean, components, total);
    }
  }

  /** The best ℓ directions inside the span of an orthonormal basis; image = C basis. */
  private static Pca rayleighRitz(
      DMatrixRMaj basis, DMatrixRMaj image, double[] mean, int size, double total) {
    int d = mean.length;
    EigenDecomposition_F64<DMatrixRMaj> eigen = Subspace.ritz(basis, image, true);
    int[] order =
        IntStream.range(0, basis.numCols)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -eigen.getEigenvalue(i).real))
            .mapToInt(i -> i)
            .toArray();
    double[] components = new double[size * d];
    double[] eigenvalues = new double[size];
    DMatrixRMaj direction = new DMatrixRMaj(d, 1);
    for (int k = 0; k < size; k++) {
      CommonOps_DDRM.mult(basis, eigen.getEigenVector(order[k]), direction);
      if (CommonOps_DDRM.elementMax(direction) < CommonOps_DDRM.elementMaxAbs(direction))
        CommonOps_DDRM.changeSign(direction); // of ±v, the one whose largest entry is positive
      System.arraycopy(direction.data, 0, components, k * d, d);
      eigenvalues[k] = Math.max(0, eigen.getEigenvalue(order[k]).real);
    }
    return new Pca(mean, components, eigenvalues, total);
  }

  /** Mean of the data, (d). */
  public double[] mean() {
    return mean.clone();
  }

  /** Orthonormal principal directions, (ℓ, d), the largest variance first. */
  public double[] components() {
    return components.clone();
  }

  /** Variance of the data along each component (divided by n), (ℓ), descending. */
  public double[] eigenvalues() {
    return eigenvalues.clone();
  }

  /** Trace of the covariance (divided by n), in the squared unit of the data. */
  public double totalVariance() {
    return totalVariance;
  }

  /**
   * Coordinates in the principal subspace, z = V (x − mean).
   *
   * @param x (n, d)
   * @return (n, ℓ)
   */
  public float[] project(float[] x, int n) {
    Moments.requireRows(x, n, d);
    float[] z = new float[n * size];
    double[] sums = new double[size];
    for (int row = 0; row < n; row++) {
      projectRow(x, row, sums);
      for (int k = 0; k < size; k++) z[row * size + k] = (float) sums[k];
    }
    return z;
  }

  /**
   * Back from the principal subspace, x = mean + Vᵀ z.
   *
   * @param z (n, ℓ)
   * @return (n, d)
   */
  public float[] reconstruct(float[] z, int n) {
    Moments.requireRows(z, n, size);
    float[] x = new float[n * d];
    double[] sums = new double[d];
    for (int row = 0; row < n; row++) {
      System.arraycopy(mean, 0, sums, 0, d);
      for (int k = 0; k < size; k++) {
        double coordinate = z[row * size + k];
        for (int j = 0; j < d; j++) sums[j] += coordinate * components[k * d + j];
      }
      for (int j = 0; j < d; j++) x[row * d + j] = (float) sums[j];
    }
    return x;
  }

  /**
   * Mean over samples <em>and</em> coordinates of (x − reconstruction)², by Pythagoras (‖x − mean‖²
   * − ‖z‖²)/d in double. On the data of the fit it is (total variance − Σ eigenvalues)/d.
   *
   * @param heldOut (n, d), n ≥ 1
   */
  public double reconstructionMse(float[] heldOut, int n) {
    Moments.requireRows(heldOut, n, d);
    if (n < 1) throw new IllegalArgumentException("the error of no samples");
    double[] sums = new double[size];
    double error = 0;
    for (int row = 0; row < n; row++) {
      double residual = projectRow(heldOut, row, sums);
      for (double coordinate : sums) residual -= coordinate * coordinate;
      error += Math.max(0, residual);
    }
    return error / ((double) n * d);
  }

  /** Writes z of one row to sums and returns ‖x − mean‖². */
  private double projectRow(float[] x, int row, double[] sums) {
    Arrays.fill(sums, 0);
    double norm = 0;
    for (int j = 0; j < d; j++) {
      double centred = x[row * d + j] - mean[j];
      norm += centred * centred;
      for (int k = 0; k < size; k++) sums[k] += centred * transposed[j * size + k];
    }
    return norm;
  }
}
