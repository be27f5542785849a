package dev.sild.theory.alignment;

import dev.sild.bindings.Activation;
import dev.sild.network.ConservativeNetwork.Signs;
import java.util.Arrays;

/**
 * What the normal part of the risk owes to the mean slope of D_W across the manifold, σ² ‖Q E∇D_W
 * Q‖², Q the projection onto the directions that are normal at every point: those across the
 * smallest subspace that holds the manifold.
 *
 * <p>∇D_W(x) = (1/m) Σ_j a_j φ'(u_j(x)) w_j w_jᵀ. Write p_j = E φ'(u_j). As L ≈ λσ² E‖Q ∇D_W Q‖²
 * across the manifold, the flow of the normal weights makes the mean A = (1/m) Σ a_j p_j q_j q_jᵀ,
 * q = Q w, obey dA/dt = −4λσ² (A S + S A) with S = (1/m) Σ p_j² q_j q_jᵀ, to leading order: slopes
 * that vary along the manifold, which are other, slower modes, and what φ'' does are left out. Thus
 * σ²‖A‖² decays at the rate 16 λσ² s, s the mean eigenvalue of S; and φ = identity has s = 1 for
 * many neurons. With all a_j &gt; 0 the neurons shrink, S by the same factor as A to leading order:
 * σ²‖A‖² falls like (1 + 8 λσ² s t)^−2.
 */
final class MeanSlope {
  private final Setting setting;
  private final float[] rows; // (n, d)
  private final int d;
  private final double[] span; // what Q takes away

  /**
   * @param rows (n, d) that the mean is taken over
   */
  MeanSlope(Setting setting, float[] rows) {
    this.setting = setting;
    this.rows = rows;
    d = setting.manifold().dimension();
    span = setting.span();
  }

  /** σ² ‖A‖². */
  double part(float[] weights, float[] biases) {
    double[] p = slopes(weights, biases);
    double[] a = new double[d * d];
    double[] q = new double[d];
    for (int j = 0; j < p.length; j++) {
      across(q, weights, j);
      double sign = setting.signs() == Signs.BALANCED && j % 2 == 1 ? -1 : 1;
      for (int r = 0; r < d; r++)
        for (int c = 0; c < d; c++) a[r * d + c] += sign * p[j] * q[r] * q[c] / p.length;
    }
    double squares = 0;
    for (double value : a) squares += value * value;
    return setting.sigma() * setting.sigma() * squares;
  }

  /**
   * What becomes of σ²‖A‖² from here.
   *
   * @param time t (n)
   */
  double[] theory(double[] time, float[] weights, float[] biases) {
    double rate = rate(weights, biases);
    double start = part(weights, biases);
    return Arrays.stream(time)
        .map(t ->
            setting.signs() == Signs.BALANCED
                ? start * Math.exp(-rate * t)
                : start / Math.pow(1 + rate / 2 * t, 2))
        .toArray();
  }

  /** 16 λσ² s. */
  private double rate(float[] weights, float[] biases) {
    double[] p = slopes(weights, biases);
    double[] q = new double[d];
    double trace = 0;
    for (int j = 0; j < p.length; j++) {
      across(q, weights, j);
      for (double value : q) trace += p[j] * p[j] * value * value / p.length;
    }
    int normals = d - span.length / d;
    return 16 * setting.slowTime(1) * trace / normals;
  }

  /** p (m). */
  private double[] slopes(float[] weights, float[] biases) {
    double[] p = new double[biases.length];
    int n = rows.length / d;
    for (int j = 0; j < p.length; j++) {
      if (setting.activation() == Activation.IDENTITY) {
        p[j] = 1;
        continue;
      }
      for (int i = 0; i < n; i++) {
        double u = biases[j];
        for (int c = 0; c < d; c++) u += weights[j * d + c] * rows[i * d + c];
        double logistic = 1 / (1 + Math.exp(-u));
        p[j] += logistic * (1 + u * (1 - logistic)) / n; // SiLU'
      }
    }
    return p;
  }

  /** q = Q w_j. */
  private void across(double[] q, float[] weights, int j) {
    for (int c = 0; c < d; c++) q[c] = weights[j * d + c];
    for (int row = 0; row < span.length; row += d) {
      double along = 0;
      for (int c = 0; c < d; c++) along += span[row + c] * q[c];
      for (int c = 0; c < d; c++) q[c] -= along * span[row + c];
    }
  }
}
