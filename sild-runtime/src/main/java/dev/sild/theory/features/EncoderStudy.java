package dev.sild.theory.features;

import dev.sild.Progress;
import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.data.DataSet;
import dev.sild.data.HostSource;
import dev.sild.data.Isometry;
import dev.sild.data.Source;
import dev.sild.data.Vectors;
import dev.sild.diffusion.Denoiser;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import dev.sild.training.Training;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The same regression end to end: x = U z in R^d, an encoder trained on n samples by stage 1 of the
 * product, their standardised latents, the features. The latents' law is then that of a map of z
 * that nobody knows, and so is its exact denoiser; but D* is the posterior mean under that law,
 * which that of many other encoded samples approximates as closely as one likes. Two halves of such
 * a bank make two estimates of D* with independent errors.
 *
 * @param study kind, width, ridge, and in its last entries n and N
 * @param config of stage 1; its latent size is k
 * @param bank encoded samples in each half
 */
public record EncoderStudy(FeatureStudy study, RunConfig config, int bank) {
  /**
   * What was found in one dimension.
   *
   * @param exactLatents excess risk with z = Uᵀx
   * @param latents the same in the standardised coordinates of the encoder
   * @param decoded E‖g(D̂) − g(D*)‖², which does not ask in which coordinates the latents are
   * @param reconstruction E‖g(f(x)) − x‖² on fresh samples; E‖x‖² is k
   */
  public record Found(
      int d, int seed, Risk exactLatents, Risk latents, Risk decoded, double reconstruction) {}

  /** Trains and measures in dimension d. */
  public Found measure(Device device, int d, double sigma, int seed) throws IOException {
    int k = config.autoencoder().latent();
    ProductLaw law = new ProductLaw(k, study.variance());
    Isometry u = new Isometry(k, d, seed);
    int n = study.counts().getLast();
    HostSource.Law embedded = law.embedded(u);
    float[] x = draw(embedded, d, Purpose.TRAINING_SAMPLES, seed, 0, n);
    Vectors training = new Vectors(x, n, d);
    var data = new DataSet.Table(training, training, DataSet.Normalisation.identity(d));
    var trained =
        new Training(config, seed, data, device, null, Progress.SILENT, () -> false).train();
    try (Model model = new Model(trained, device);
        Stream stream = device.openStream()) {
      Codec codec = new Codec(model, embedded);
      float[] latents = codec.encode(x);
      Risk exact = exactLatents(device, law, u, sigma, seed);
      return found(device, stream, codec, latents, exact, d, sigma, seed);
    }
  }

  private Found found(
      Device device,
      Stream stream,
      Codec codec,
      float[] latents,
      Risk exact,
      int d,
      double sigma,
      int seed) {
    int k = config.autoencoder().latent();
    float[] held = codec.latents(Purpose.REFINE_SAMPLES, seed, 0, study.heldOut());
    float[] test = codec.latents(Purpose.HELD_OUT_SAMPLES, seed, 0, study.heldOut());
    try (FeatureDenoiser learned = study.denoiser(device, k, seed);
        RidgeFit fit = new RidgeFit(device, stream, learned, null);
        FeatureMoments moments = fit.moments();
        FeatureMoments choosing = fit.moments();
        Source training = rows(device, latents, k);
        Source heldOut = rows(device, held, k);
        Source points = rows(device, test, k)) {
      fit.read(moments, training, Purpose.REFINE_NOISE.noise(seed), sigma, latents.length / k);
      fit.read(choosing, heldOut, Purpose.COLLAPSE_NOISE.noise(seed), sigma, held.length / k);
      int features = study.features().getLast();
      learned.fit(sigma, RidgeFit.choose(moments, choosing, features, study.ridge()).weights());
      float[] own = estimates(device, stream, learned, points, k, sigma, seed);
      float[][] best = new float[2][];
      for (int half = 0; half < 2; half++)
        best[half] = reference(device, stream, codec, points, k, sigma, seed, half);
      return new Found(
          d,
          seed,
          exact,
          Risk.of(own, best[0], best[1], study.heldOut()),
          Risk.of(codec.decode(own), codec.decode(best[0]), codec.decode(best[1]), study.heldOut()),
          codec.reconstruction(seed, study.heldOut()));
    }
  }

