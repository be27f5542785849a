package dev.sild.theory.steps;

import dev.sild.Purpose;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.sampling.Schedule;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.util.stream.IntStream;

/**
 * The divergence that {@link PathKl} has a formula for, measured: the mean of ln p/q over paths of
 * the exact reverse process, p its law and q that of the ancestral steps, both from the exact law
 * at σ_max.
 *
 * <p>An exact path to x_0 is x' = a x + (1 − a) x_0 + τ z, a = σ'²/σ², τ² = σ'² (1 − a); the
 * sampler puts D for x_0. By Bayes p(x'|x) = p_σ'(x') N(x; x', σ² − σ'²)/p_σ(x): the densities of
 * the law but the first and the last cancel, and
 *
 * <pre>
 * ln p/q = ln p_{σ_K}(x_K) − ln p_{σ_0}(x_0)
 *        + ½ Σ (‖x' − a x − (1 − a) D‖²/τ² − ‖x − x'‖²/(σ² − σ'²) + d ln a).
 * </pre>
 *
 * The curve m is not used. Owns its memory.
 */
public final class SimulatedKl implements AutoCloseable {
  private static final int CHUNK = 1 << 20; // numbers of a view

  private final Device device;
  private final Target target;
  private final int seed;
  private final int batch;
  private final Stream stream;
  private final ExactDenoiser denoiser;
  private final MemoryPlan memory = new MemoryPlan("paths");
  private final View x;
  private final View next;
  private final View denoised;
  private final View density;
  private final View at;

  /** Paths of one law. */
  public SimulatedKl(Device device, Target target, int samples, int seed) {
    this.device = device;
    this.target = target;
    this.seed = seed;
    batch = Math.clamp(CHUNK / target.dimension(), 1, samples);
    stream = device.openStream();
    denoiser = new ExactDenoiser(device, target, batch);
    Slot first = memory.add("x", batch, target.dimension());
    Slot second = memory.add("x'", batch, target.dimension());
    Slot estimate = memory.add("denoised", batch, target.dimension());
    Slot logarithm = memory.add("ln p", batch);
    Slot step = memory.add("at", DType.U8, Step.BYTES);
    memory.allocate(device);
    x = first.view();
    next = second.view();
    denoised = estimate.view();
    density = logarithm.view();
    at = step.view();
  }

  /** Of so many paths along a schedule, nats. */
  public static Estimate of(
      Device device, Target target, Schedule schedule, int samples, int seed) {
    try (SimulatedKl paths = new SimulatedKl(device, target, samples, seed)) {
      return paths.measure(schedule, samples);
    }
  }

  private Estimate measure(Schedule schedule, int samples) {
    double[] logs = new double[samples];
    try (Source source = target.source(device, batch, Purpose.HELD_OUT_SAMPLES.noise(seed))) {
      for (int done = 0; done < samples; done += batch) {
        int rows = Math.min(batch, samples - done);
        Step.at(done).writeTo(stream, at);
        source.prepare(stream, done, rows);
        View clean = source.batch(stream, at, rows).data();
        double[] found = follow(schedule, clean, rows);
        System.arraycopy(found, 0, logs, done, rows);
      }
    }
    return Estimate.mean(logs);
  }

  /** ln p/q of each row. */
  private double[] follow(Schedule schedule, View clean, int rows) {
    Noise noise = Purpose.SAMPLING.noise(seed);
    View here = x.first(rows);
    View there = next.first(rows);
    View d = denoised.first(rows);
    View logDensity = density.first(rows);
    double[] logs = new double[rows];
    stream.samplerStep(here, null, 0, clean, 1, null, 0, schedule.first(), noise, at, -1);
    for (int i = 0; i < schedule.steps(); i++) {
      double sigma = schedule.sigma(i);
      double to = schedule.sigma(i + 1);
      double a = (to * to) / (sigma * sigma);
      double tau = to * Math.sqrt(1 - a);
      denoiser.denoise(stream, d, i == 0 ? logDensity : null, here, sigma);
      stream.samplerStep(there, here, a, clean, 1 - a, null, 0, tau, noise, at, i);
      if (i == 0) add(logs, logDensity, -1);
      addStep(logs, here, there, d, a, tau);
      View swapped = here;
      here = there;
      there = swapped;
    }
    denoiser.denoise(stream, d, logDensity, here, schedule.last());
    add(logs, logDensity, 1);
    return logs;
  }

  private void add(double[] logs, View logDensity, double sign) {
    stream.synchronize();
    float[] values = logDensity.floats();
    for (int i = 0; i < logs.length; i++) logs[i] += sign * values[i];
  }

  private void addStep(double[] logs, View from, View to, View estimate, double a, double tau) {
    stream.synchronize();
    float[] x = from.floats();
    float[] y = to.floats();
    float[] d = estimate.floats();
    int columns = target.dimension();
    double forward = tau * tau / a; // σ² − σ'²
    IntStream.range(0, logs.length)
        .parallel()
        .forEach(i -> {
          double rest = 0;
          double move = 0;
          for (int j = i * columns; j < (i + 1) * columns; j++) {
            double r = y[j] - a * x[j] - (1 - a) * d[j];
            double s = x[j] - y[j];
            rest += r * r;
            move += s * s;
          }
          logs[i] += 0.5 * (rest / (tau * tau) - move / forward + columns * Math.log(a));
        });
  }

  @Override
  public void close() {
    stream.close();
    denoiser.close();
    memory.close();
  }
}
