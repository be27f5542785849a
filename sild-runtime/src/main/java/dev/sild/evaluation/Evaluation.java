package dev.sild.evaluation;

import dev.sild.Progress;
import dev.sild.Purpose;
import dev.sild.baseline.Pca;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.DataSet;
import dev.sild.data.ImageShape;
import dev.sild.data.Source;
import dev.sild.network.Weights;
import dev.sild.sild.Latents;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import dev.sild.training.CleanPass;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
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
  private static final int PCA_NUMBERS = 1 << 26;
  private static final int CURVE_SAMPLES = 2048;
  private static final int CURVE_NUMBERS = 1 << 20;
  private static final int CURVE_SAMPLES_OF_PICTURES = 256;
  private static final int CURVE_SAMPLES_OF_VECTORS = 8192;
  private static final int CURVE_LEVELS = 20;

  /** The same on other data. */
  public Evaluation on(DataSet other) {
    return new Evaluation(
        model, other, device, seed, classifier, nets, likelihood, progress, cancelled);
  }

  /** Measures. */
  public Measures measure() {
    Measures.Builder out = new Measures.Builder();
    out.count("seed", Integer.toUnsignedLong(seed));
    out.count("range", data.space().isImage() ? "[-1, 1]" : "the network's units");
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
    boolean points = data.space().isMolecule(); // then k = 0, whatever a network's error looks like
    boolean flat = compresses && plateau.flat() && !points;
    out.count("error_curve_samples", curveSamples());
    out.metric("intrinsic_dimension", flat ? plateau.dimension() : Double.NaN);
    out.metric("intrinsic_dimension_sigma", flat ? plateau.sigma() : Double.NaN);
    likelihood.measure(this, out);
    if (data instanceof DataSet.Synthetic synthetic) alignment(out, synthetic, plateau);
    Generated generated = generate(out, heldOut);
    float[] samples = generated.first;
    int shown = Math.min(SHOWN, heldOut.length / model.dimension()) * model.dimension();
    Measures.Pictures pictures =
        new Measures.Pictures(
            Arrays.copyOf(heldOut, shown),
            Arrays.copyOf(reconstructed, Math.min(shown, reconstructed.length)),
            Arrays.copyOf(samples, Math.min(shown, samples.length)));
    return new Measures(
        out.metrics, out.counts, collapse, latent, spectrum, pictures, generated.molecules);
  }

  /** Held-out samples in the network's units: random ones, a function of the seed. */
  private float[] heldOut(int count) {
    try (Source source = openHeldOut()) {
      return CleanPass.samples(device, source, count, model.batch());
    }
  }

  Source openHeldOut() {
    return data.heldOut(device, model.batch(), Purpose.HELD_OUT_SAMPLES.noise(seed));
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
    ImageShape image = data.space().image();
    if (image != null) out.metric("psnr", 10 * Math.log10(4 / mse));
    if (image != null && Ssim.fits(image)) out.metric("ssim", Ssim.of(x, y, image));
    if (data.space().isMolecule())
      MoleculeMeasures.reconstruction(out, data.space().tokens(), x, y);
    out.metric("pca_mse", pcaMse(x));
    out.count("pca_samples", pcaSamples());
    out.count("latent_size", model.latent());
  }

  /** The linear yardstick: principal components of training data at the same latent size. */
  private double pcaMse(float[] heldOut) {
    int d = model.dimension();
    if (model.latent() >= d) return 0;
    int count = pcaSamples();
    if (count <= 2 * model.latent()) return Double.NaN;
    try (Source source =
        data.training(device, model.batch(), Purpose.TRAINING_SAMPLES.noise(seed))) {
      float[] training = CleanPass.samples(device, source, count, model.batch());
      Pca pca = Pca.fit(device, training, count, d, model.latent());
      return pca.reconstructionMse(heldOut, heldOut.length / d);
    }
  }

  /** As many as memory has room for. */
  private int pcaSamples() {
    return Math.min(PCA_SAMPLES, PCA_NUMBERS / model.dimension());
  }

  /** m(σ) of g ∘ f on held-out data around the noise that it was trained with. */
  public ErrorCurve collapseCurve() {
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
          model.batch(),
          seed);
    }
  }

  /** m(σ) of the latent denoiser on held-out latents, over its schedule's levels. */
  public ErrorCurve latentCurve() {
    RunConfig.Sampling sampling = model.config().sampling();
    double[] sigmas = ErrorCurve.levels(sampling.sigmaMin(), sampling.sigmaMax(), 2 * CURVE_LEVELS);
    return onLatents((session, source) ->
        ErrorCurve.measure(
            device,
            session.stream(),
            session.denoiser(),
            source,
            sigmas,
            curveSamples(),
            model.batch(),
            seed));
  }

  /**
   * m(σ) of the latent denoiser on held-out latents, standardised; each level has its own samples.
   *
   * @param samples at each level
   * @param part errors of other parts are independent
   */
  public ErrorCurve latentCurve(double[] sigmas, int samples, int part) {
    return onLatents((session, source) ->
        ErrorCurve.independent(
            device,
            session.stream(),
            session.denoiser(),
            source,
            sigmas,
            samples,
            model.batch(),
            seed,
            part));
  }

  /** {@code count} held-out latents, standardised: (count, Z). */
  public float[] latentSamples(int count) {
    return onLatents((_, source) -> CleanPass.samples(device, source, count, model.batch()));
  }

  private <T> T onLatents(BiFunction<Session, Source, T> use) {
    Latents latents = model.contents().latents();
    try (Session session = model.openSession();
        Source samples = openHeldOut();
        Source source =
            new Latents.Standardised(device, samples, encoder(session), latents, model.batch())) {
      return use.apply(session, source);
    }
  }

  /** Latents as the denoiser saw them in training. */
  Latents.Encoder encoder(Session session) {
    Noise posterior = Purpose.EVALUATION_NOISE.noise(seed);
    return (stream, x, step) -> session.autoencoder().draw(stream, x, posterior, step);
  }

  private int curveSamples() {
    int affordable = CURVE_NUMBERS / model.dimension();
    return switch (data) {
      case DataSet.Images _ -> CURVE_SAMPLES;
      case DataSet.Pictures _ -> Math.clamp(affordable, 64, CURVE_SAMPLES_OF_PICTURES);
      case DataSet.Molecules _ -> Math.clamp(affordable, 64, CURVE_SAMPLES);
      case DataSet.Table _, DataSet.Synthetic _ -> CURVE_SAMPLES_OF_VECTORS;
    };
  }

  private void alignment(
      Measures.Builder out, DataSet.Synthetic synthetic, ErrorCurve.Plateau plateau) {
    int k = synthetic.manifold().intrinsicDimension();
    out.metric("known_dimension", k);
    if (plateau == null) return;
    AlignmentRisk risk =
        AlignmentRisk.of(model, synthetic.manifold(), plateau.sigma(), curveSamples(), seed);
    double unit = k * plateau.sigma() * plateau.sigma();
    out.metric("alignment_risk_over_k_sigma2", risk.total() / unit);
    out.metric("alignment_normal_over_k_sigma2", risk.normal() / unit);
    out.metric("alignment_tangent_over_k_sigma2", risk.tangent() / unit);
  }

  /**
   * @param first samples
   * @param molecules null where they are none
   */
  private record Generated(float[] first, Measures.Generated molecules) {}

  private Generated generate(Measures.Builder out, float[] heldOut) {
    try (GenerationMeasures measures = generation(heldOut)) {
      if (measures instanceof ImageMeasures images) images.classifier(out);
      Draws draws = Draws.preset(model, seed, progress, cancelled);
      float[] first = measures.measure(out, draws).first();
      measures.memorisation(out, first);
      return new Generated(
          first, measures instanceof MoleculeMeasures molecules ? molecules.generated() : null);
    }
  }

  /** The Fréchet distance that is measured of such images without any net of the user's. */
  public static String headline(DataSet data) {
    return "frechet_"
        + (data instanceof DataSet.Images images
            ? images.name().toLowerCase(Locale.ROOT)
            : RandomConvolutions.NAME);
  }

  /** Measures of generation against the held-out data, for many draws; the caller closes them. */
  public GenerationMeasures generation() {
    return generation(heldOut(model.config().evaluation().heldOut()));
  }

  private GenerationMeasures generation(float[] heldOut) {
    return switch (data) {
      case DataSet.Images images -> new ImageMeasures(this, images, heldOut);
      case DataSet.Pictures pictures -> new PictureMeasures(this, pictures);
      case DataSet.Molecules molecules -> new MoleculeMeasures(this, molecules);
      case DataSet.Table _, DataSet.Synthetic _ -> new VectorMeasures(this, data, heldOut);
    };
  }

  /** As many held-out data as the configuration asks for, or all, in random order, each once. */
  float[] distinct(Rows kept) {
    int count = Math.min(model.config().evaluation().heldOut(), kept.n());
    return kept.draw(count, new SplittableRandom(seed)).x();
  }

  static void memorisation(Measures.Builder out, Memorisation found, int count) {
    out.count("neighbour_queries", count);
    out.metric("neighbour_median_samples", found.sampleMedian());
    out.metric("neighbour_median_held_out", found.heldOutMedian());
    out.metric("neighbour_share_below", found.shareBelow());
    out.metric("memorisation_p", found.p());
  }
}
