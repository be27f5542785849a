package dev.sild.data;

import dev.sild.UserException;
import java.util.Arrays;

/**
 * A Gaussian on a curved graph: z ~ N(0, I_k), and each z_j is bent into the parabola of curvature
 * c in coordinates 2j and 2j + 1 of R^{2k}:
 *
 * <pre>  y_{2j} = z_j,   y_{2j+1} = ½ c (z_j² − 1).</pre>
 *
 * <p>Mean 0; the coordinates are uncorrelated, with variances 1 and c²/2. The volume element is Π_j
 * √(1 + c² z_j²), so the density is Π_j φ(z_j)/√(1 + c² z_j²). The nearest point of a pair (a, b)
 * is the root with the sign of a of
 *
 * <pre>  ½ c² z³ + (1 − ½ c² − c b) z − a = 0,</pre>
 *
 * <p>which Newton's method reaches from above without fail: the cubic has one positive root for a
 * &gt; 0 and is convex there. So Π is the global projection, to rounding. The reach of the manifold
 * is 1/c.
 *
 * @param k intrinsic dimension, at least 1
 * @param embedding of R^{2k} in R^d
 * @param curvature c, at least 0; 0 is the linear manifold
 */
public record CurvedGaussian(int k, Isometry embedding, double curvature) implements Manifold {
  private static final int MAX_STEPS = 200; // far start: each step takes a third off, then squares

  /**
   * @throws UserException unless k ≥ 1 and 0 ≤ c ≤ 1000
   */
  public CurvedGaussian {
    Manifold.checked(k);
    if (!(curvature >= 0) || curvature > 1000) {
      throw new UserException("curvature " + curvature + ": give one from 0 to 1000");
    }
    Sphere.requireCoordinates(embedding, 2 * k);
  }

  /** The graph of curvature c in R^d by the isometry of seed 0; d ≥ 2k. */
  public CurvedGaussian(int k, int d, double curvature) {
    this(k, d, curvature, 0);
  }

  /**
   * The graph of curvature c in R^d by the isometry of the seed.
   *
   * @throws UserException unless k ≥ 1, d ≥ 2k and 0 ≤ c ≤ 1000
   */
  public CurvedGaussian(int k, int d, double curvature, int seed) {
    this(k, new Isometry(2 * Manifold.checked(k), d, seed), curvature);
  }

  @Override
  public int intrinsicDimension() {
    return k;
  }

  @Override
  public void drawLocal(double[] local, int seed, int purpose, long sample) {
    double[] z = new double[k];
    Philox.normals(z, seed, purpose, sample, 0);
    for (int j = 0; j < k; j++) {
      bend(local, j, z[j]);
    }
  }

  @Override
  public void nearestLocal(double[] local) {
    for (int j = 0; j < k; j++) {
      double a = local[2 * j];
      double root = root(Math.abs(a), 1 - curvature * (curvature / 2 + local[2 * j + 1]));
      bend(local, j, Math.copySign(root, a));
    }
  }

  @Override
  public double densityAt(double[] local) {
    double density = 1;
    for (int j = 0; j < k; j++) {
      double z = local[2 * j];
      density *= Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) / Math.hypot(1, curvature * z);
    }
    return density;
  }

  @Override
  public void tangentAt(double[] vector, double[] local, int j) {
    double slope = curvature * local[2 * j];
    Arrays.fill(vector, 0);
    vector[2 * j] = 1 / Math.hypot(1, slope);
    vector[2 * j + 1] = slope / Math.hypot(1, slope);
  }

  private void bend(double[] local, int j, double z) {
    local[2 * j] = z;
    local[2 * j + 1] = curvature / 2 * (z * z - 1);
  }

  /** The largest root z ≥ 0 of p z³ + q z − a, a ≥ 0, p = ½ c². */
  private double root(double a, double q) {
    double p = curvature * curvature / 2;
    double steep = Math.max(Math.cbrt(2 * a / p), Math.sqrt(2 * Math.max(-q, 0) / p));
    double z = q > 0 ? Math.min(steep, a / q) : steep; // at or above the root; NaN (p = 0): below
    z = Double.isNaN(z) ? a / q : z;
    for (int step = 0; step < MAX_STEPS && z > 0; step++) {
      double next = z - ((p * z * z + q) * z - a) / (3 * p * z * z + q);
      if (!(next < z)) {
        return z; // rounding has stopped the descent
      }
      z = next;
    }
    return z;
  }

  @Override
  public String toString() {
    return "Gaussian on a graph of curvature " + curvature;
  }
}
