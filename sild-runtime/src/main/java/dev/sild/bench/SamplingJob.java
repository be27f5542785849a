package dev.sild.bench;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.network.Parameters;
import dev.sild.sampling.EulerMaruyama;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Sde;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.ReverseProcess;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import java.util.Map;

/**
 * The yardstick of sampling: latents of 64 coordinates by 100 steps of Euler–Maruyama and the last
 * evaluation, from a network of one block of width 512, the way {@code sample} does it on this
 * device. Owns its memory.
 */
public final class SamplingJob implements AutoCloseable {
  private static final int LATENT = 64;
  private static final int WIDTH = 512;
  private static final int STEPS = 100;
  private static final int SEED = 1;

  private final int samples;
  private final Parameters weights = new Parameters();
  private final Session session;
  private final ReverseProcess process;

  /**
   * Allocates and initialises.
   *
   * @param samples of a run
   */
  public SamplingJob(Device device, int samples) {
    this.samples = samples;
    RunConfig config =
        ConfigFile.of(
            "array",
            Map.of(
                "autoencoder.latent", "" + LATENT,
                "denoiser.width", "" + WIDTH,
                "denoiser.blocks", "1"));
    session =
        new Session(
            device,
            config,
            SampleSpace.vectors(LATENT),
            weights,
            Session.rows(config, SampleSpace.vectors(LATENT)));
    weights.initialise(session.stream(), Purpose.INITIAL_DENOISER.noise(SEED));
    View out = weights.get("denoiser.out.weight").value(); // begins as the zero map: wake it
    session.stream()
        .samplerStep(
            out, null, 0, null, 0, null, 0, 0.01, Purpose.INITIAL_DENOISER.noise(SEED), null, 99);
    process =
        ReverseProcess.of(
            device,
            session,
            new EulerMaruyama(Sde.VE),
            Schedule.logSnr(50, 0.01, STEPS),
            Purpose.SAMPLING.noise(SEED),
            session.denoiser());
  }

  /** Evaluations of the denoiser for a sample. */
  public static int evaluations() {
    return STEPS + 1;
  }

  /** What a run has to do: the four products of the network; only the samples leave. */
  public Work work() {
    double products = 2.0 * (2 * LATENT * WIDTH + 2 * WIDTH * WIDTH);
    return Work.products(products * samples * evaluations(), (double) samples * LATENT);
  }

  public Stream stream() {
    return session.stream();
  }

  /** Draws all samples and takes them to the host. */
  public void run() {
    for (int at = 0; at < samples; at += process.rows())
      process.sample(at, Math.min(process.rows(), samples - at));
  }

  @Override
  public void close() {
    process.close();
    session.close();
    weights.close();
  }
}
