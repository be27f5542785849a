package dev.sild.evaluation;

import dev.sild.Purpose;
import dev.sild.baseline.GaussianMixture;
import dev.sild.bindings.Noise;
import dev.sild.data.Philox;
import dev.sild.data.Source;
import dev.sild.diffusion.NetworkTrace;
import dev.sild.diffusion.TracedDenoiser;
import dev.sild.sampling.Likelihood;
import dev.sild.sild.Latents;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import dev.sild.training.CleanPass;
import java.util.Arrays;
import java.util.concurrent.CancellationException;

/**
 * The likelihood of held-out samples under what draws the latents, in nats of standardised latents:
 * the density at σ_min, {@link Likelihood}, or that of the Gaussian mixture. Through a decoder it
 * says nothing of the data: an image of fewer dimensions has no density among them. Without one the
 * latents are the data, and it is given in their units too; 8-bit images are dequantised by uniform
 * noise of one grey level, so that ln p + ln(bin) bounds the log-probability of the bytes from
 * below on average (Theis, van den Oord, Bethge 2016, §3.1).
 *
 * @param samples held-out ones, 0 for no measurement
 * @param probes of Hutchinson's estimate of the divergence, 0 for the exact one
 * @param evaluations of the denoiser along the flow
 */
public record LatentLikelihood(int samples, int probes, int evaluations) {
  /** No measurement. */
  public static final LatentLikelihood NONE = new LatentLikelihood(0, 0, 0);

  /** To this dimension the divergence is exact unless probes are asked for. */
  public static final int EXACT = 32;

  /** Evaluations that leave errors of some 10⁻⁴ nats a coordinate on mixtures. */
  public static final int EVALUATIONS = 128;

  /** Grey levels are this far apart in [−1, 1]. */
  private static final double BIN = 2.0 / 255;

  /** Half as many must do for a second, coarser grid. */
  public static final int FEWEST_EVALUATIONS = 4;

  public LatentLikelihood {
    if (samples != 0 && (samples < 2 || probes < 0 || evaluations < FEWEST_EVALUATIONS))
      throw new IllegalArgumentException("a likelihood of %d samples".formatted(samples));
  }

  /**
   * Figures of one likelihood.
   *
   * @param nats −ln p of each sample
   * @param stepError how far the mean moves on half as many evaluations, over the first samples
   */
  private record Found(double[] nats, double stepError) {}

  void measure(Evaluation of, Measures.Builder out) {
    if (samples == 0) return;
    of.progress().say("measuring the likelihood of %,d samples".formatted(samples));
    Model model = of.model();
    float[] z = latents(of);
    boolean flows = model.config().method().diffuses();
    Found found = flows ? flow(of, z) : mixture(model, z);
    double mean = Arrays.stream(found.nats).average().orElseThrow();
    double squares = Arrays.stream(found.nats).map(v -> (v - mean) * (v - mean)).sum();
    double standardError = Math.sqrt(squares / (samples - 1) / samples);
    out.metric("latent_nll", mean);
    out.metric("latent_nll_se", standardError);
    if (flows) out.metric("latent_nll_step_error", found.stepError);
    out.count("likelihood_samples", samples);
    out.count("likelihood_probes", flows ? probes : 0);
    out.count("likelihood_evaluations", flows ? 2 * (evaluations / 2) : 0);
    if (model.config().method().compresses())
      out.count(
          "likelihood_of",
          "standardised latents%s; behind a decoder the data have no density"
              .formatted(flows ? atSigmaMin(model) : ""));
    else ofData(of, out, mean, standardError);
  }

  private static String atSigmaMin(Model model) {
    return " at sigma_min = %s".formatted(model.config().sampling().sigmaMin());
  }

