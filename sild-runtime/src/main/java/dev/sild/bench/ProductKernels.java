package dev.sild.bench;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;

/** Matrix products and layers at sizes that occur. */
final class ProductKernels {
  private static final int WIDTH = 512;

  /** M, N, K of c(M, N) = Σ_K. */
  private static final int[][] SIZES = {
    {64, 512, 512},
    {256, 512, 512},
    {256, 512, 848},
    {256, 784, 512},
    {256, 2352, 512},
    {1024, 512, 512}
  };

  private static final int[][] LARGE_SIZES = {{8192, 512, 512}, {8192, 2352, 512}};

  private ProductKernels() {}

  /** For batches of 256. */
  static List<Kernel> all() {
    return of(256, SIZES);
  }

  /** For batches of 8192. */
  static List<Kernel> large() {
    return of(8192, LARGE_SIZES);
  }

  private static List<Kernel> of(int batch, int[][] sizes) {
    List<Kernel> all = new ArrayList<>();
    for (int[] s : sizes) {
      all.add(matmul("x wᵀ", s[0], s[1], s[2], false, true));
      all.add(matmul("du w", s[0], s[1], s[2], false, false));
      all.add(matmul("duᵀ x", s[0], s[1], s[2], true, false));
    }
    for (int inputs : new int[] {784, WIDTH}) {
      all.add(forward(batch, inputs, WIDTH, Activation.SILU));
      all.add(backward(batch, inputs, WIDTH, Activation.SILU));
    }
    all.add(forward(batch, WIDTH, 784, Activation.IDENTITY));
    all.add(backward(batch, WIDTH, 784, Activation.IDENTITY));
    return all;
  }

  /** Rows and columns as they lie in memory: the first operand is (K, M) where it is transposed. */
  private static Kernel matmul(
      String way, long m, long n, long k, boolean transposeA, boolean transposeB) {
    return new Kernel(
        "matmul %s %d×%d×%d".formatted(way, m, n, k),
        Work.products(2.0 * m * n * k, (double) m * k + (double) k * n + (double) m * n),
        desk -> {
          View a = transposeA ? desk.normals(k, m) : desk.normals(m, k);
          View b = transposeB ? desk.normals(n, k) : desk.normals(k, n);
          View c = desk.zeros(m, n);
          return () -> desk.stream().matmul(c, a, transposeA, b, transposeB, false);
        });
  }

  private static String layer(
      String direction, int batch, int inputs, int outputs, Activation phi) {
    String suffix = phi == Activation.SILU ? " silu" : "";
    return "linear_%s %d×%d×%d%s".formatted(direction, batch, outputs, inputs, suffix);
  }

  private static Kernel forward(int batch, int inputs, int outputs, Activation phi) {
    boolean silu = phi == Activation.SILU;
    return new Kernel(
        layer("forward", batch, inputs, outputs, phi),
        Work.linearForward(batch, inputs, outputs, silu ? 2 : 1),
        desk -> {
          View x = desk.normals(batch, inputs);
          View w = desk.normals(outputs, inputs);
          View y = desk.zeros(batch, outputs);
          View u = silu ? desk.zeros(batch, outputs) : null;
          Epilogue epilogue = Epilogue.of(desk.normals(outputs), phi);
          return () -> desk.stream().linearForward(y, u, x, w, epilogue);
        });
  }

  private static Kernel backward(int batch, int inputs, int outputs, Activation phi) {
    boolean silu = phi == Activation.SILU;
    return new Kernel(
        layer("backward", batch, inputs, outputs, phi),
        Work.linearBackward(batch, inputs, outputs, true, silu),
        desk -> {
          View x = desk.normals(batch, inputs);
          View w = desk.normals(outputs, inputs);
          View u = silu ? desk.normals(batch, outputs) : null;
          View dy = desk.normals(batch, outputs);
          View du = silu ? desk.zeros(batch, outputs) : dy;
          View dx = desk.zeros(batch, inputs);
          View dw = desk.zeros(outputs, inputs);
          View db = desk.zeros(outputs);
          return () ->
              desk.stream().linearBackward(dx, dw, db, du, dy, u, x, w, null, phi, false, false);
        });
  }
}
