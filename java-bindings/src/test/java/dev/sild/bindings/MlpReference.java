package dev.sild.bindings;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A latent network and a trajectory through it, evaluation by evaluation.
 *
 * @param layers W_in, W₁ and W₂ of each block, W_out
 * @param modulation (evaluations, blocks, width)
 * @param x (rows, latent)
 * @param start 0: x is given
 */
record MlpReference(
    MlpShape shape,
    List<Layer> layers,
    double[] modulation,
    List<PlanRow> plan,
    int rows,
    double[] x,
    double start,
    long firstSample) {
  static final Noise NOISE = new Noise(4, 9);

  /** A layer; gain and shift of the norm before it, or null. */
  record Layer(double[] weight, double[] bias, double[] gain, double[] shift) {}

  static MlpReference of(Draw draw, MlpShape shape, List<PlanRow> plan, int rows, double start) {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      int n = shape.outputs(i);
      int k = shape.inputs(i);
      boolean normed = i % 2 == 1;
      double[] weight = draw.normal((long) n * k);
      for (int j = 0; j < weight.length; j++) weight[j] = (float) (weight[j] / Math.sqrt(k));
      layers.add(
          new Layer(
              weight,
              draw.uniform(n, -0.5, 0.5),
              normed ? draw.uniform(k, 0.5, 1.5) : null,
              normed ? draw.uniform(k, -0.5, 0.5) : null));
    }
    long modulations = (long) plan.size() * shape.blocks() * shape.width();
    double[] x = draw.normal((long) rows * shape.latent());
    return new MlpReference(
        shape,
        layers,
        draw.uniform(modulations, -1, 1),
        plan,
        rows,
        x,
        start,
        (1L << 32) - 3); // the sample's number crosses 2³² in the batch
  }

  /** One row of it: the same numbers, if its sample is. */
  MlpReference row(int b) {
    int latent = shape.latent();
    double[] own = Arrays.copyOfRange(x, b * latent, (b + 1) * latent);
    return new MlpReference(shape, layers, modulation, plan, 1, own, start, firstSample + b);
  }

  /** x at the end. */
  Map<String, double[]> trajectory(Rounding p) {
    int latent = shape.latent();
    double[] end = new double[rows * latent];
    for (int b = 0; b < rows; b++) {
      double[] state = Arrays.copyOfRange(x, b * latent, (b + 1) * latent);
      if (start > 0) {
        double[] z = Philox.normals(p, NOISE, firstSample + b, -1, latent);
        for (int j = 0; j < latent; j++) state[j] = p.r((float) start * z[j]);
      }
      double[] y = state.clone();
      double[] previous = new double[latent];
      for (int e = 0; e < plan.size(); e++) {
        double[] next = evaluate(p, plan.get(e), e, state, y, previous, firstSample + b);
        y = next;
        if (!plan.get(e).keep()) state = next;
      }
      System.arraycopy(state, 0, end, b * latent, latent);
    }
    return Map.of("x", end);
  }

  /** x'; D_prev becomes D. The plan reaches the device as f32. */
  private double[] evaluate(
      Rounding p, PlanRow now, int e, double[] x, double[] y, double[] previous, long sample) {
    int latent = shape.latent();
    double[] input = new double[latent];
    for (int j = 0; j < latent; j++) input[j] = p.r((float) now.cIn() * y[j]);
    double[] f = network(p, input, e);
    double[] z = Philox.normals(p, NOISE, sample, now.step(), latent);
    double[] next = new double[latent];
    for (int j = 0; j < latent; j++) {
      double denoised = p.r(p.r((float) now.cSkip() * y[j]) + p.r((float) now.cOut() * f[j]));
      next[j] = p.r(p.r((float) now.a() * x[j]) + p.r((float) now.b() * denoised));
      next[j] = p.r(next[j] + p.r((float) now.c() * previous[j]));
      next[j] = p.r(next[j] + p.r((float) now.s() * z[j]));
      previous[j] = denoised;
    }
    return next;
  }

  private double[] network(Rounding p, double[] input, int e) {
    int width = shape.width();
    double[] h = apply(p, 0, input);
    for (int l = 0; l < shape.blocks(); l++) {
      double[] u = apply(p, 1 + 2 * l, h);
      for (int j = 0; j < width; j++) {
        u[j] = p.r(u[j] + modulation[(e * shape.blocks() + l) * width + j]);
        u[j] = p.r(u[j] * p.sigmoid(u[j]));
      }
      double[] change = apply(p, 2 + 2 * l, u);
      for (int j = 0; j < width; j++) h[j] = p.r(h[j] + change[j]);
    }
    return apply(p, shape.layers() - 1, h);
  }

  /** W norm(x) + b. */
  private double[] apply(Rounding p, int i, double[] x) {
    Layer layer = layers.get(i);
    double[] normed = layer.gain == null ? x : norm(p, layer, x);
    double[] y = new double[layer.bias.length];
    for (int n = 0; n < y.length; n++) {
      double sum = 0;
      for (int k = 0; k < x.length; k++)
        sum = p.product(sum, normed[k], layer.weight[n * x.length + k]);
      y[n] = p.r(sum + layer.bias[n]);
    }
    return y;
  }

  private static double[] norm(Rounding p, Layer layer, double[] x) {
    double mean = 0;
    double variance = 0;
    for (double value : x) mean = p.r(mean + value);
    mean = p.r(mean / x.length);
    for (double value : x) variance = p.r(variance + p.r(p.r(value - mean) * p.r(value - mean)));
    double rstd = p.r(1 / p.r(Math.sqrt(p.r(p.r(variance / x.length) + 1e-5f))));
    double[] y = new double[x.length];
    for (int j = 0; j < x.length; j++)
      y[j] = p.r(p.r(p.r(p.r(x[j] - mean) * rstd) * layer.gain[j]) + layer.shift[j]);
    return y;
  }
}
