package dev.sild.evaluation;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The kernel distance (Bińkowski, Sutherland, Arbel and Gretton, "Demystifying MMD GANs", ICLR
 * 2018): the squared maximum mean discrepancy of the kernel k(x, y) = (⟨x, y⟩/f + 1)³ over f
 * features,
 *
 * <pre>  Σ_{i≠j} k(a_i, a_j)/(m(m−1)) + Σ_{i≠j} k(b_i, b_j)/(m(m−1)) − 2 Σ_{i,j} k(a_i, b_j)/m²,
 * </pre>
 *
 * averaged over subsets of m rows of each set. Unbiased whatever the number of samples, hence
 * negative at times where the laws agree. Named after the network that makes the features ({@code
 * kid_<net>}).
 *
 * <p>Products are formed on the device, cubes and sums in double in a fixed order.
 *
 * @param value mean over the subsets
 * @param standardError of that mean as the bootstrap over subsets has it in the limit of many
 *     resamplings (Efron and Tibshirani 1993, ch. 5), √Σ(v − value)²/subsets. Subsets are taken for
 *     independent: where their rows together outnumber the samples it is too small.
 * @param standardDeviation of the subsets, Σ(v − value)²/(subsets − 1) under the root; NaN of one
 * @param subsets number of subsets
 * @param size m, rows of each set in a subset
 */
public record KernelDistance(
    double value, double standardError, double standardDeviation, int subsets, int size) {
  /** As in the paper's code. */
  public static final int SUBSETS = 100;

  /** The most rows of a subset, as in the paper's code. */
  public static final int SIZE = 1000;

  /**
   * Measures.
   *
   * @param device does the products; nothing is left on it
   * @param a (na, f)
   * @param b (nb, f)
   * @param subsets at least 1
   * @param size the most rows of a subset: m = min(size, na, nb), at least 2
   * @param seed of the drawing, without replacement inside a subset
   * @throws IllegalArgumentException if a shape is wrong or a number is not finite
   */
  public static KernelDistance of(
      Device device, float[] a, int na, float[] b, int nb, int f, int subsets, int size, int seed) {
    Rows one = Rows.of("feature", a, na, f);
    Rows two = Rows.of("feature", b, nb, f);
    int m = Math.min(size, Math.min(na, nb));
    if (m < 2 || subsets < 1)
      throw new IllegalArgumentException("%d subsets of %d rows".formatted(subsets, m));
    double[] values = new double[subsets];
    SplittableRandom random = new SplittableRandom(seed);
    try (Cubes cubes = new Cubes(device, m, f)) {
      for (int s = 0; s < subsets; s++)
        values[s] = cubes.discrepancy(one.draw(m, random), two.draw(m, random));
    }
    double mean = Arrays.stream(values).sum() / subsets;
    double squares = 0;
    for (double value : values) squares += (value - mean) * (value - mean);
    return new KernelDistance(
        mean, Math.sqrt(squares) / subsets, Math.sqrt(squares / (subsets - 1)), subsets, m);
  }

  /** Memory for one subset. */
  private static final class Cubes implements AutoCloseable {
    private final int m;
    private final int f;
    private final MemoryPlan memory = new MemoryPlan("kernel distance");
    private final Stream stream;
    private final View a; // (m, f)
    private final View b; // (m, f)
    private final View products; // (m, m)
    private final float[] host; // (m, m)

    Cubes(Device device, int m, int f) {
      this.m = m;
      this.f = f;
      Slot one = memory.add("a", m, f);
      Slot two = memory.add("b", m, f);
      Slot gram = memory.add("products", m, m);
      memory.allocate(device);
      a = one.view();
      b = two.view();
      products = gram.view();
      host = new float[Math.multiplyExact(m, m)];
      stream = device.openStream(Precision.F32_STRICT);
    }

    double discrepancy(Rows one, Rows two) {
      a.write(one.x());
      b.write(two.x());
      double pairs = (double) m * (m - 1);
      double within = (sum(a, a, true) + sum(b, b, true)) / pairs;
      return within - 2 * sum(a, b, false) / ((double) m * m);
    }

    /** Σ k(x_i, y_j), over i ≠ j or over all. Column by column, so that the loop is a vector's. */
    private double sum(View x, View y, boolean distinct) {
      stream.matmul(products, x, false, y, true, false);
      stream.synchronize();
      products.read(MemorySegment.ofArray(host));
      double[] columns = new double[m];
      double scale = 1.0 / f;
      for (int i = 0; i < m; i++) {
        int at = i * m;
        for (int j = 0; j < m; j++) {
          double base = host[at + j] * scale + 1;
          columns[j] += base * base * base;
        }
      }
      double sum = 0;
      for (int j = 0; j < m; j++) sum += columns[j];
      if (distinct) for (int i = 0; i < m; i++) sum -= cube(host[i * m + i] * scale + 1);
      return sum;
    }

    private static double cube(double base) {
      return base * base * base;
    }

    @Override
    public void close() {
      stream.close();
      memory.close();
    }
  }
}
