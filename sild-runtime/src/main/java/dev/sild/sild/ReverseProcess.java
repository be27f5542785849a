package dev.sild.sild;

import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.diffusion.Denoiser;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;

/**
 * From noise to standardised latents by one sampler and schedule, many samples at a time. Closed
 * before the session that it works in.
 */
public sealed interface ReverseProcess extends AutoCloseable
    permits StepByStep, WholeTrajectory, MixtureDraws {

  /** The way that suits the session's device. */
  static ReverseProcess of(
      Device device,
      Session session,
      Sampler sampler,
      Schedule schedule,
      Noise noise,
      Denoiser denoiser) {
    return WholeTrajectory.pays(session, sampler.whole(schedule).size())
        ? new WholeTrajectory(device, session, sampler, schedule, noise)
        : new StepByStep(session, sampler, schedule, noise, denoiser);
  }

  /** Most samples of a call. */
  int rows();

  /** Samples {@code firstSample …} as (rows, latent). */
  float[] sample(long firstSample, int rows);

  @Override
  void close();
}
