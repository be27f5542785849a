package dev.sild.baseline;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.decomposition.QRDecomposition;

/**
 * Block subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) for the top of a
 * symmetric positive semi-definite matrix that is only known by its products.
 */
final class Subspace {
  private static final long SEED = 0x5eed;
  private static final int ROUNDS = 40;
  private static final double TOLERANCE = 1e-7; // of the trace: what f32 products resolve

  private Subspace() {}

  /** Columns of the block for the top {@code wanted}: half as many again, at least 16 more. */
  static int columns(int wanted, int d) {
    return (int) Math.min(d, (long) wanted + Math.max(16, wanted / 2));
  }

  /**
   * An orthonormal basis (d, columns) whose span holds the top {@code wanted} eigenvectors:
   * iterated until the variance that they capture stands still.
   */
  static DMatrixRMaj top(UnaryOperator<DMatrixRMaj> times, int d, int wanted, double trace) {
    SplittableRandom random = new SplittableRandom(SEED);
    DMatrixRMaj basis = new DMatrixRMaj(d, columns(wanted, d));
    for (int i = 0; i < basis.data.length; i++) basis.data[i] = random.nextDouble() - 0.5;
    basis = orthonormal(basis);
    double captured = 0;
    for (int round = 0; round < ROUNDS; round++) {
      DMatrixRMaj image = times.apply(basis);
      double previous = captured;
      captured = captured(ritz(basis, image, false), wanted);
      if (captured - previous <= TOLERANCE * trace) return basis;
      basis = orthonormal(times.apply(image)); // two products a round: the QR costs more than one
    }
    return basis;
  }

  /** Eigenvalues, and vectors if asked, of basisᵀ C basis, where image = C basis. */
  static EigenDecomposition_F64<DMatrixRMaj> ritz(
      DMatrixRMaj basis, DMatrixRMaj image, boolean vectors) {
    int columns = basis.numCols;
    DMatrixRMaj small = new DMatrixRMaj(columns, columns);
    CommonOps_DDRM.multTransA(basis, image, small);
    for (int i = 0; i < columns; i++)
      for (int j = 0; j < i; j++) {
        double entry = 0.5 * (small.get(i, j) + small.get(j, i));
        small.set(i, j, entry);
        small.set(j, i, entry);
      }
    EigenDecomposition_F64<DMatrixRMaj> eigen =
        DecompositionFactory_DDRM.eig(columns, vectors, true);
    if (!eigen.decompose(small)) throw new ArithmeticException("eigenvalues do not converge");
    return eigen;
  }

  private static double captured(EigenDecomposition_F64<DMatrixRMaj> eigen, int wanted) {
    double[] values = new double[eigen.getNumberOfEigenvalues()];
    for (int i = 0; i < values.length; i++) values[i] = eigen.getEigenvalue(i).real;
    Arrays.sort(values);
    double sum = 0;
    for (int i = values.length - wanted; i < values.length; i++) sum += values[i];
    return sum;
  }

  /** Householder: orthonormal even where the columns are dependent. */
  private static DMatrixRMaj orthonormal(DMatrixRMaj columns) {
    QRDecomposition<DMatrixRMaj> qr =
        DecompositionFactory_DDRM.qr(columns.numRows, columns.numCols);
    if (!qr.decompose(columns)) throw new ArithmeticException("QR of a block that is not finite");
    return qr.getQ(null, true);
  }
}
