package dev.sild.cli;

import dev.sild.bindings.Activation;
import dev.sild.network.Arithmetic;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Reference;
import dev.sild.network.TokenReference;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The networks as {@code architecture} describes them, in double or in plain f32. */
record RebuiltNetworks(ForeignFile file, Map<String, Scalar[]> variables, boolean single) {
  static RebuiltNetworks of(ForeignFile file, boolean single) {
    Arithmetic in = new Arithmetic(single);
    Map<String, Scalar[]> variables =
        file.tensors().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> in.of(doubles(e.getValue()))));
    return new RebuiltNetworks(file, variables, single);
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  /** What one row needs is forgotten with it. */
  private Reference layers() {
    return new Reference(new Arithmetic(single), variables);
  }

  double[] encode(float[] x) {
    Reference r = layers();
    Scalar[] u = r.in().of(doubles(x));
    for (int j = 0; j < u.length; j++)
      u[j] =
          r.in()
              .plus(
                  r.in().times(u[j], variables.get("data.scale")[j]),
                  variables.get("data.shift")[j]);
    if (!file.conservative()) {
      int blocks = file.setting("autoencoder", "blocks");
      Scalar[] y =
          molecules()
              ? tokens(r).encoder("encoder", blocks, file.setting("autoencoder", "heads"), u)
              : r.mlp("encoder", blocks, u);
      double[] outputs = values(y);
      return Arrays.copyOf(outputs, file.setting("autoencoder", "latent")); // of a VAE, the means
    }
    Scalar[] denoised = r.conservative("encoder.conservative", u);
    return values(r.linear("encoder.principal", denoised, Activation.IDENTITY, null));
  }

  private boolean molecules() {
    return kinds() > 0;
  }

  private int kinds() {
    return ForeignFile.json(file.metadata().get("tokens").asString()).size();
  }

  private TokenReference tokens(Reference r) {
    return new TokenReference(r, variables.get("data.scale").length / kinds());
  }

  private Scalar[] probabilities(Reference r, int blocks, float[] z) {
    int heads = file.setting("autoencoder", "heads");
    TokenReference layers = tokens(r);
    return layers.probabilities(layers.decoder("decoder", blocks, heads, r.in().of(doubles(z))));
  }

  private static Scalar[] mlp(Reference r, int blocks, float[] z) {
    return r.mlp("decoder", blocks, r.in().of(doubles(z)));
  }

  double[] decode(float[] z) {
    Reference r = layers();
    int blocks = file.setting("autoencoder", "blocks");
    Scalar[] x = molecules() ? probabilities(r, blocks, z) : mlp(r, blocks, z);
    boolean image = ForeignFile.json(file.metadata().get("image").asString()).size() > 0;
    for (int j = 0; j < x.length; j++) {
      double scale = variables.get("data.scale")[j].value();
      Scalar shift = r.in().of(-variables.get("data.shift")[j].value() / scale);
      x[j] = r.in().plus(r.in().times(x[j], 1 / scale), shift);
      if (image) x[j] = r.in().of(Math.clamp(x[j].value(), -1, 1));
    }
    return values(x);
  }

  double[] denoise(float[] x, float sigma) {
    Reference r = layers();
    double total = round(round((double) sigma * sigma) + 1);
    double root = round(Math.sqrt(total));
    Scalar[] input = r.in().of(DoubleStream.of(doubles(x)).map(v -> round(v / root)).toArray());
    Scalar[] features = r.in().of(features(sigma));
    Scalar[] f = r.latent("denoiser", file.setting("denoiser", "blocks"), input, features);
    double[] d = new double[x.length];
    for (int j = 0; j < d.length; j++)
      d[j] = round(round(x[j] * round(1 / total)) + round(round(sigma / root) * f[j].value()));
    return d;
  }

  private double[] features(float sigma) {
    int half = file.setting("denoiser", "embedding") / 2;
    double[] features = new double[2 * half];
    for (int j = 0; j < half; j++) {
      double exponent = round(round((double) j / (half - 1)) * round(Math.log(32)));
      double turns = round(0.25 * round(Math.log(sigma)) * round(0.25 * round(Math.exp(exponent))));
      double angle = 2 * Math.PI * (turns - Math.rint(turns));
      features[j] = round(Math.cos(angle));
      features[j + half] = round(Math.sin(angle));
    }
    return features;
  }

  private double round(double exact) {
    return single ? (float) exact : exact;
  }

  private static double[] values(Scalar[] scalars) {
    return Arrays.stream(scalars).mapToDouble(Scalar::value).toArray();
  }
}
