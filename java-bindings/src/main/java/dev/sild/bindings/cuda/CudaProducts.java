package dev.sild.bindings.cuda;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Contracts;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.function.Supplier;

/** The products of one stream: kernels/cuda/linear.cu, and cuBLAS where that is the better one. */
final class CudaProducts implements AutoCloseable {
  private static final String OP = "linear";
  private static final int DU_THREADS = 256;
  private static final int DU_BLOCKS = 8; // a multiprocessor: 2048 threads fill one
  private static final long LARGEST_SIZE = Integer.MAX_VALUE - 128; // the kernels count in i32

  /**
   * Multiply-adds from which a plain product goes to cuBLAS. Below, an H100 needs less than 4 µs
   * for it even in plain f32: the launch is as long, and no kernel can win much.
   */
  private static final long LIBRARY = 1L << 27;

  private final CudaKernels kernels;
  private final Launch launch;
  private final Precision precision;
  private final Supplier<Cublas> openLibrary;
  private final int multiprocessors;
  private final Tile small;
  private final Tile large;
  private Cublas library;

  /** One size of tile and its kernels' names. */
  private record Tile(
      int rows, int columns, int threads, String forward, String straight, String transposed) {

    static Tile of(int rows, int columns, int threads, Precision precision, String size) {
      String suffix = precision.label().replace('-', '_') + "_" + size;
      return new Tile(
          rows,
          columns,
          threads,
          "sild_linear_forward_" + suffix,
          "sild_product_nn_" + suffix,
          "sild_product_tn_" + suffix);
    }

    long count(long m, long n) {
      return Math.ceilDiv(m, (long) rows) * Math.ceilDiv(n, (long) columns);
    }
  }

  CudaProducts(
      CudaKernels kernels,
      Launch launch,
      Precision precision,
      int multiprocessors,
      Supplier<Cublas> openLibrary) {
    this.kernels = kernels;
    this.launch = launch;
    this.precision = precision;
    this.multiprocessors = multiprocessors;
    this.openLibrary = openLibrary;
    small = Tile.of(32, 32, 128, precision, "small");
    large = Tile.of(128, 64, 256, precision, "large");
  }

  /** {@link Stream#linearForward}. */
  void linearForward(View y, View u, View x, View w, Epilogue epilogue) {
    Contracts.linearForward(y, u, x, w, epilogue);
    View modulation = epilogue.modulation();
    Tile tile = tile("linear_forward", x.rows(), w.rows(), w.columns());
    begin(tile.forward, tile, x.rows(), w.rows())
        .view(y)
        .view(u)
        .view(x)
        .view(w)
        .view(epilogue.bias())
        .view(modulation)
        .view(epilogue.gain())
        .view(epilogue.residual())
        .i64(x.rows())
        .i64(w.rows())
        .i64(w.columns())
        .i64(modulation == null ? 0 : modulation.rows())
        .i32(epilogue.activation().ordinal())
        .run(y, x, w);
  }

  /** {@link Stream#linearBackward}; dbias is a by-product of dw. */
  void linearBackward(
      View dx,
      View dw,
      View dbias,
      View du,
      View dy,
      View u,
      View x,
      View w,
      View gain,
      Activation activation,
      boolean addDx,
      boolean addDw) {
    Contracts.linearBackward(dx, dw, dbias, du, dy, u, x, w, gain, activation);
    View slope = activation == Activation.IDENTITY ? null : u;
    if (slope != null || gain != null || du.address() != dy.address()) du(du, dy, slope, gain);
    long rows = x.rows();
    long outputs = w.rows();
    long inputs = w.columns();
    transposed("linear_backward", dw, dbias, du, x, outputs, inputs, rows, addDw);
    if (dx != null) straight("linear_backward", dx, du, w, rows, inputs, outputs, false, addDx);
  }

