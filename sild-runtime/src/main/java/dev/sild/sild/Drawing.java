package dev.sild.sild;

import dev.sild.Purpose;
import dev.sild.UserException;
import dev.sild.baseline.GaussianMixture;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.SampleSpace;
import dev.sild.diffusion.Denoiser;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Draws standardised latents of a model under a condition, in a borrowed session. */
final class Drawing implements AutoCloseable {
  private final ReverseProcess reverse;
  private final Conditioning conditioning; // or null
  private final Inpainting inpainting; // or null
  private final Noise labels;

  private Drawing(
      ReverseProcess reverse, Conditioning conditioning, Inpainting inpainting, int seed) {
    this.reverse = reverse;
    this.conditioning = conditioning;
    this.inpainting = inpainting;
    labels = Purpose.DRAWN_LABELS.noise(seed);
  }

  static Drawing of(
      Model model,
      Device device,
      Session session,
      Sampler sampler,
      Schedule schedule,
      Condition condition,
      int seed,
      BooleanSupplier cancelled) {
    requireTrainedFor(model, condition);
    Noise noise = Purpose.SAMPLING.noise(seed);
    if (!model.config().method().diffuses()) {
      GaussianMixture mixture = GaussianMixture.of(model.contents().weights());
      return new Drawing(new MixtureDraws(mixture, model.latent(), noise), null, null, seed);
    }
    if (condition.isNone() && !model.config().denoiser().conditional()) {
      Denoiser denoiser = stoppable(session.denoiser(), cancelled);
      return new Drawing(
          ReverseProcess.of(device, session, sampler, schedule, noise, denoiser), null, null, seed);
    }
    SampleSpace space = model.contents().space();
    SampleSpace latents = model.config().latentSpace(space);
    Inpainting inpainting =
        condition.known() == null
            ? null
            : new Inpainting(condition.known(), space.image(), latents.image());
    Conditioning conditioning = new Conditioning(device, condition, latents, session.rows());
    try {
      if (inpainting != null)
        conditioning.knowing(model.standardised(session, inpainting.filled()), inpainting.free());
      Denoiser denoiser = stoppable(conditioning.denoiser(session.denoiser()), cancelled);
      return new Drawing(
          new StepByStep(session, sampler, schedule, noise, denoiser),
          conditioning,
          inpainting,
          seed);
    } catch (RuntimeException e) {
      conditioning.close();
      throw e;
    }
  }

  private static void requireTrainedFor(Model model, Condition condition) {
    if (condition.label() >= 0 && !model.config().denoiser().conditional())
      throw new UserException(
          "this model was trained without labels: train with --set denoiser.conditional=true");
    if (!condition.isNone() && !model.config().method().diffuses())
      throw new UserException("a Gaussian mixture of latents draws without conditions");
  }

  private static Denoiser stoppable(Denoiser denoiser, BooleanSupplier cancelled) {
    return (stream, d, x, sigma) -> {
      if (cancelled.getAsBoolean()) throw new CancellationException("cancelled");
      denoiser.denoise(stream, d, x, sigma);
    };
  }

  /** Most samples of a call. */
  int rows() {
    return reverse.rows();
  }

  /** Samples {@code firstSample …} as (rows, Z). */
  float[] latents(long firstSample, int rows) {
    if (conditioning != null) conditioning.prepare(labels, firstSample, rows);
    return reverse.sample(firstSample, rows);
  }

  /** What becomes of the samples (rows, D) that were decoded from latents. */
  float[] finish(float[] samples) {
    if (inpainting != null) inpainting.paste(samples);
    return samples;
  }

  @Override
  public void close() {
    reverse.close();
    if (conditioning != null) conditioning.close();
  }
}
