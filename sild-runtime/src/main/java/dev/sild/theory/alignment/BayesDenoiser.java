package dev.sild.theory.alignment;

import dev.sild.data.CurvedGaussian;
import dev.sild.data.Manifold;
import dev.sild.data.Sphere;
import dev.sild.data.Torus;

/**
 * D*(x_σ) = E[x | x_σ] of the law on a manifold. What lies across the manifold's own R^m tells
 * nothing of x, so it is computed there.
 */
final class BayesDenoiser {
  private static final int TERMS = 1000; // 1 − I_{ν+1}/I_ν to 10⁻⁴ of itself for any κ
  private static final double RANGE = 8; // standard deviations of z

  private final Manifold manifold;
  private final double variance;

  private BayesDenoiser(Manifold manifold, double sigma) {
    this.manifold = manifold;
    variance = sigma * sigma;
  }

  static BayesDenoiser of(Manifold manifold, double sigma) {
    return new BayesDenoiser(manifold, sigma);
  }

  /** Of rows (n, d). */
  float[] denoise(float[] noisy) {
    int d = manifold.dimension();
    double[] x = new double[d];
    double[] local = new double[manifold.embedding().from()];
    float[] denoised = new float[noisy.length];
    for (int at = 0; at < noisy.length; at += d) {
      for (int j = 0; j < d; j++) x[j] = noisy[at + j];
      manifold.embedding().restrict(local, x);
      switch (manifold) {
        case Sphere sphere -> sphere(local, 0, local.length, sphere.radius());
        case Torus torus -> {
          for (int j = 0; j < local.length; j += 2) sphere(local, j, 2, torus.radius());
        }
        case CurvedGaussian graph -> {
          for (int j = 0; j < local.length; j += 2) parabola(local, j, graph.curvature());
        }
      }
      manifold.embedding().embed(x, local);
      for (int j = 0; j < d; j++) denoised[at + j] = (float) x[j];
    }
    return denoised;
  }

  /**
   * On a sphere of radius r in R^p the posterior is von Mises–Fisher with κ = r‖y‖/σ², of mean r
   * I_{p/2}(κ)/I_{p/2−1}(κ) y/‖y‖.
   */
  private void sphere(double[] y, int first, int p, double radius) {
    double length = 0;
    for (int j = first; j < first + p; j++) length = Math.hypot(length, y[j]);
    if (length == 0) return;
    double shrunk = radius * besselRatio(0.5 * p - 1, radius * length / variance) / length;
    for (int j = first; j < first + p; j++) y[j] *= shrunk;
  }

  /**
   * I_{ν+1}(κ)/I_ν(κ) = 1/(2(ν+1)/κ + I_{ν+2}/I_{ν+1}), downwards from Amos' bound (1974, eq. 11).
   */
  static double besselRatio(double order, double kappa) {
    double top = order + TERMS;
    double ratio = kappa / (top + 0.5 + Math.hypot(kappa, top + 1.5));
    for (double nu = top - 1; nu > order - 0.5; nu--) ratio = 1 / (2 * (nu + 1) / kappa + ratio);
    return ratio;
  }

  /** The posterior mean of (z, ½ c (z² − 1)), z ~ N(0, 1), by the trapezoidal rule. */
  private void parabola(double[] y, int first, double c) {
    double a = y[first];
    double b = y[first + 1];
    if (c == 0) {
      y[first] = a / (1 + variance);
      y[first + 1] = 0;
      return;
    }
    double spacing = 0.5 * Math.sqrt(variance) / Math.hypot(1, RANGE * c); // of the narrowest
    int points = (int) Math.ceil(RANGE / spacing);
    double least = Double.POSITIVE_INFINITY; // the exponent's best value, so that it is in range
    for (int i = -points; i <= points; i++) least = Math.min(least, energy(i * spacing, a, b, c));
    double sum = 0;
    double first1 = 0;
    double first2 = 0;
    for (int i = -points; i <= points; i++) {
      double z = i * spacing;
      double weight = Math.exp(least - energy(z, a, b, c));
      sum += weight;
      first1 += weight * z;
      first2 += weight * z * z;
    }
    y[first] = first1 / sum;
    y[first + 1] = 0.5 * c * (first2 / sum - 1);
  }

  private double energy(double z, double a, double b, double c) {
    double across = b - 0.5 * c * (z * z - 1);
    return 0.5 * (z * z + ((a - z) * (a - z) + across * across) / variance);
  }
}
