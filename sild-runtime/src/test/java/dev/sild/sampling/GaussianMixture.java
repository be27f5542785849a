package dev.sild.sampling;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Philox;
import dev.sild.diffusion.Denoiser;
import dev.sild.diffusion.TracedDenoiser;
import java.util.Arrays;

/**
 * Σ_c w_c N(μ_c, v_c I), of which everything is known, in double. As a {@link Denoiser} it goes
 * through the host.
 *
 * @param weights w, of sum 1
 * @param means (components, dimension)
 * @param variances v
 */
public record GaussianMixture(double[] weights, double[][] means, double[] variances)
    implements Denoiser {

  /** Three well separated components in the plane, of unequal weight and width. */
  public static GaussianMixture three() {
    return new GaussianMixture(
        new double[] {0.5, 0.3, 0.2},
        new double[][] {{1.2, 0.2}, {-1, 0.8}, {-0.4, -1.4}},
        new double[] {0.04, 0.02, 0.06});
  }

  public int dimension() {
    return means[0].length;
  }

  /** P(c | x_σ = x). */
  public double[] responsibilities(double[] x, double sigma) {
    double[] logs = logJoint(x, sigma);
    double total = logSum(logs);
    for (int c = 0; c < logs.length; c++) logs[c] = Math.exp(logs[c] - total);
    return logs;
  }

  /** ln p_σ(x), p_σ the law of x_σ. */
  public double logDensity(double[] x, double sigma) {
    return logSum(logJoint(x, sigma));
  }

  /** E[x₀ | x_σ = x]. */
  public double[] denoise(double[] x, double sigma) {
    double[] r = responsibilities(x, sigma);
    double[] d = new double[x.length];
    for (int c = 0; c < r.length; c++) {
      double shrink = variances[c] / (variances[c] + sigma * sigma);
      for (int j = 0; j < d.length; j++)
        d[j] += r[c] * (means[c][j] + shrink * (x[j] - means[c][j]));
    }
    return d;
  }

  /** ∇ ln p_σ(x), not by way of the denoiser. */
  public double[] score(double[] x, double sigma) {
    double[] r = responsibilities(x, sigma);
    double[] s = new double[x.length];
    for (int c = 0; c < r.length; c++)
      for (int j = 0; j < s.length; j++)
        s[j] += r[c] * (means[c][j] - x[j]) / (variances[c] + sigma * sigma);
    return s;
  }

  /**
   * tr ∂D/∂x = d + σ² Δ ln p_σ, with Δ ln p = E[‖s_c‖²] − ‖E s_c‖² − d E[1/(v_c + σ²)] over the
   * components' own scores s_c.
   */
  public double trace(double[] x, double sigma) {
    double[] r = responsibilities(x, sigma);
    double laplacian = 0;
    for (int c = 0; c < r.length; c++) {
      double variance = variances[c] + sigma * sigma;
      laplacian -= r[c] * x.length / variance;
      for (int j = 0; j < x.length; j++)
        laplacian += r[c] * Math.pow((means[c][j] - x[j]) / variance, 2);
    }
    for (double s : score(x, sigma)) laplacian -= s * s;
    return x.length + sigma * sigma * laplacian;
  }

  /** D and its trace. */
  public TracedDenoiser traced() {
    return (denoised, trace, x, sigma) -> {
      int d = dimension();
      for (int i = 0; i < trace.length; i++) {
        double[] row = Arrays.copyOfRange(x, i * d, (i + 1) * d);
        trace[i] = trace(row, sigma);
        System.arraycopy(denoise(row, sigma), 0, denoised, i * d, d);
      }
    };
  }

  /** Σ_c w_c μ_c. */
  public double[] mean() {
    double[] mean = new double[dimension()];
    for (int c = 0; c < weights.length; c++)
      for (int j = 0; j < mean.length; j++) mean[j] += weights[c] * means[c][j];
    return mean;
  }

  /** Sample i, a function of i alone. */
  public double[] sample(int seed, int purpose, long i) {
    double[] uniform = new double[1];
    double[] x = new double[dimension()];
    Philox.uniforms(uniform, seed, purpose, i, 1);
    Philox.normals(x, seed, purpose, i, 0);
    int c = 0;
    double below = weights[0];
    while (uniform[0] >= below && c + 1 < weights.length) below += weights[++c];
    for (int j = 0; j < x.length; j++) x[j] = means[c][j] + Math.sqrt(variances[c]) * x[j];
    return x;
  }

  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    float[] rows = x.floats();
    int d = dimension();
    double[] one = new double[d];
    for (int i = 0; i < rows.length; i += d) {
      for (int j = 0; j < d; j++) one[j] = rows[i + j];
      double[] estimate = denoise(one, sigma);
      for (int j = 0; j < d; j++) rows[i + j] = (float) estimate[j];
    }
    denoised.write(rows);
  }

  /** ln w_c + ln N(x; μ_c, (v_c + σ²) I). */
  private double[] logJoint(double[] x, double sigma) {
    double[] logs = new double[weights.length];
    for (int c = 0; c < logs.length; c++) {
      double variance = variances[c] + sigma * sigma;
      double squares = 0;
      for (int j = 0; j < x.length; j++) squares += Math.pow(x[j] - means[c][j], 2);
      logs[c] =
          Math.log(weights[c])
              - squares / (2 * variance)
              - x.length / 2.0 * Math.log(2 * Math.PI * variance);
    }
    return logs;
  }

  private static double logSum(double[] logs) {
    double top = Double.NEGATIVE_INFINITY;
    for (double log : logs) top = Math.max(top, log);
    double sum = 0;
    for (double log : logs) sum += Math.exp(log - top);
    return top + Math.log(sum);
  }
}
