package dev.sild.data;

import java.util.Arrays;

/**
 * The uniform law on the flat torus: the product of k circles of radius r, circle j in coordinates
 * 2j and 2j + 1 of R^{2k}.
 *
 * <p>Π takes each pair to its circle (the centre to angle 0); density (2πr)^{−k}; a point is k
 * uniform angles.
 *
 * @param k intrinsic dimension, at least 1
 * @param embedding of R^{2k} in R^d
 * @param radius r of every circle; the points have norm r √k
 */
public record Torus(int k, Isometry embedding, double radius) implements Manifold {
  /**
   * @throws dev.sild.UserException unless k ≥ 1 and r &gt; 0
   */
  public Torus {
    Manifold.checked(k);
    Manifold.checkedRadius(radius);
    Sphere.requireCoordinates(embedding, 2 * k);
  }

  /** The torus of unit circles in R^d by the isometry of seed 0; d ≥ 2k. */
  public Torus(int k, int d) {
    this(k, d, 1);
  }

  /** The torus of circles of radius r in R^d by the isometry of seed 0; d ≥ 2k. */
  public Torus(int k, int d, double radius) {
    this(k, d, radius, 0);
  }

  /**
   * The torus of circles of radius r in R^d by the isometry of the seed.
   *
   * @throws dev.sild.UserException unless k ≥ 1, d ≥ 2k and r &gt; 0
   */
  public Torus(int k, int d, double radius, int seed) {
    this(k, new Isometry(2 * Manifold.checked(k), d, seed), radius);
  }

  @Override
  public int intrinsicDimension() {
    return k;
  }

  @Override
  public void drawLocal(double[] local, int seed, int purpose, long sample) {
    double[] turns = new double[k];
    Philox.uniforms(turns, seed, purpose, sample, 0);
    for (int j = 0; j < k; j++) {
      local[2 * j] = radius * StrictMath.cos(2 * Math.PI * turns[j]);
      local[2 * j + 1] = radius * StrictMath.sin(2 * Math.PI * turns[j]);
    }
  }

  @Override
  public void nearestLocal(double[] local) {
    for (int j = 0; j < k; j++) {
      double length = Math.hypot(local[2 * j], local[2 * j + 1]);
      local[2 * j] = length == 0 ? radius : local[2 * j] * radius / length;
      local[2 * j + 1] = length == 0 ? 0 : local[2 * j + 1] * radius / length;
    }
  }

  @Override
  public double densityAt(double[] local) {
    return Math.pow(2 * Math.PI * radius, -k);
  }

  @Override
  public void tangentAt(double[] vector, double[] local, int j) {
    Arrays.fill(vector, 0);
    vector[2 * j] = -local[2 * j + 1] / radius;
    vector[2 * j + 1] = local[2 * j] / radius;
  }

  @Override
  public String toString() {
    return "flat torus of circles of radius " + radius;
  }
}
