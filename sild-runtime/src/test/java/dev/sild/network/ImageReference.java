package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.data.ImageShape;
import dev.sild.network.Arithmetic.Scalar;
import java.util.Arrays;

/**
 * The layers of images in formulas, one image at a time: channel by channel, row by row.
 *
 * @param rows the layers of rows, and the learned tensors
 */
public record ImageReference(Reference rows) {
  private Arithmetic in() {
    return rows.in();
  }

  private Scalar[] tensor(String name) {
    return rows.variables().get(name);
  }

  /** bias + Σ x w over an odd window, zeros around the image; a residual may be null. */
  public Scalar[] conv(String name, ImageShape shape, int window, Scalar[] x, Scalar[] residual) {
    Scalar[] w = tensor(name + ".weight");
    Scalar[] bias = tensor(name + ".bias");
    Scalar[] y = new Scalar[bias.length * shape.pixels()];
    for (int k = 0; k < bias.length; k++)
      for (int p = 0; p < shape.pixels(); p++) {
        Scalar sum = bias[k];
        for (int tap = 0; tap < shape.channels() * window * window; tap++) {
          int c = tap / (window * window);
          int v = p / shape.width() + tap / window % window - window / 2;
          int u = p % shape.width() + tap % window - window / 2;
          if (v < 0 || u < 0 || v >= shape.height() || u >= shape.width()) continue;
          Scalar pixel = x[c * shape.pixels() + v * shape.width() + u];
          Scalar weight = w[k * shape.channels() * window * window + tap];
          sum = in().plus(sum, in().times(pixel, weight));
        }
        int at = k * shape.pixels() + p;
        y[at] = residual == null ? sum : in().plus(sum, residual[at]);
      }
    return y;
  }

  /**
   * φ((x̂ gain + shift)(1 + a) + m), groups of 8 channels where they divide; (a, m) may be null.
   */
  public Scalar[] groupNorm(
      String name, ImageShape shape, Activation activation, Scalar[] x, Scalar[] modulation) {
    int channels = shape.channels();
    int wide = channels % 8 == 0 ? 8 : channels;
    Scalar[] y = new Scalar[x.length];
    for (int first = 0; first < channels; first += wide) {
      int begin = first * shape.pixels();
      Scalar[] group = Arrays.copyOfRange(x, begin, begin + wide * shape.pixels());
      Scalar[] hat = standardised(group);
      for (int i = 0; i < hat.length; i++) {
        int c = first + i / shape.pixels();
        Scalar u =
            in().plus(in().times(hat[i], tensor(name + ".gain")[c]), tensor(name + ".shift")[c]);
        if (modulation != null)
          u =
              in().plus(
                      in().times(u, in().plus(modulation[c], in().of(1))),
                      modulation[channels + c]);
        y[begin + i] = activation == Activation.SILU ? in().silu(u) : u;
      }
    }
    return y;
  }

  private Scalar[] standardised(Scalar[] x) {
    Scalar sum = x[0];
    for (int i = 1; i < x.length; i++) sum = in().plus(sum, x[i]);
    Scalar mean = in().times(sum, 1.0 / x.length);
    Scalar[] centred = new Scalar[x.length];
    for (int i = 0; i < x.length; i++) centred[i] = in().minus(x[i], mean);
    Scalar variance = in().times(in().dot(centred, centred, null), 1.0 / x.length);
    Scalar rstd = in().inverseRoot(in().plus(variance, in().of(1e-5f)));
    Scalar[] hat = new Scalar[x.length];
    for (int i = 0; i < x.length; i++) hat[i] = in().times(centred[i], rstd);
    return hat;
  }

  /** Every pixel four times. */
  public Scalar[] up(ImageShape shape, Scalar[] x) {
    int width = 2 * shape.width();
    Scalar[] y = new Scalar[4 * x.length];
    for (int i = 0; i < y.length; i++) {
      int c = i / (4 * shape.pixels());
      int p = i % (4 * shape.pixels());
      y[i] = x[c * shape.pixels() + p / width / 2 * shape.width() + p % width / 2];
    }
    return y;
  }

  /** Means of 2 × 2 pixels. */
  public Scalar[] down(ImageShape shape, Scalar[] x) {
    int width = shape.width();
    Scalar[] y = new Scalar[x.length / 4];
    for (int i = 0; i < y.length; i++) {
      int row = i / (width / 2);
      int at = 2 * row * width + 2 * (i % (width / 2));
      Scalar above = in().plus(x[at], x[at + 1]);
      Scalar below = in().plus(x[at + width], x[at + width + 1]);
      y[i] = in().times(in().plus(above, below), 0.25);
    }
    return y;
  }

  /** s(x) + c₂(φ(n₂(c₁(φ(n₁(x)))))), the embedding may be null. */
  public Scalar[] block(
      String name, ImageShape shape, int outputs, Scalar[] x, Scalar[] embedding) {
    ImageShape wide = new ImageShape(outputs, shape.height(), shape.width());
    Scalar[] modulation =
        embedding == null
            ? null
            : rows.linear(name + ".modulation", embedding, Activation.IDENTITY, null);
    Scalar[] first = groupNorm(name + ".norm", shape, Activation.SILU, x, null);
    Scalar[] hidden = conv(name + ".inner", shape, 3, first, null);
    Scalar[] second = groupNorm(name + ".inner_norm", wide, Activation.SILU, hidden, modulation);
    Scalar[] skip = shape.channels() == outputs ? x : conv(name + ".skip", shape, 1, x, null);
    return conv(name + ".outer", wide, 3, second, skip);
  }

  /** x + out(softmax(q kᵀ/√d) v), q, k and v from group norm and a 1 × 1 convolution. */
  public Scalar[] attention(String name, ImageShape shape, int heads, Scalar[] x) {
    Scalar[] normed = groupNorm(name + ".norm", shape, Activation.IDENTITY, x, null);
    Scalar[] qkv = conv(name + ".qkv", shape, 1, normed, null);
    int d = shape.channels() / heads;
    int pixels = shape.pixels();
    Scalar[] y = new Scalar[x.length];
    for (int head = 0; head < heads; head++)
      for (int t = 0; t < pixels; t++) {
        Scalar[] query = across(qkv, head * d, d, t, pixels);
        Scalar[] weight = new Scalar[pixels];
        Scalar total = null;
        for (int s = 0; s < pixels; s++) {
          Scalar[] key = across(qkv, shape.channels() + head * d, d, s, pixels);
          weight[s] = in().exp(in().times(in().dot(query, key, null), 1 / Math.sqrt(d)));
          total = total == null ? weight[s] : in().plus(total, weight[s]);
        }
        Scalar share = in().inverse(total);
        for (int j = 0; j < d; j++) {
          Scalar sum = null;
          for (int s = 0; s < pixels; s++) {
            Scalar value = qkv[(2 * shape.channels() + head * d + j) * pixels + s];
            Scalar term = in().times(weight[s], value);
            sum = sum == null ? term : in().plus(sum, term);
          }
          y[(head * d + j) * pixels + t] = in().times(sum, share);
        }
      }
    return conv(name + ".out", shape, 1, y, x);
  }

  private static Scalar[] across(Scalar[] planes, int first, int count, int pixel, int pixels) {
    Scalar[] y = new Scalar[count];
    for (int j = 0; j < count; j++) y[j] = planes[(first + j) * pixels + pixel];
    return y;
  }
}