  /** The same in the data's units, and for images in bits. */
  private void ofData(Evaluation of, Measures.Builder out, double mean, double standardError) {
    int d = of.model().dimension();
    double nll = mean;
    for (float scale : of.model().contents().latents().scale()) nll += Math.log(scale);
    for (float scale : of.data().normalisation().scale()) nll -= Math.log(Math.abs(scale));
    boolean images = of.data().space().isImage();
    out.metric("nll", nll);
    if (images) {
      out.metric("bits_per_dim", (nll / d - Math.log(BIN)) / Math.log(2));
      out.metric("bits_per_dim_se", standardError / d / Math.log(2));
    }
    out.count(
        "likelihood_of",
        (images
                ? "data dequantised by uniform noise of one grey level (nll: in [-1, 1])"
                : "standardised data (nll: in their own units)")
            + atSigmaMin(of.model()));
  }

  /** Held-out samples as the denoiser saw them in training, images of data space dequantised. */
  private float[] latents(Evaluation of) {
    Latents latents = of.model().contents().latents();
    float[] z;
    try (Session session = of.model().openSession();
        Source data = of.openHeldOut();
        Source clean =
            new Latents.Standardised(
                of.device(), data, of.encoder(session), latents, of.model().batch())) {
      z = CleanPass.samples(of.device(), clean, samples, of.model().batch());
    }
    if (of.model().config().method().compresses() || !(of.data().space().isImage())) return z;
    int d = latents.scale().length;
    Noise noise = Purpose.DEQUANTISATION.noise(of.seed());
    double[] uniforms = new double[d];
    for (int i = 0; i < samples; i++) {
      Philox.uniforms(uniforms, noise.seed(), noise.purpose(), i, 0);
      for (int j = 0; j < d; j++)
        z[i * d + j] += (float) (BIN * (uniforms[j] - 0.5) / latents.scale()[j]);
    }
    return z;
  }

  private static Found mixture(Model model, float[] z) {
    GaussianMixture mixture = GaussianMixture.of(model.contents().weights());
    int d = mixture.dimension();
    double[] nats = new double[z.length / d];
    for (int i = 0; i < nats.length; i++)
      nats[i] = -mixture.logLikelihood(Arrays.copyOfRange(z, i * d, (i + 1) * d));
    return new Found(nats, 0);
  }

  private Found flow(Evaluation of, float[] z) {
    RunConfig config = of.model().config();
    int d = of.model().latent();
    double low = config.sampling().sigmaMin();
    double high = config.sampling().sigmaMax();
    Noise noise = Purpose.DIVERGENCE_PROBES.noise(of.seed());
    double[] nats = new double[samples];
    double moved = 0;
    of.progress().begin("likelihood", "samples", 0, samples);
    try (NetworkTrace network =
        new NetworkTrace(
            of.device(),
            blueprint ->
                Session.denoiser(blueprint, config, config.latentSpace(of.data().space()), true),
            of.model().contents().weights(),
            d,
            of.model().batch())) {
      for (int at = 0; at < samples; at += of.model().batch()) {
        int rows = Math.min(of.model().batch(), samples - at);
        double[] x = new double[rows * d];
        for (int i = 0; i < x.length; i++) x[i] = z[at * d + i];
        TracedDenoiser traced =
            probes == 0 ? network.exact(rows) : network.estimated(rows, probes, noise, at);
        TracedDenoiser denoiser =
            (denoised, trace, y, sigma) -> {
              if (of.cancelled().getAsBoolean()) throw new CancellationException("cancelled");
              traced.denoise(denoised, trace, y, sigma);
            };
        double[] logs = new Likelihood(low, high, evaluations).logDensity(denoiser, x, d);
        for (int i = 0; i < rows; i++) nats[at + i] = -logs[i];
        if (at == 0) {
          double[] coarse = new Likelihood(low, high, evaluations / 2).logDensity(denoiser, x, d);
          for (int i = 0; i < rows; i++) moved += (coarse[i] - logs[i]) / rows;
        }
        of.progress().advance(at + rows);
      }
    }
    of.progress().end();
    return new Found(nats, Math.abs(moved));
  }
}
