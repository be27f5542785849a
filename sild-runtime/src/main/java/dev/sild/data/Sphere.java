package dev.sild.data;

/**
 * The uniform law on the k-sphere of radius r about the origin of R^{k+1}.
 *
 * <p>Π(y) = r y/‖y‖ (of the centre: r times the first axis); density 1/(r^k |S^k|) with |S^k| = 2
 * π^{(k+1)/2}/Γ((k+1)/2); a point is n r/‖n‖ of k + 1 normals n.
 *
 * @param k intrinsic dimension, at least 1
 * @param embedding of R^{k+1} in R^d
 * @param radius r
 */
public record Sphere(int k, Isometry embedding, double radius) implements Manifold {
  /**
   * @throws dev.sild.UserException unless k ≥ 1 and r &gt; 0
   */
  public Sphere {
    Manifold.checked(k);
    Manifold.checkedRadius(radius);
    requireCoordinates(embedding, k + 1);
  }

  /** The unit sphere in R^d by the isometry of seed 0; d ≥ k + 1. */
  public Sphere(int k, int d) {
    this(k, d, 1);
  }

  /** The sphere of radius r in R^d by the isometry of seed 0; d ≥ k + 1. */
  public Sphere(int k, int d, double radius) {
    this(k, d, radius, 0);
  }

  /**
   * The sphere of radius r in R^d by the isometry of the seed.
   *
   * @throws dev.sild.UserException unless k ≥ 1, d ≥ k + 1 and r &gt; 0
   */
  public Sphere(int k, int d, double radius, int seed) {
    this(k, new Isometry(Manifold.checked(k) + 1, d, seed), radius);
  }

  @Override
  public int intrinsicDimension() {
    return k;
  }

  @Override
  public void drawLocal(double[] local, int seed, int purpose, long sample) {
    Philox.normals(local, seed, purpose, sample, 0);
    nearestLocal(local);
  }

  @Override
  public void nearestLocal(double[] local) {
    double length = norm(local);
    if (length == 0) {
      local[0] = radius;
      return;
    }
    for (int i = 0; i < local.length; i++) {
      local[i] *= radius / length;
    }
  }

  @Override
  public double densityAt(double[] local) {
    double logArea = k % 2 == 0 ? Math.log(2) : Math.log(2 * Math.PI); // |S^0|, |S^1|
    for (int n = 2 + k % 2; n <= k; n += 2) {
      logArea += Math.log(2 * Math.PI / (n - 1)); // |S^n| = |S^{n−2}| 2π/(n − 1)
    }
    return Math.exp(-logArea - k * Math.log(radius));
  }

  /**
   * Column j + 1 of the Householder reflection I − 2 v vᵀ/vᵀv that takes the first axis to ∓ the
   * point, v = y/r ± e_0: the sign that cancels nothing.
   */
  @Override
  public void tangentAt(double[] vector, double[] local, int j) {
    double first = local[0] / radius + Math.copySign(1, local[0]); // v_0
    double scale = local[j + 1] / radius / Math.abs(first); // 2 v_{j+1}/vᵀv, as vᵀv = 2|v_0|
    vector[0] = -scale * first;
    for (int i = 1; i < vector.length; i++) {
      vector[i] = (i == j + 1 ? 1 : 0) - scale * local[i] / radius;
    }
  }

  static void requireCoordinates(Isometry embedding, int coordinates) {
    if (embedding.from() != coordinates) {
      throw new IllegalArgumentException(
          "embedding: of R^" + embedding.from() + ", not of R^" + coordinates);
    }
  }

  private static double norm(double[] y) {
    double squares = 0;
    for (double value : y) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  @Override
  public String toString() {
    return "sphere of radius " + radius;
  }
}
