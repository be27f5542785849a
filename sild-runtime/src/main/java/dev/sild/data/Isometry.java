package dev.sild.data;

import dev.sild.UserException;
import java.util.Arrays;

/**
 * A fixed random isometry U: R^m → R^d with orthonormal columns: y = U x, and Uᵀ y is the point of
 * R^m whose image is nearest to y.
 *
 * <p>The columns are standard normal vectors of the seed, orthonormalised in their order; so U is
 * uniform among all such isometries.
 */
public final class Isometry {
  private static final int PURPOSE = 0x49534F4D; // of the random numbers: "ISOM"
  private static final long MAX_NUMBERS = 1 << 28;

  private final int from;
  private final int to;
  private final int seed;
  private final double[] columns; // (from, to): column j of U is row j here

  /**
   * @param from m, at least 1
   * @param to d, at least m
   * @throws UserException if d &lt; m, or d · m is over 2^28
   */
  public Isometry(int from, int to, int seed) {
    if (to < from) {
      throw new UserException(
          "dimension %d: there is no room for this manifold, give at least %d".formatted(to, from));
    }
    if ((long) from * to > MAX_NUMBERS) {
      throw new UserException(
          "dimension %d: is too large for a manifold in %d coordinates, give at most %d"
              .formatted(to, from, MAX_NUMBERS / from));
    }
    this.from = from;
    this.to = to;
    this.seed = seed;
    this.columns = new double[from * to];
    double[] column = new double[to];
    for (int j = 0; j < from; j++) {
      Philox.normals(column, seed, PURPOSE, j, 0);
      orthonormalise(column, j);
      System.arraycopy(column, 0, columns, j * to, to);
    }
  }

  /** m. */
  public int from() {
    return from;
  }

  /** d. */
  public int to() {
    return to;
  }

  /**
   * y = U x.
   *
   * @param y (d) receives the result
   * @param x (m)
   */
  public void embed(double[] y, double[] x) {
    Arrays.fill(y, 0, to, 0);
    for (int j = 0; j < from; j++) {
      for (int i = 0; i < to; i++) {
        y[i] += columns[j * to + i] * x[j];
      }
    }
  }

  /**
   * x = Uᵀ y.
   *
   * @param x (m) receives the result
   * @param y (d)
   */
  public void restrict(double[] x, double[] y) {
    for (int j = 0; j < from; j++) {
      x[j] = dot(y, j);
    }
  }

  /** Gram–Schmidt against the columns before, twice: once leaves rounding errors behind. */
  private void orthonormalise(double[] column, int before) {
    for (int pass = 0; pass < 2; pass++) {
      for (int j = 0; j < before; j++) {
        double product = dot(column, j);
        for (int i = 0; i < to; i++) {
          column[i] -= product * columns[j * to + i];
        }
      }
      double squares = 0;
      for (double c : column) {
        squares += c * c;
      }
      for (int i = 0; i < to; i++) {
        column[i] /= Math.sqrt(squares);
      }
    }
  }

  private double dot(double[] y, int j) {
    double sum = 0;
    for (int i = 0; i < to; i++) {
      sum += columns[j * to + i] * y[i];
    }
    return sum;
  }

  /** The same sizes and seed make the same isometry. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Isometry that
        && from == that.from
        && to == that.to
        && seed == that.seed;
  }

  @Override
  public int hashCode() {
    return (31 * from + to) * 31 + seed;
  }

  @Override
  public String toString() {
    return "R^" + from + " → R^" + to + " of seed " + seed;
  }
}