  /** {@link Stream#matmul}. */
  void matmul(View c, View a, boolean transposeA, View b, boolean transposeB, boolean add) {
    Contracts.matmul(c, a, transposeA, b, transposeB);
    long m = transposeA ? a.columns() : a.rows();
    long k = transposeA ? a.rows() : a.columns();
    long n = transposeB ? b.rows() : b.columns();
    // cuBLAS has no bf16x3: its plain f32 is slower than ours.
    if (precision != Precision.F32 && m * n * k >= LIBRARY && CublasHere.FOUND)
      library().product(c, a, transposeA, b, transposeB, m, n, k, add);
    else if (!transposeA && !transposeB) straight("matmul", c, a, b, m, n, k, false, add);
    else if (!transposeB) transposed("matmul", c, null, a, b, m, n, k, add);
    else if (!transposeA) alongBoth(c, a, b, m, n, k, add);
    else straight("matmul", c, b, a, n, m, k, true, add); // aᵀ bᵀ = (b a)ᵀ
  }

  private void du(View du, View dy, View u, View gain) {
    long rows = dy.rows();
    long columns = dy.columns();
    long blocks = Math.ceilDiv(rows * Math.ceilDiv(columns, 4L), (long) DU_THREADS);
    launch
        .of(kernels.get(OP, "sild_linear_du"))
        .grid(Math.min(blocks, (long) DU_BLOCKS * multiprocessors))
        .block(DU_THREADS)
        .view(du)
        .view(dy)
        .view(u)
        .view(gain)
        .i64(rows)
        .i64(columns)
        .run(du, dy);
  }

  /** c = a bᵀ: a layer with nothing after the product but what is added. */
  private void alongBoth(View c, View a, View b, long m, long n, long k, boolean add) {
    Tile tile = tile("matmul", m, n, k);
    begin(tile.forward, tile, m, n)
        .view(c)
        .view(null)
        .view(a)
        .view(b)
        .view(null)
        .view(null)
        .view(null)
        .view(add ? c : null)
        .i64(m)
        .i64(n)
        .i64(k)
        .i64(0)
        .i32(Activation.IDENTITY.ordinal())
        .run(c, a, b);
  }

  /** c = a b, or its transpose. */
  private void straight(
      String op, View c, View a, View b, long m, long n, long k, boolean across, boolean add) {
    Tile tile = tile(op, m, n, k);
    begin(tile.straight, tile, m, n)
        .view(c)
        .view(a)
        .view(b)
        .i64(m)
        .i64(n)
        .i64(k)
        .i32(across ? 1 : 0)
        .i32(add ? 1 : 0)
        .run(c, a, b);
  }

  /** c = aᵀ b, and the sums over the rows of aᵀ. */
  private void transposed(
      String op, View c, View rowSums, View a, View b, long m, long n, long k, boolean add) {
    Tile tile = tile(op, m, n, k);
    begin(tile.transposed, tile, m, n)
        .view(c)
        .view(rowSums)
        .view(a)
        .view(b)
        .i64(m)
        .i64(n)
        .i64(k)
        .i32(add ? 1 : 0)
        .run(c, a, b);
  }

  private Launch begin(String kernel, Tile tile, long m, long n) {
    return launch.of(kernels.get(OP, kernel)).grid(tile.count(m, n)).block(tile.threads);
  }

  /**
   * The large tile does an output in about 0.6 of the small one's instructions, but has an eighth
   * of its blocks, each of which takes a slab three times as long: it pays from two thirds of a
   * full machine on.
   */
  private Tile tile(String op, long m, long n, long k) {
    Shapes.of(op).that(Math.max(Math.max(m, n), k) <= LARGEST_SIZE, "a size of 2³¹ or more");
    return 3 * large.count(m, n) >= 2L * multiprocessors ? large : small;
  }

  /** Asked for by the first product that it would do: to load it takes a while. */
  private static final class CublasHere {
    static final boolean FOUND = Cuda.finds("libcublas.so.12");
  }

  private Cublas library() {
    if (library == null) library = openLibrary.get();
    return library;
  }

  @Override
  public void close() {
    if (library != null) library.close();
  }
}
