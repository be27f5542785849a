package dev.sild.bindings;

import java.util.Map;

/**
 * A linear layer: u = x wᵀ + bias + modulation, y = residual + gain ∘ φ(u), and its gradients. All
 * but x, w and dy may be null; modulation has one row or B.
 */
record LinearReference(
    int rows,
    int outputs,
    int inputs,
    Activation activation,
    double[] x,
    double[] w,
    double[] bias,
    double[] modulation,
    double[] gain,
    double[] residual,
    double[] dy) {

  /** Which of the optional arguments there are; modulation: its rows. */
  record Parts(boolean bias, int modulation, boolean gain, boolean residual) {}

  static LinearReference of(
      Draw draw, int rows, int outputs, int inputs, Activation activation, Parts parts) {
    double[] w = draw.normal((long) outputs * inputs);
    for (int i = 0; i < w.length; i++) w[i] = (float) (w[i] / Math.sqrt(inputs));
    return new LinearReference(
        rows,
        outputs,
        inputs,
        activation,
        draw.normal((long) rows * inputs),
        w,
        parts.bias ? draw.normal(outputs) : null,
        parts.modulation > 0 ? draw.normal((long) parts.modulation * outputs) : null,
        parts.gain ? draw.normal(outputs) : null,
        parts.residual ? draw.normal((long) rows * outputs) : null,
        draw.normal((long) rows * outputs));
  }

  int modulationRows() {
    return modulation == null ? 0 : modulation.length / outputs;
  }

  /** u and y. */
  Map<String, double[]> forward(Rounding p) {
    double[] u = new double[rows * outputs];
    double[] y = new double[rows * outputs];
    for (int b = 0; b < rows; b++)
      for (int j = 0; j < outputs; j++) {
        int at = b * outputs + j;
        double sum = 0;
        for (int k = 0; k < inputs; k++) sum = p.product(sum, x[b * inputs + k], w[j * inputs + k]);
        if (bias != null) sum = p.r(sum + bias[j]);
        if (modulation != null) sum = p.r(sum + modulation[modulationRows() == 1 ? j : at]);
        u[at] = sum;
        if (activation == Activation.SILU) sum = p.r(sum * p.sigmoid(sum));
        if (gain != null) sum = p.r(sum * gain[j]);
        if (residual != null) sum = p.r(sum + residual[at]);
        y[at] = sum;
      }
    return Map.of("u", u, "y", y);
  }

  /** du, dbias, dw and dx; dw and dx are added to what is given, null for nothing. */
  Map<String, double[]> backward(Rounding p, double[] dwBefore, double[] dxBefore) {
    double[] du = du(p);
    double[] dbias = new double[outputs];
    double[] dw = dwBefore == null ? new double[outputs * inputs] : dwBefore.clone();
    double[] dx = dxBefore == null ? new double[rows * inputs] : dxBefore.clone();
    for (int b = 0; b < rows; b++)
      for (int j = 0; j < outputs; j++) {
        double d = du[b * outputs + j];
        dbias[j] = p.r(dbias[j] + d);
        for (int k = 0; k < inputs; k++) {
          dw[j * inputs + k] = p.product(dw[j * inputs + k], d, x[b * inputs + k]);
          dx[b * inputs + k] = p.product(dx[b * inputs + k], d, w[j * inputs + k]);
        }
      }
    return Map.of("du", du, "dbias", dbias, "dw", dw, "dx", dx);
  }

  private double[] du(Rounding p) {
    double[] u = forward(p).get("u");
    double[] du = new double[u.length];
    for (int i = 0; i < u.length; i++) {
      du[i] = gain == null ? dy[i] : p.r(dy[i] * gain[i % outputs]);
      if (activation == Activation.SILU) {
        double s = p.sigmoid(u[i]);
        du[i] = p.r(du[i] * p.r(s * p.r(1 + p.r(u[i] * p.r(1 - s)))));
      }
    }
    return du;
  }

  /** Σ dy ∘ y: its gradients are those of {@link #backward}. */
  double loss() {
    return Differences.dot(dy, forward(Rounding.DOUBLE).get("y"));
  }
}
