package dev.sild.sampling;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;

/** A device, a stream and room for so many rows: draws samples for tests. */
final class Run implements AutoCloseable {
  private final Device device = Device.open("cpu");
  private final Stream stream = device.openStream();
  private final MemoryPlan plan = new MemoryPlan("test");
  private final Trajectory all;

  Run(int rows, int dimension, int seed) {
    Slot at = plan.add("at", DType.U8, Step.BYTES);
    Slot[] slots = new Slot[4];
    for (int i = 0; i < 4; i++) slots[i] = plan.add("slot " + i, rows, dimension);
    plan.allocate(device);
    View[] views = new View[4];
    for (int i = 0; i < 4; i++) views[i] = slots[i].view();
    all = new Trajectory(views[0], views[1], views[2], views[3], new Noise(seed, 1), at.view());
  }

  /** Samples first … first + rows − 1. */
  float[] sample(Sampler sampler, Denoiser denoiser, Schedule schedule, int rows, long first) {
    Trajectory at = all.of(rows, all.noise());
    Step.at(first).writeTo(stream, at.at());
    sampler.sample(stream, denoiser, schedule, at);
    return at.x().floats();
  }

  /** Carries given states from the first level to the last. */
  float[] integrate(Sampler sampler, Denoiser denoiser, Schedule schedule, float... x) {
    Trajectory at = all.of(x.length / all.x().columns(), all.noise());
    at.x().write(x);
    Sampler.integrate(stream, denoiser, sampler.plan(schedule), at);
    return at.x().floats();
  }

  @Override
  public void close() {
    plan.close();
    stream.close();
    device.close();
  }
}
