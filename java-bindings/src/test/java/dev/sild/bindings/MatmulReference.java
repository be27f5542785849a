package dev.sild.bindings;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** c (M, N) = a b, or what stands there plus a b, with a and b stored as they are or transposed. */
record MatmulReference(int m, int n, int k, double[] a, double[] b, double[] before) {

  /** How the operands are stored, and whether c is added to. */
  record Way(boolean transposeA, boolean transposeB, boolean add) {

    /** All eight. */
    static List<Way> all() {
      return IntStream.range(0, 8)
          .mapToObj(i -> new Way((i & 1) != 0, (i & 2) != 0, (i & 4) != 0))
          .toList();
    }
  }

  MatmulReference(Draw draw, int m, int n, int k) {
    this(m, n, k, draw.normal((long) m * k), draw.normal((long) k * n), draw.normal((long) m * n));
  }

  Expected expected(Way way, Rounding plain) {
    return Expected.of(p -> Map.of("c", c(way, p)), plain);
  }

  private double[] c(Way way, Rounding p) {
    double[] c = new double[m * n];
    for (int i = 0; i < m; i++) for (int j = 0; j < n; j++) c[i * n + j] = entry(i, j, way, p);
    return c;
  }

  /** One entry of c. */
  double entry(int i, int j, Way way, Rounding p) {
    double sum = way.add ? before[i * n + j] : 0;
    for (int q = 0; q < k; q++)
      sum =
          p.product(
              sum,
              way.transposeA ? a[q * m + i] : a[i * k + q],
              way.transposeB ? b[j * k + q] : b[q * n + j]);
    return sum;
  }

  /** c, as a device computes it. */
  View run(Witness witness, Way way) {
    View left = way.transposeA ? witness.input(a, k, m) : witness.input(a, m, k);
    View right = way.transposeB ? witness.input(b, n, k) : witness.input(b, k, n);
    View c = way.add ? witness.state(before, m, n) : witness.output(m, n);
    witness.stream().matmul(c, left, way.transposeA, right, way.transposeB, way.add);
    return c;
  }
}
