package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.network.Arithmetic.Scalar;
import java.util.Map;

/**
 * The layers in formulas, one row at a time.
 *
 * @param variables the learned tensors by name, row-major
 */
public record Reference(Arithmetic in, Map<String, Scalar[]> variables) {

  /** φ(x wᵀ + bias + modulation), modulation may be null. */
  public Scalar[] linear(String name, Scalar[] x, Activation activation, Scalar[] modulation) {
    Scalar[] bias = variables.get(name + ".bias");
    Scalar[] w = variables.get(name + ".weight");
    Scalar[] y = new Scalar[bias.length];
    for (int j = 0; j < y.length; j++) {
      Scalar u = in.plus(in.dot(x, row(w, j, x.length), null), bias[j]);
      if (modulation != null) u = in.plus(u, modulation[j]);
      y[j] = activation == Activation.SILU ? in.silu(u) : u;
    }
    return y;
  }

  /** gain (x − mean)/√(variance + 10⁻⁵) + shift. */
  public Scalar[] norm(String name, Scalar[] x) {
    int n = x.length;
    Scalar sum = x[0];
    for (int j = 1; j < n; j++) sum = in.plus(sum, x[j]);
    Scalar mean = in.times(sum, 1.0 / n);
    Scalar[] centred = new Scalar[n];
    for (int j = 0; j < n; j++) centred[j] = in.minus(x[j], mean);
    Scalar variance = in.times(in.dot(centred, centred, null), 1.0 / n);
    Scalar rstd = in.inverseRoot(in.plus(variance, in.of(1e-5f)));
    Scalar[] y = new Scalar[n];
    for (int j = 0; j < n; j++)
      y[j] =
          in.plus(
              in.times(in.times(centred[j], rstd), variables.get(name + ".gain")[j]),
              variables.get(name + ".shift")[j]);
    return y;
  }

  /** x + W₂ SiLU(W₁ norm(x) + b₁ + M embedding + b) + b₂, the embedding may be null. */
  public Scalar[] block(String name, Scalar[] x, Scalar[] embedding) {
    Scalar[] shift =
        embedding == null
            ? null
            : linear(name + ".modulation", embedding, Activation.IDENTITY, null);
    Scalar[] hidden = linear(name + ".inner", norm(name + ".norm", x), Activation.SILU, shift);
    return sum(x, linear(name + ".outer", hidden, Activation.IDENTITY, null));
  }

  /** Linear + SiLU, blocks, linear. */
  public Scalar[] mlp(String name, int blocks, Scalar[] x) {
    Scalar[] y = linear(name + ".in", x, Activation.SILU, null);
    for (int i = 0; i < blocks; i++) y = block(name + "." + i, y, null);
    return linear(name + ".out", y, Activation.IDENTITY, null);
  }

  /** (1/m) Σ_j a_j φ(⟨w_j, x⟩ + b_j) w_j with a = +, −, +, …. */
  public Scalar[] conservative(String name, Scalar[] x) {
    Scalar[] hidden = linear(name, x, Activation.SILU, null);
    int m = hidden.length;
    Scalar[] y = new Scalar[x.length];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < m; j++) {
        Scalar gained = in.times(hidden[j], (j % 2 == 0 ? 1.0 : -1.0) / m);
        Scalar term = in.times(gained, variables.get(name + ".weight")[j * x.length + i]);
        y[i] = j == 0 ? term : in.plus(y[i], term);
      }
    }
    return y;
  }

  /** F of the latent denoiser; {@code features} are the Fourier features of σ. */
  public Scalar[] latent(String name, int blocks, Scalar[] x, Scalar[] features) {
    Scalar[] embedding = linear(name + ".embedding", features, Activation.SILU, null);
    Scalar[] h = linear(name + ".in", x, Activation.IDENTITY, null);
    for (int i = 0; i < blocks; i++) h = block(name + "." + i, h, embedding);
    return linear(name + ".out", norm(name + ".norm", h), Activation.IDENTITY, null);
  }

  /** a + b. */
  public Scalar[] sum(Scalar[] a, Scalar[] b) {
    Scalar[] y = new Scalar[a.length];
    for (int j = 0; j < y.length; j++) y[j] = in.plus(a[j], b[j]);
    return y;
  }

  /** Row j of an array of rows. */
  public static Scalar[] row(Scalar[] rows, int j, int columns) {
    return java.util.Arrays.copyOfRange(rows, j * columns, (j + 1) * columns);
  }
}
