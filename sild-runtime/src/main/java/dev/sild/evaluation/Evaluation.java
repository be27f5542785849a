package dev.sild.evaluation;

import dev.sild.Progress;
import dev.sild.Purpose;
import dev.sild.baseline.Pca;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.network.Weights;
import dev.sild.sild.Latents;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import dev.sild.training.CleanPass;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Every measure of a preset. The same model, data and seed give the same figures.
 *
 * @param classifier trained before on the same digits, or null where the data has no labels
 * @param nets of the user's, for images only
 * @param likelihood what of it is asked for
 */
public record Evaluation(
    Model model,
    DataSet data,
    Device device,
    int seed,
    Weights classifier,
    UserNets nets,
    LatentLikelihood likelihood,
    Progress progress,
    BooleanSupplier cancelled) {
  /** Images that the report shows. */
  public static final int SHOWN = 64;

  private static final int PCA_SAMPLES = 20_000;
  private static final int CURVE_SAMPLES = 2048;
  private static final int CURVE_SAMPLES_OF_VECTORS = 8192;
  private static final int CURVE_LEVELS = 20;

  /** Above it distances of coordinates say little, and the Fréchet distance takes long. */
  private static final int MOST_COORDINATES = 512;

  /** m/σ² that nowhere changes less than this, as a power of σ, has no plateau to speak of. */
  private static final double STEEPEST_PLATEAU = 0.25;

  /** Measures. */
  public Measures measure() {
    Measures.Builder out = new Measures.Builder();
    out.count("seed", Integer.toUnsignedLong(seed));
    out.count("range", data instanceof DataSet.Images ? "[-1, 1]" : "the network's units");
    boolean compresses = model.config().method().compresses();
    float[] heldOut = heldOut(model.config().evaluation().heldOut());
    float[] latents = compresses ? encode(heldOut) : new float[0];
    float[] reconstructed = compresses ? decode(latents) : new float[0];
    if (compresses) reconstruction(out, heldOut, reconstructed);
    if (compresses)
      nets.reconstruction(
          out, heldOut, reconstructed, heldOut.length / model.dimension(), cancelled);
    double[] spectrum = compresses ? latents(out, latents) : new double[0];
    ErrorCurve collapse = compresses ? collapseCurve() : null;
    ErrorCurve latent = model.config().method().diffuses() ? latentCurve() : null;
    ErrorCurve.Plateau plateau = compresses ? collapse.plateau() : null;
    boolean flat = compresses && plateau.slope() < STEEPEST_PLATEAU;
    out.count("error_curve_samples", curveSamples());
    out.metric("intrinsic_dimension", flat ? plateau.dimension() : Double.NaN);
    out.metric("intrinsic_dimension_sigma", flat ? plateau.sigma() : Double.NaN);
    likelihood.measure(this, out);
    float[] samples =
        switch (data) {
          case DataSet.Images images -> new ImageMeasures(this, images).measure(out, heldOut);
          case DataSet.Synthetic synthetic -> manifold(out, synthetic, plateau, heldOut);
          case DataSet.Table table -> vectors(out, table);
        };
    int shown = Math.min(SHOWN, heldOut.length / model.dimension()) * model.dimension();
    Measures.Pictures pictures =
        new Measures.Pictures(
            Arrays.copyOf(heldOut, shown),
            Arrays.copyOf(reconstructed, Math.min(shown, reconstructed.length)),
            Arrays.copyOf(samples, Math.min(shown, samples.length)));
    return new Measures(out.metrics, out.counts, collapse, latent, spectrum, pictures);
  }

  /** Held-out samples in the network's units: random ones, a function of the seed. */
  private float[] heldOut(int count) {
    try (Source source = openHeldOut()) {
      return CleanPass.samples(device, source, count, Model.BATCH);
    }
  }

  Source openHeldOut() {
    return data.heldOut(device, Model.BATCH, Purpose.HELD_OUT_SAMPLES.noise(seed));
  }

  /** f(x), x in the network's units. */
  private float[] encode(float[] x) {
    progress.say("measuring reconstructions");
    float[] inTheirs = data.normalisation().inverse().apply(x.clone());
    float[] z = new float[x.length / model.dimension() * model.latent()];
    model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(inTheirs));
    return z;
  }

  /** g(z) in the network's units. */
  private float[] decode(float[] z) {
    float[] x = new float[z.length / model.latent() * model.dimension()];
    model.decode(MemorySegment.ofArray(x), MemorySegment.ofArray(z));
    return data.normalisation().apply(x);
  }

  /** The law of clean held-out latents; returns the spectrum of their covariance. */
  private double[] latents(Measures.Builder out, float[] z) {
    int n = z.length / model.latent();
    boolean defined = n > 1 && new Rows(z, n, model.latent()).finite();
    LatentStatistics found = defined ? LatentStatistics.of(z, n, model.latent()) : null;
    out.metric("latent_kl_normal", defined ? found.klNormal() : Double.NaN);
    out.metric(
        "latent_kl_normal_standardised", defined ? found.klNormalStandardised() : Double.NaN);
    out.metric("latent_active_units", defined ? found.activeUnits() : Double.NaN);
    out.metric("latent_participation_ratio", defined ? found.participationRatio() : Double.NaN);
    out.metric("latent_excess_kurtosis", defined ? found.excessKurtosis() : Double.NaN);
    out.count("latent_samples", n);
    return defined ? found.spectrum() : new double[0];
  }

  private void reconstruction(Measures.Builder out, float[] x, float[] y) {
    double squares = 0;
    for (int i = 0; i < x.length; i++) squares += Math.pow((double) x[i] - y[i], 2);
    double mse = squares / x.length;
    out.count("held_out_samples", x.length / model.dimension());
    out.metric("reconstruction_mse", mse);
    if (data instanceof DataSet.Images) out.metric("psnr", 10 * Math.log10(4 / mse));
    out.metric("pca_mse", pcaMse(x));
    out.count("pca_samples", PCA_SAMPLES);
    out.count("latent_size", model.latent());
  }

  /** The linear yardstick: principal components of training data at the same latent size. */
  private double pcaMse(float[] heldOut) {
    int d = model.dimension();
    if (model.latent() >= d) return 0;
    try (Source source = data.training(device, Model.BATCH, Purpose.TRAINING_SAMPLES.noise(seed))) {
      float[] training = CleanPass.samples(device, source, PCA_SAMPLES, Model.BATCH);
      Pca pca = Pca.fit(device, training, PCA_SAMPLES, d, model.latent());
      return pca.reconstructionMse(heldOut, heldOut.length / d);
    }
  }

  private ErrorCurve collapseCurve() {
    RunConfig config = model.config();
    double[] sigmas =
        ErrorCurve.levels(
            config.collapse().sigmaMin() / 2, config.collapse().sigmaMax(), CURVE_LEVELS);
    try (Session session = model.openSession();
        Source source = openHeldOut()) {
      return ErrorCurve.measure(
          device,
          session.stream(),
          (stream, denoised, x, sigma) -> {
            var code = session.autoencoder().encode(stream, x);
            stream.samplerStep(
                denoised,
                session.autoencoder().decode(stream, code),
                1,
                null,
                0,
                null,
                0,
                0,
                Purpose.EVALUATION_NOISE.noise(seed),
                null,
                0);
          },
          source,
          sigmas,
          curveSamples(),
          Model.BATCH,
          seed);
    }
  }

  private ErrorCurve latentCurve() {
    RunConfig.Sampling sampling = model.config().sampling();
    double[] sigmas = ErrorCurve.levels(sampling.sigmaMin(), sampling.sigmaMax(), 2 * CURVE_LEVELS);
    Latents latents = model.contents().latents();
    try (Session session = model.openSession();
        Source samples = openHeldOut();
        Source source =
            new Latents.Standardised(device, samples, encoder(session), latents, Model.BATCH)) {
      return ErrorCurve.measure(
          device,
          session.stream(),
          session.denoiser(),
          source,
          sigmas,
          curveSamples(),
          Model.BATCH,
          seed);
    }
  }

  /** Latents as the denoiser saw them in training. */
  Latents.Encoder encoder(Session session) {
    Noise posterior = Purpose.EVALUATION_NOISE.noise(seed);
    return (stream, x, step) -> session.autoencoder().draw(stream, x, posterior, step);
  }

  private int curveSamples() {
    return data instanceof DataSet.Images ? CURVE_SAMPLES : CURVE_SAMPLES_OF_VECTORS;
  }

  private float[] manifold(
      Measures.Builder out,
      DataSet.Synthetic synthetic,
      ErrorCurve.Plateau plateau,
      float[] heldOut) {
    int k = synthetic.manifold().intrinsicDimension();
    out.metric("known_dimension", k);
    if (plateau != null) {
      AlignmentRisk risk =
          AlignmentRisk.of(model, synthetic.manifold(), plateau.sigma(), curveSamples(), seed);
      double unit = k * plateau.sigma() * plateau.sigma();
      out.metric("alignment_risk_over_k_sigma2", risk.total() / unit);
      out.metric("alignment_normal_over_k_sigma2", risk.normal() / unit);
      out.metric("alignment_tangent_over_k_sigma2", risk.tangent() / unit);
    }
    float[] samples = draw();
    out.metric("off_manifold_rms", offManifold(synthetic, samples));
    coordinates(out, samples, heldOut);
    return samples;
  }

  /** Root mean square distance of samples to the manifold. */
  private double offManifold(DataSet.Synthetic synthetic, float[] samples) {
    int d = model.dimension();
    double squares = 0;
    double[] x = new double[d];
    double[] projected = new double[d];
    for (int i = 0; i < samples.length / d; i++) {
      for (int j = 0; j < d; j++) x[j] = samples[i * d + j];
      synthetic.manifold().project(projected, x);
      for (int j = 0; j < d; j++) squares += Math.pow(x[j] - projected[j], 2);
    }
    return Math.sqrt(squares / (samples.length / d));
  }

  private float[] vectors(Measures.Builder out, DataSet.Table table) {
    float[] samples = draw();
    float[] inUnits = data.normalisation().apply(samples.clone());
    int d = model.dimension();
    float[] heldOut =
        data.normalisation()
            .apply(distinct(new Rows(table.kept().data(), table.kept().count(), d)));
    int bank = Math.min(table.trained().count(), PCA_SAMPLES);
    int few = Math.min(model.config().evaluation().neighbours(), samples.length / d);
    if (few > 0) {
      float[] rows = data.normalisation().apply(Arrays.copyOf(table.trained().data(), bank * d));
      double[] near = NearestNeighbours.of(device, inUnits, few, rows, bank, d).distances();
      int kept = Math.min(few, heldOut.length / d);
      double[] reference = NearestNeighbours.of(device, heldOut, kept, rows, bank, d).distances();
      memorisation(out, Memorisation.of(near, reference), few);
    }
    coordinates(out, inUnits, heldOut);
    return samples;
  }

  /** As many held-out data as the configuration asks for, or all, in random order, each once. */
  float[] distinct(Rows kept) {
    int count = Math.min(model.config().evaluation().heldOut(), kept.n());
    return kept.draw(count, new SplittableRandom(seed)).x();
  }

  /** Generation in the coordinates themselves, both in the network's units. */
  private void coordinates(Measures.Builder out, float[] samples, float[] heldOut) {
    int d = model.dimension();
    if (d > MOST_COORDINATES) return;
    new Generation(device, seed, progress)
        .measure(out, "coordinates", heldOut, heldOut.length / d, samples, samples.length / d, d);
  }

  static void memorisation(Measures.Builder out, Memorisation found, int count) {
    out.count("neighbour_queries", count);
    out.metric("neighbour_median_samples", found.sampleMedian());
    out.metric("neighbour_median_held_out", found.heldOutMedian());
    out.metric("neighbour_share_below", found.shareBelow());
    out.metric("memorisation_p", found.p());
  }

  private float[] draw() {
    int count = model.config().evaluation().samples();
    float[] samples = new float[Math.multiplyExact(count, model.dimension())];
    model.sample(MemorySegment.ofArray(samples), model.config().sampling(), seed, 0, cancelled);
    return samples;
  }
}
