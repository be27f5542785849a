package dev.sild.theory.features;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * The moments of a ridge regression of y (n, K) on features Φ (n, P), streamed: the products of a
 * batch are the device's, in its precision, and are added up in double. So the error of a sum is
 * that of one batch's products, however many batches there are. Owns its memory.
 */
final class FeatureMoments implements AutoCloseable {
  private final int features;
  private final int outputs;
  private final MemoryPlan memory = new MemoryPlan("moments");
  private final View product; // (P, P)
  private final View cross; // (P, K)
  private final View squares; // (1)
  private final DMatrixRMaj gram; // Σ φ φᵀ
  private final DMatrixRMaj right; // Σ φ yᵀ
  private double power; // Σ ‖y‖²
  private long count;

  FeatureMoments(Device device, int features, int outputs) {
    this.features = features;
    this.outputs = outputs;
    Slot grams = memory.add("gram", features, features);
    Slot rights = memory.add("cross", features, outputs);
    Slot sum = memory.add("squares", DType.F64, 1);
    memory.allocate(device);
    product = grams.view();
    cross = rights.view();
    squares = sum.view();
    gram = new DMatrixRMaj(features, features);
    right = new DMatrixRMaj(features, outputs);
  }

  /**
   * Takes in a batch.
   *
   * @param phi (B, P)
   * @param y (B, K)
   */
  void add(Stream stream, View phi, View y) {
    stream.matmul(product, phi, true, phi, false, false);
    stream.matmul(cross, phi, true, y, false, false);
    stream.sumOfSquares(squares, y.reshape(y.elements()));
    stream.synchronize();
    accumulate(gram, product.floats());
    accumulate(right, cross.floats());
    power += squares.doubles()[0];
    count += phi.rows();
  }

  private static void accumulate(DMatrixRMaj sum, float[] part) {
    for (int i = 0; i < part.length; i++) sum.data[i] += part[i];
  }

  /** n. */
  long count() {
    return count;
  }

  /** Σ φ φᵀ so far, (P, P). */
  DMatrixRMaj gram() {
    return gram;
  }

  /**
   * The minimiser of mean ‖Φ w − y‖² + λ N ‖w‖² over the first N features, by Cholesky's
   * decomposition in double. With w = u/√N that is the ridge λ ‖u‖² of features φ/√N, whose kernel
   * does not grow with N.
   *
   * @return (P, K), zero from row N on; null if the matrix is not positive definite to the
   *     precision of the products
   */
  DMatrixRMaj ridge(int used, double lambda) {
    DMatrixRMaj a = CommonOps_DDRM.extract(gram, 0, used, 0, used);
    CommonOps_DDRM.scale(1.0 / count, a);
    for (int i = 0; i < used; i++) a.add(i, i, lambda * used);
    LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.chol(used);
    if (!solver.setA(a)) return null;
    DMatrixRMaj b = CommonOps_DDRM.extract(right, 0, used, 0, outputs);
    CommonOps_DDRM.scale(1.0 / count, b);
    DMatrixRMaj w = new DMatrixRMaj(used, outputs);
    solver.solve(b, w);
    w.reshape(features, outputs, true); // rows come first: what is appended is 0
    return w;
  }

  /** Mean ‖Φ w − y‖² of these samples. */
  double loss(DMatrixRMaj w) {
    DMatrixRMaj image = new DMatrixRMaj(features, outputs);
    CommonOps_DDRM.mult(gram, w, image);
    double sum = power;
    for (int i = 0; i < w.data.length && i < features * outputs; i++)
      sum += w.data[i] * (image.data[i] - 2 * right.data[i]);
    return sum / count;
  }

  @Override
  public void close() {
    memory.close();
  }
}
