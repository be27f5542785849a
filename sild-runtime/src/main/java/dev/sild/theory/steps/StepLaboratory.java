package dev.sild.theory.steps;

import dev.sild.Purpose;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.NearestNeighbours;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Trajectory;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.util.ArrayList;
import java.util.List;

/**
 * Samplers and schedules on a law whose denoiser is exact: what they should lose by the error
 * curve, and what their samples lose. Owns its memory.
 */
public final class StepLaboratory implements AutoCloseable {
  private static final int BATCH = 1024;
  private static final int DIRECTIONS = 128;
  private static final int SAMPLES_A_LABEL = 20;

  private final Device device;
  private final Target target;
  private final int samples;
  private final int seed;
  private final ExactDenoiser denoiser;
  private final Stream stream;
  private final MemoryPlan memory = new MemoryPlan("steps");
  private final Trajectory trajectory;
  private final float[] truth; // exact samples

  /**
   * A laboratory for one law.
   *
   * @param samples drawn for each measurement
   */
  public StepLaboratory(Device device, Target target, int samples, int seed) {
    this.samples = samples;
    this.device = device;
    this.target = target;
    this.seed = seed;
    denoiser = new ExactDenoiser(device, target, BATCH);
    stream = device.openStream();
    Slot[] slots = new Slot[4];
    for (int i = 0; i < 4; i++) slots[i] = memory.add("state " + i, BATCH, target.dimension());
    Slot at = memory.add("at", DType.U8, Step.BYTES);
    memory.allocate(device);
    trajectory =
        new Trajectory(
            slots[0].view(),
            slots[1].view(),
            slots[2].view(),
            slots[3].view(),
            Purpose.SAMPLING.noise(seed),
            at.view());
    truth = exact(Purpose.HELD_OUT_SAMPLES);
  }

  /**
   * m(γ) over levels uniform in log σ, each from so many samples and noises of its own, so that the
   * errors of the levels are independent.
   *
   * @param part curves of other parts are independent, too
   */
  public DenoisingCurve curve(double sigmaMax, double sigmaMin, int levels, int samples, int part) {
    double[] sigmas = ErrorCurve.levels(sigmaMin, sigmaMax, levels);
    List<ErrorCurve.Point> points = new ArrayList<>();
    for (int i = 0; i < levels; i++) {
      int own = seed + part * levels + i;
      try (Source source = target.source(device, BATCH, Purpose.HELD_OUT_SAMPLES.noise(own))) {
        double[] one = {sigmas[i]};
        points.addAll(
            ErrorCurve.measure(device, stream, denoiser, source, one, samples, BATCH, own)
                .points());
      }
    }
    return curve(points);
  }

  /**
   * The same from samples and noises that all levels share: their errors move together, and
   * differences of m, of which a path divergence consists, are known better than m.
   */
  public DenoisingCurve sharedCurve(
      double sigmaMax, double sigmaMin, int levels, int samples, int part) {
    int own = seed + part;
    double[] sigmas = ErrorCurve.levels(sigmaMin, sigmaMax, levels);
    try (Source source = target.source(device, BATCH, Purpose.HELD_OUT_SAMPLES.noise(own))) {
      return curve(
          ErrorCurve.measure(device, stream, denoiser, source, sigmas, samples, BATCH, own)
              .points());
    }
  }

  private static DenoisingCurve curve(List<ErrorCurve.Point> points) {
    List<ErrorCurve.Point> rising = points.reversed(); // in γ
    return DenoisingCurve.measured(
        rising.stream().mapToDouble(ErrorCurve.Point::gamma).toArray(),
        rising.stream().mapToDouble(ErrorCurve.Point::m).toArray(),
        rising.stream().mapToDouble(ErrorCurve.Point::standardError).toArray());
  }

  /**
   * What samples are like.
   *
   * @param labels divergence of their labels; NaN where there are too few samples, or a label is
   *     missing
   * @param distance to as many exact samples
   * @param samplesPerSecond of drawing
   */
  public record Quality(
      LabelDivergence labels, SlicedWasserstein distance, double samplesPerSecond) {}

  /** Draws by a sampler, the last evaluation at σ_min included, and compares. */
  public Quality measure(Sampler sampler, Schedule schedule) {
    long begun = System.nanoTime();
    float[] drawn = draw(sampler, schedule);
    double seconds = (System.nanoTime() - begun) * 1e-9;
    return new Quality(labels(drawn), distance(drawn), samples / seconds);
  }

  /** The distance of two sets of exact samples: less than that tells nothing. */
  public SlicedWasserstein floor() {
    return distance(exact(Purpose.TRAINING_SAMPLES));
  }

  private SlicedWasserstein distance(float[] drawn) {
    return SlicedWasserstein.of(drawn, truth, samples, target.dimension(), DIRECTIONS, seed);
  }

  private float[] draw(Sampler sampler, Schedule schedule) {
    int d = target.dimension();
    float[] all = new float[Math.multiplyExact(samples, d)];
    for (int at = 0; at < samples; at += BATCH) {
      int rows = Math.min(BATCH, samples - at);
      Trajectory part = trajectory.of(rows, trajectory.noise());
      Step.at(at).writeTo(stream, part.at());
      stream.samplerStep(
          part.x(), null, 0, null, 0, null, 0, schedule.first(), part.noise(), part.at(), -1);
      Sampler.integrate(stream, denoiser, sampler.whole(schedule), part);
      float[] rowsDrawn = part.x().floats();
      System.arraycopy(rowsDrawn, 0, all, at * d, rows * d);
    }
    return all;
  }

  private float[] exact(Purpose purpose) {
    try (Source source = target.source(device, samples, purpose.noise(seed))) {
      source.prepare(stream, 0, samples);
      View rows = source.batch(stream, null, samples).data();
      stream.synchronize();
      return rows.floats();
    }
  }

  /** The divergence of labels alone, the rare ones in groups that are large enough. */
  public LabelDivergence groupedLabels(Sampler sampler, Schedule schedule) {
    int[] counts = counts(draw(sampler, schedule));
    return LabelDivergence.grouped(target.weights(), counts, SAMPLES_A_LABEL);
  }

  private LabelDivergence labels(float[] drawn) {
    if ((long) SAMPLES_A_LABEL * target.components() > samples)
      return new LabelDivergence(Double.NaN, Double.NaN);
    return LabelDivergence.of(target.weights(), counts(drawn));
  }

  private int[] counts(float[] drawn) {
    int m = target.components();
    int[] counts = new int[m];
    for (int label :
        NearestNeighbours.of(device, drawn, samples, target.centres(), m, target.dimension())
            .indices()) counts[label]++;
    return counts;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    denoiser.close();
  }
}
