package dev.sild.evaluation;

import dev.sild.data.Moments;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * What the latents of data look like, in the encoder's units: a Gaussian N(μ, Σ) is fitted, Σ
 * unbiased.
 *
 * @param klNormal KL(N(μ, Σ) ‖ N(0, I)) = ½ (tr Σ + ‖μ‖² − Z − ln det Σ) in nats; infinite where Σ
 *     is singular
 * @param klNormalStandardised the same of latents standardised coordinate by coordinate, which is
 *     −½ ln det of the correlations: what dependence alone costs; infinite where a coordinate is
 *     constant
 * @param activeUnits coordinates of variance above {@value #ACTIVE} (Burda, Grosse and
 *     Salakhutdinov, "Importance weighted autoencoders", ICLR 2016, appendix C; the posterior mean
 *     there is the code of a deterministic encoder)
 * @param participationRatio (Σλ)²/Σλ² of the spectrum: 1 … Z directions that carry the variance;
 *     NaN where nothing varies
 * @param excessKurtosis m₄/m₂² − 3, averaged over the coordinates that vary: 0 for a Gaussian
 * @param spectrum eigenvalues λ of Σ, (Z), descending
 * @param samples n
 */
public record LatentStatistics(
    double klNormal,
    double klNormalStandardised,
    int activeUnits,
    double participationRatio,
    double excessKurtosis,
    double[] spectrum,
    int samples) {
  /** The variance above which a coordinate is active. */
  public static final double ACTIVE = 0.01;

  private static final double EPSILON = Math.ulp(1.0);

  /**
   * Measures.
   *
   * @param z (n, latent), n ≥ 2
   * @throws IllegalArgumentException if there are fewer, or one is not finite
   */
  public static LatentStatistics of(float[] z, int n, int latent) {
    Rows rows = Rows.of("latent", z, n, latent);
    double[] mean = rows.mean();
    DMatrixRMaj covariance = Moments.covariance(z, n, latent, mean);
    double[] spectrum = eigenvalues(covariance);
    double trace = 0;
    double squares = 0;
    double shift = 0;
    int active = 0;
    for (int j = 0; j < latent; j++) {
      double variance = covariance.get(j, j);
      trace += variance;
      squares += spectrum[j] * spectrum[j];
      shift += mean[j] * mean[j];
      if (variance > ACTIVE) active++;
    }
    return new LatentStatistics(
        0.5 * (trace + shift - latent - logDeterminant(spectrum)),
        -0.5 * logDeterminant(eigenvalues(correlation(covariance))),
        active,
        trace * trace / squares,
        excessKurtosis(rows, mean),
        spectrum,
        n);
  }

  /** Descending; what rounding made negative is 0. */
  private static double[] eigenvalues(DMatrixRMaj symmetric) {
    int size = symmetric.numRows;
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(size, false, true);
    if (!eigen.decompose(symmetric.copy()))
      throw new ArithmeticException("eigenvalues do not converge");
    double[] values = new double[size];
    for (int j = 0; j < size; j++) values[j] = -Math.max(0, eigen.getEigenvalue(j).real);
    Arrays.sort(values);
    for (int j = 0; j < size; j++) values[j] = Math.abs(values[j]);
    return values;
  }

  /** −∞ where the smallest eigenvalue is no larger than rounding. */
  private static double logDeterminant(double[] descending) {
    int size = descending.length;
    if (!(descending[size - 1] > size * EPSILON * descending[0])) return Double.NEGATIVE_INFINITY;
    return Arrays.stream(descending).map(Math::log).sum();
  }

  /** The correlations; row and column of a constant coordinate are 0. */
  private static DMatrixRMaj correlation(DMatrixRMaj covariance) {
    int size = covariance.numRows;
    DMatrixRMaj correlation = new DMatrixRMaj(size, size);
    for (int i = 0; i < size; i++)
      for (int j = 0; j < size; j++) {
        double scale = Math.sqrt(covariance.get(i, i)) * Math.sqrt(covariance.get(j, j));
        correlation.set(i, j, scale > 0 ? covariance.get(i, j) / scale : 0);
      }
    return correlation;
  }

  private static double excessKurtosis(Rows z, double[] mean) {
    double total = 0;
    int varying = 0;
    for (int j = 0; j < z.p(); j++) {
      double second = 0;
      double fourth = 0;
      for (int i = 0; i < z.n(); i++) {
        double square = Math.pow(z.x()[i * z.p() + j] - mean[j], 2);
        second += square;
        fourth += square * square;
      }
      if (!(second > 0)) continue;
      total += z.n() * fourth / (second * second) - 3;
      varying++;
    }
    return varying == 0 ? Double.NaN : total / varying;
  }
}
