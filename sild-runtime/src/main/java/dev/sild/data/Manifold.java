package dev.sild.data;

import dev.sild.UserException;

/**
 * A probability law on a k-dimensional manifold M in R^d of which everything is known: the nearest
 * point, the density, the tangent space. Each lives in R^m, m small, and is carried into R^d by an
 * {@link Isometry}, so that no coordinate of R^d is special.
 *
 * <p>Points are arrays of d numbers. A manifold is immutable and may be used by many threads.
 */
public sealed interface Manifold permits Sphere, Torus, CurvedGaussian {
  /** The isometry that carries the manifold into R^d. */
  Isometry embedding();

  /** k. */
  int intrinsicDimension();

  /** d. */
  default int dimension() {
    return embedding().to();
  }

  /**
   * Draws samples of the law. Sample i is a pure function of (seed, purpose, i), whatever the
   * batch.
   *
   * @param into (count, d) receives samples first … first + count − 1; may be longer
   * @param seed the user's seed
   * @param purpose what the samples are for: other purposes draw independent samples
   * @param first index of the first sample
   * @param count number of samples
   * @throws IndexOutOfBoundsException if {@code into} is too short
   */
  default void sample(float[] into, int seed, int purpose, long first, int count) {
    int d = dimension();
    double[] local = new double[embedding().from()];
    double[] x = new double[d];
    for (int i = 0; i < count; i++) {
      drawLocal(local, seed, purpose, first + i);
      embedding().embed(x, local);
      int at = Math.multiplyExact(i, d);
      for (int j = 0; j < d; j++) {
        into[at + j] = (float) x[j];
      }
    }
  }

  /**
   * The point of M nearest to x: Π_M(x). Where several are equally near, one of them.
   *
   * @param projected (d) receives Π_M(x); may be x itself
   * @param x (d) any point
   */
  default void project(double[] projected, double[] x) {
    double[] local = localOf(x);
    nearestLocal(local);
    embedding().embed(projected, local);
  }

  /**
   * The density of the law with respect to the k-dimensional volume of M, at Π_M(x).
   *
   * @param x (d) a point of M, or near it
   */
  default double density(double[] x) {
    double[] local = localOf(x);
    nearestLocal(local);
    return densityAt(local);
  }

  /**
   * An orthonormal basis T of the tangent space of M at Π_M(x): the tangent part of an error e is
   * Tᵀ T e, its normal part the rest.
   *
   * @param x (d) a point of M, or near it
   * @return (k, d), one vector a row
   */
  default double[] tangentBasis(double[] x) {
    double[] local = localOf(x);
    nearestLocal(local);
    int k = intrinsicDimension();
    int d = dimension();
    double[] basis = new double[k * d];
    double[] vector = new double[local.length];
    double[] embedded = new double[d];
    for (int j = 0; j < k; j++) {
      tangentAt(vector, local, j);
      embedding().embed(embedded, vector);
      System.arraycopy(embedded, 0, basis, j * d, d);
    }
    return basis;
  }

  /** Draws sample i in R^m. */
  void drawLocal(double[] local, int seed, int purpose, long sample);

  /** Replaces a point of R^m by the nearest one of M. */
  void nearestLocal(double[] local);

  /** The density at a point of M, given in R^m. */
  double densityAt(double[] local);

  /** Vector j of an orthonormal basis of the tangent space at a point of M, all in R^m. */
  void tangentAt(double[] vector, double[] local, int j);

  private double[] localOf(double[] x) {
    double[] local = new double[embedding().from()];
    embedding().restrict(local, x);
    return local;
  }

  /**
   * Checks k before anything is made of it.
   *
   * @throws UserException unless 1 ≤ k ≤ 2^20
   */
  static int checked(int k) {
    if (k < 1 || k > 1 << 20) {
      throw new UserException("intrinsic dimension " + k + ": give one of at least 1, below 2^20");
    }
    return k;
  }

  /**
   * Checks a length.
   *
   * @throws UserException unless it is positive and finite
   */
  static double checkedRadius(double radius) {
    if (!(radius > 0) || Double.isInfinite(radius)) {
      throw new UserException("radius " + radius + ": give a finite one above 0");
    }
    return radius;
  }
}
