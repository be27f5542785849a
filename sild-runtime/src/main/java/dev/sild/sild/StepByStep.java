package dev.sild.sild;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.diffusion.Denoiser;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Trajectory;

/** The reverse process op by op; that of a full batch is recorded and replayed. */
final class StepByStep implements ReverseProcess {
  private final Session session;
  private final Sampler sampler;
  private final Schedule schedule;
  private final Denoiser denoiser;
  private final Noise noise;
  private final Recording full;

  StepByStep(Session session, Sampler sampler, Schedule schedule, Noise noise, Denoiser denoiser) {
    this.session = session;
    this.sampler = sampler;
    this.schedule = schedule;
    this.denoiser = denoiser;
    this.noise = noise;
    full = session.stream().record(() -> issue(trajectory(session.rows())));
  }

  @Override
  public int rows() {
    return session.rows();
  }

  @Override
  public float[] sample(long firstSample, int rows) {
    Stream stream = session.stream();
    Trajectory trajectory = trajectory(rows);
    Step.at(firstSample).writeTo(stream, trajectory.at());
    if (rows == session.rows()) full.run();
    else issue(trajectory);
    return trajectory.x().floats();
  }

  private Trajectory trajectory(int rows) {
    return session.trajectory().of(rows, noise);
  }

  private void issue(Trajectory trajectory) {
    sampler.sample(session.stream(), denoiser, schedule, trajectory);
  }

  @Override
  public void close() {
    full.close();
  }
}
