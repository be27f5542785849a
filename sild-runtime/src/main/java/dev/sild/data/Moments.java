package dev.sild.data;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Mean and variance of each column, gathered batch by batch in double in the order of the rows
 * (Welford 1962): the bits do not depend on how the rows were cut into batches.
 */
public final class Moments {
  private static final int BLOCK = 256;

  private final double[] mean;
  private final double[] squares;
  private long count;

  /** No rows yet, of {@code columns} columns. */
  public Moments(int columns) {
    mean = new double[columns];
    squares = new double[columns];
  }

  /** The moments of x, (n, d). */
  public static Moments of(float[] x, int n, int d) {
    return new Moments(d).add(x, n);
  }

  /**
   * Takes in more rows.
   *
   * @param x (n, columns); longer arrays are read up to there
   * @throws IllegalArgumentException if x is shorter
   */
  public Moments add(float[] x, int n) {
    int columns = mean.length;
    requireRows(x, n, columns);
    for (int row = 0; row < n; row++) {
      count++;
      double weight = 1.0 / count;
      int offset = row * columns;
      for (int j = 0; j < columns; j++) {
        double delta = x[offset + j] - mean[j];
        mean[j] += delta * weight;
        squares[j] += delta * (x[offset + j] - mean[j]);
      }
    }
    return this;
  }

  /** Rows so far. */
  public long count() {
    return count;
  }

  /** Mean of each column, (columns). */
  public double[] mean() {
    return mean.clone();
  }

  /** Σ (x − mean)² / n of each column, (columns); 0 without rows. */
  public double[] variance() {
    return Arrays.stream(squares).map(sum -> count == 0 ? 0 : sum / count).toArray();
  }

  /** Square root of {@link #variance}, (columns). */
  public double[] standardDeviation() {
    return Arrays.stream(variance()).map(Math::sqrt).toArray();
  }

  /**
   * Unbiased covariance Σ (x − mean)(x − mean)ᵀ / (n − 1), (d, d), in blocks of rows.
   *
   * @param x (n, d), n ≥ 2
   */
  public static DMatrixRMaj covariance(float[] x, int n, int d, double[] mean) {
    requireRows(x, n, d);
    if (n < 2) throw new IllegalArgumentException("a covariance of " + n + " rows");
    DMatrixRMaj covariance = new DMatrixRMaj(d, d);
    DMatrixRMaj block = new DMatrixRMaj(Math.min(BLOCK, n), d);
    for (int first = 0; first < n; first += BLOCK) {
      int rows = Math.min(BLOCK, n - first);
      block.reshape(rows, d);
      for (int i = 0; i < rows; i++)
        for (int j = 0; j < d; j++) block.data[i * d + j] = x[(first + i) * d + j] - mean[j];
      CommonOps_DDRM.multAddTransA(block, block, covariance);
    }
    CommonOps_DDRM.scale(1.0 / (n - 1), covariance);
    return covariance;
  }

  /** Throws {@link IllegalArgumentException} unless x holds n rows of d. */
  public static void requireRows(float[] x, int n, int d) {
    if (n < 0 || d < 1 || x.length < (long) n * d)
      throw new IllegalArgumentException("%d numbers for (%d, %d)".formatted(x.length, n, d));
  }
}
