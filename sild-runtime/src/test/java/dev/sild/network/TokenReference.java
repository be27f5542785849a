package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.network.Arithmetic.Scalar;

/**
 * The layers of tokens in formulas, one sample at a time: its tokens after one another.
 *
 * @param rows the layers of rows, and the learned tensors
 * @param tokens of a sample, T
 */
public record TokenReference(Reference rows, int tokens) {
  /** A layer of one token. */
  @FunctionalInterface
  private interface OfToken {
    Scalar[] of(Scalar[] x);
  }

  private Arithmetic in() {
    return rows.in();
  }

  private Scalar[] each(Scalar[] x, OfToken layer) {
    int columns = x.length / tokens;
    Scalar[] all = null;
    for (int t = 0; t < tokens; t++) {
      Scalar[] y = layer.of(Reference.row(x, t, columns));
      if (all == null) all = new Scalar[tokens * y.length];
      System.arraycopy(y, 0, all, t * y.length, y.length);
    }
    return all;
  }

  private Scalar[] linear(String name, Scalar[] x) {
    return rows.linear(name, x, Activation.IDENTITY, null);
  }

  /** (T · V) to the outputs of an encoder. */
  public Scalar[] encoder(String name, int blocks, int heads, Scalar[] x) {
    Scalar[] h = rows.norm(name + ".places", each(x, token -> linear(name + ".in", token)));
    return linear(name + ".out", stack(name, blocks, heads, h));
  }

  /** Z to logits (T · V). */
  public Scalar[] decoder(String name, int blocks, int heads, Scalar[] z) {
    Scalar[] h = stack(name, blocks, heads, linear(name + ".in", z));
    return each(h, token -> linear(name + ".out", token));
  }

  private Scalar[] stack(String name, int blocks, int heads, Scalar[] x) {
    Scalar[] h = x;
    for (int i = 0; i < blocks; i++) {
      String block = name + "." + i;
      h = attention(block + ".attention", heads, h);
      h = each(h, token -> rows.block(block, token, null));
    }
    return each(h, token -> rows.norm(name + ".norm", token));
  }

  /** x + out(softmax(q kᵀ/√d) v), q, k and v the thirds of each token's columns. */
  public Scalar[] attention(String name, int heads, Scalar[] x) {
    Scalar[] qkv = each(x, token -> linear(name + ".qkv", rows.norm(name + ".norm", token)));
    int width = x.length / tokens;
    int d = width / heads;
    Scalar[] y = new Scalar[x.length];
    for (int head = 0; head < heads; head++)
      for (int t = 0; t < tokens; t++) {
        Scalar[] scores = new Scalar[tokens];
        for (int s = 0; s < tokens; s++) {
          Scalar[] q = Reference.row(qkv, (3 * t) * heads + head, d);
          Scalar[] k = Reference.row(qkv, (3 * s + 1) * heads + head, d);
          scores[s] = in().times(in().dot(q, k, null), 1 / Math.sqrt(d));
        }
        Scalar[] weight = softmax(scores);
        for (int j = 0; j < d; j++) {
          Scalar[] values = new Scalar[tokens];
          for (int s = 0; s < tokens; s++) values[s] = qkv[(3 * s + 2) * width + head * d + j];
          y[t * width + head * d + j] = in().dot(weight, values, null);
        }
      }
    return rows.sum(x, each(y, token -> linear(name + ".out", token)));
  }

  /** The softmax of each token. */
  public Scalar[] probabilities(Scalar[] logits) {
    return each(logits, this::softmax);
  }

  /** e^{u_i − max}/Σ: the shift, which changes nothing, is held fast in the derivative. */
  private Scalar[] softmax(Scalar[] u) {
    double largest = Double.NEGATIVE_INFINITY;
    for (Scalar each : u) largest = Math.max(largest, each.value());
    Scalar shift = in().of(-largest);
    Scalar[] e = new Scalar[u.length];
    Scalar sum = null;
    for (int i = 0; i < u.length; i++) {
      e[i] = in().exp(in().plus(u[i], shift));
      sum = sum == null ? e[i] : in().plus(sum, e[i]);
    }
    Scalar share = in().inverse(sum);
    for (int i = 0; i < u.length; i++) e[i] = in().times(e[i], share);
    return e;
  }
}
