package dev.sild.theory.regimes;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.data.Philox;
import dev.sild.data.Source;
import dev.sild.evaluation.NearestNeighbours;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Trajectory;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.util.function.Function;

/**
 * U-turns (Biroli et al. 2024): x_0 of a law forward to t, then twice back by the exact denoiser,
 * with noises of their own. Whether the two clones have one class tells whether it was still open
 * at t. The class of a sample is that of the nearest component. Owns its memory.
 */
public final class CloneExperiment implements AutoCloseable {
  private static final double LAST = 0.02; // of σ(t)

  private final Device device;
  private final Target law;
  private final int[] labels;
  private final int pairs;
  private final int steps;
  private final int seed;
  private final ExactDenoiser denoiser;
  private final Stream stream;
  private final MemoryPlan memory = new MemoryPlan("clones");
  private final Trajectory trajectory;
  private final float[] starts; // (pairs, d)

  /**
   * @param labels class of each component of the law
   * @param pairs of clones at each time
   * @param steps ancestral ones from σ(t) to a fiftieth of it, uniform in log σ
   */
  public CloneExperiment(Device device, Target law, int[] labels, int pairs, int steps, int seed) {
    this.device = device;
    this.law = law;
    this.labels = labels;
    this.pairs = pairs;
    this.steps = steps;
    this.seed = seed;
    int d = law.dimension();
    denoiser = new ExactDenoiser(device, law, 2 * pairs);
    stream = device.openStream();
    Function<Noise, Trajectory> room = Trajectory.plan(memory, 2L * pairs, d);
    memory.allocate(device);
    trajectory = room.apply(Purpose.SAMPLING.noise(seed));
    Step.at(0).writeTo(stream, trajectory.at());
    try (Source source = law.source(device, pairs, Purpose.HELD_OUT_SAMPLES.noise(seed))) {
      source.prepare(stream, 0, pairs);
      var rows = source.batch(stream, null, pairs).data();
      stream.synchronize();
      starts = rows.floats();
    }
  }

  /**
   * What clones of one time are like.
   *
   * @param t time of the turn
   * @param same share of pairs of one class
   * @param returned share of clones whose nearest component is that of their x_0
   * @param clones (2 pairs, d): the two of a pair one after the other
   */
  public record Clones(double t, double same, double returned, float[] clones) {}

  /** x_0 of each pair, (pairs, d). */
  public float[] starts() {
    return starts.clone();
  }

  /**
   * Turns at t.
   *
   * @param time the number of the turn: its noise is its own
   */
  public Clones turn(double t, int time) {
    double sigma = CollapseTime.sigma(t);
    trajectory.x().write(forward(sigma, time));
    Schedule schedule = Schedule.logSnr(sigma, LAST * sigma, steps);
    Trajectory own = trajectory.of(2L * pairs, Purpose.SAMPLING.noise(seed + time));
    Sampler.integrate(stream, denoiser, new Ancestral().whole(schedule), own);
    stream.synchronize();
    float[] clones = trajectory.x().floats();
    int[] ends = nearest(clones, 2 * pairs);
    int[] origins = nearest(starts, pairs);
    int same = 0;
    int returned = 0;
    for (int i = 0; i < pairs; i++) {
      if (labels[ends[2 * i]] == labels[ends[2 * i + 1]]) same++;
      for (int k = 0; k < 2; k++) if (ends[2 * i + k] == origins[i]) returned++;
    }
    return new Clones(t, (double) same / pairs, returned / (2.0 * pairs), clones);
  }

  private float[] forward(double sigma, int time) {
    int d = law.dimension();
    float[] x = new float[2 * pairs * d];
    double[] normals = new double[d];
    Noise noise = Purpose.EVALUATION_NOISE.noise(seed);
    for (int i = 0; i < pairs; i++) {
      Philox.normals(normals, noise.seed(), noise.purpose(), i, time);
      for (int j = 0; j < d; j++) {
        float value = (float) (starts[i * d + j] + sigma * normals[j]);
        x[2 * i * d + j] = value;
        x[(2 * i + 1) * d + j] = value;
      }
    }
    return x;
  }

  private int[] nearest(float[] rows, int count) {
    return NearestNeighbours.of(
            device, rows, count, law.centres(), law.components(), law.dimension())
        .indices();
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    denoiser.close();
  }
}
