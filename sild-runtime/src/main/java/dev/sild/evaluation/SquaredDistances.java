package dev.sild.evaluation;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;

/**
 * All squared distances ‖x‖² − 2⟨x, y⟩ + ‖y‖² of two sets of rows, block by block: the products on
 * the device in plain f32, the rest in double on the host. Two points that are nearer than f32
 * resolves, {@value #RESOLUTION} of ‖x‖² + ‖y‖², are at distance 0. Owns its memory.
 */
final class SquaredDistances implements AutoCloseable {
  /** Twice the relative error of a product in f32 as a device may compute it. */
  static final double RESOLUTION = 1e-5;

  private static final int ROWS = 1024;
  private static final int COLUMNS = 4096;
  private static final int CHUNK = 8 << 20; // floats: 32 MiB

  private final int p;
  private final int rows;
  private final int columns;
  private final MemoryPlan memory = new MemoryPlan("distances");
  private final Stream stream;
  private final View x; // (rows, p)
  private final View y; // (columns, p)
  private final View products; // (rows · columns)

  /** Sees the squared distances of row i to rows {@code first … first + count} of the others. */
  interface Visitor {
    /** The array is used again. */
    void row(int i, int first, int count, double[] squares);
  }

  SquaredDistances(Device device, int p) {
    this.p = p;
    rows = Math.clamp(CHUNK / p, 1, ROWS);
    columns = Math.clamp(CHUNK / p, 1, COLUMNS);
    Slot left = memory.add("x", rows, p);
    Slot right = memory.add("y", columns, p);
    Slot gram = memory.add("products", (long) rows * columns);
    memory.allocate(device);
    x = left.view();
    y = right.view();
    products = gram.view();
    stream = device.openStream(Precision.F32_STRICT);
  }

  /**
   * Shows every distance once.
   *
   * @param centre (p) that both sides are moved by: no distance changes, cancellation stays small
   */
  void between(Rows a, Rows b, double[] centre, Visitor visitor) {
    float[] host = new float[rows * columns];
    double[] squares = new double[columns];
    for (int first = 0; first < b.n(); first += columns) {
      int across = Math.min(columns, b.n() - first);
      double[] norms = load(y.first(across), b.centred(first, across, centre));
      for (int top = 0; top < a.n(); top += rows) {
        int down = Math.min(rows, a.n() - top);
        double[] own = load(x.first(down), a.centred(top, down, centre));
        View block = products.first((long) down * across);
        stream.matmul(
            block.reshape(down, across), x.first(down), false, y.first(across), true, false);
        stream.synchronize();
        block.read(MemorySegment.ofArray(host).asSlice(0, block.bytes()));
        for (int i = 0; i < down; i++) {
          squares(squares, host, i * across, own[i], norms);
          visitor.row(top + i, first, across, squares);
        }
      }
    }
  }

  private static void squares(
      double[] squares, float[] products, int at, double own, double[] norms) {
    for (int j = 0; j < norms.length; j++) {
      double sum = own + norms[j];
      double square = sum - 2.0 * products[at + j];
      squares[j] = square < RESOLUTION * sum ? 0 : square;
    }
  }

  /** Writes rows, and returns the squared norm of each. */
  private double[] load(View target, float[] part) {
    target.write(part);
    double[] norms = new double[part.length / p];
    for (int i = 0; i < norms.length; i++)
      for (int j = 0; j < p; j++) norms[i] += (double) part[i * p + j] * part[i * p + j];
    return norms;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
  }
}