  private float[] estimates(
      Device device,
      Stream stream,
      Denoiser denoiser,
      Source points,
      int k,
      double sigma,
      int seed) {
    var noise = Purpose.EVALUATION_NOISE.noise(seed);
    return Probe.estimates(device, stream, denoiser, k, points, noise, sigma, study.heldOut());
  }

  /** D* by one half of the bank. */
  private float[] reference(
      Device device,
      Stream stream,
      Codec codec,
      Source points,
      int k,
      double sigma,
      int seed,
      int half) {
    float[] encoded = codec.latents(Purpose.CLASSIFIER_SAMPLES, seed, (long) half * bank, bank);
    Target law = Target.rows("bank", new Vectors(encoded, bank, k));
    try (ExactDenoiser posterior = new ExactDenoiser(device, law, Pairs.BATCH)) {
      return estimates(device, stream, posterior, points, k, sigma, seed);
    }
  }

  /** The risk with z = Uᵀ x, x in f32: that of z, but for rounding. */
  private Risk exactLatents(Device device, ProductLaw law, Isometry u, double sigma, int seed) {
    HostSource.Law there = law.embedded(u);
    HostSource.Law back =
        (into, s, purpose, first, count) -> {
          float[] x = new float[count * u.to()];
          there.sample(x, s, purpose, first, count);
          double[] row = new double[u.to()];
          double[] z = new double[u.from()];
          for (int i = 0; i < count; i++) {
            for (int j = 0; j < row.length; j++) row[j] = x[i * row.length + j];
            u.restrict(z, row);
            for (int j = 0; j < z.length; j++) into[i * z.length + j] = (float) z[j];
          }
        };
    var last =
        new FeatureStudy(
            study.kind(),
            study.width(),
            study.variance(),
            study.counts().subList(study.counts().size() - 1, study.counts().size()),
            study.features().subList(study.features().size() - 1, study.features().size()),
            study.ridge(),
            study.heldOut());
    return last.grid(device, back, law, sigma, seed).getFirst().risk();
  }

  private static Source rows(Device device, float[] rows, int k) {
    HostSource.Law law =
        (into, seed, purpose, first, count) ->
            System.arraycopy(rows, Math.toIntExact(first) * k, into, 0, count * k);
    return new HostSource(
        device, law, k, Pairs.BATCH, Purpose.TRAINING_SAMPLES.noise(0)); // draws nothing
  }

  static float[] draw(HostSource.Law law, int d, Purpose purpose, int seed, long first, int count) {
    float[] x = new float[Math.multiplyExact(count, d)];
    law.sample(x, seed, purpose.noise(seed).purpose(), first, count);
    return x;
  }

  /** Encoder and decoder between data and standardised latents, on the host. */
  private record Codec(Model model, HostSource.Law law) {

    /** Standardised f(x), (n, k). */
    float[] encode(float[] x) {
      float[] z = new float[x.length / model.dimension() * model.latent()];
      model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(x));
      return model.contents().latents().units().inverse().apply(z);
    }

    /** g of standardised latents, (n, d). */
    float[] decode(float[] z) {
      float[] x = new float[z.length / model.latent() * model.dimension()];
      float[] raw = model.contents().latents().units().apply(z.clone());
      model.decode(MemorySegment.ofArray(x), MemorySegment.ofArray(raw));
      return x;
    }

    /** Latents of fresh samples, some at a time. */
    float[] latents(Purpose purpose, int seed, long first, int count) {
      float[] all = new float[count * model.latent()];
      for (int at = 0; at < count; at += Pairs.BATCH) {
        int rows = Math.min(Pairs.BATCH, count - at);
        float[] z = encode(draw(law, model.dimension(), purpose, seed, first + at, rows));
        System.arraycopy(z, 0, all, at * model.latent(), z.length);
      }
      return all;
    }

    double reconstruction(int seed, int count) {
      float[] x = draw(law, model.dimension(), Purpose.HELD_OUT_SAMPLES, seed, 0, count);
      float[] y = Arrays.copyOf(x, x.length);
      model.reconstruct(MemorySegment.ofArray(y), MemorySegment.ofArray(x));
      return Risk.of(y, x, count).value();
    }
  }
}
