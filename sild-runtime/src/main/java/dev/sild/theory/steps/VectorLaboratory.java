package dev.sild.theory.steps;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.data.BankSource;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.data.Vectors;
import dev.sild.diffusion.Denoiser;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.NearestNeighbours;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Trajectory;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import dev.sild.training.CleanPass;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Vectors and a denoiser of them: a law whose denoiser is exact, or a user's denoiser and data.
 * What samples show is the sliced Wasserstein distance to as many data, and for a law with
 * components the divergence of their labels. Owns its memory.
 */
public final class VectorLaboratory implements Laboratory {
  private static final String DISTANCE = "sliced_wasserstein";
  private static final int BATCH = 1024;
  private static final int DIRECTIONS = 128;
  private static final int SAMPLES_A_LABEL = 20;

  /** A law to draw from. */
  @FunctionalInterface
  private interface Law {
    Source source(Device device, int batch, Noise noise);
  }

  private final Device device;
  private final String name;
  private final int dimension;
  private final double secondMoment;
  private final Denoiser denoiser;
  private final Denoiser last; // which turns x at the schedule's end into a sample
  private final List<ExactDenoiser> owned;
  private final List<Law> parts; // behind the curves
  private final float[] truth; // (samples, d)
  private final float[] again; // other ones of the same law
  private final Target target; // whose labels samples get; null for data
  private final int samples;
  private final int seed;
  private final Stream stream;
  private final MemoryPlan memory = new MemoryPlan("steps");
  private final Trajectory trajectory;

  /**
   * A law, stepped in σ.
   *
   * @param samples drawn for each measurement
   */
  public static VectorLaboratory exact(Device device, Target target, int samples, int seed) {
    ExactDenoiser exact = new ExactDenoiser(device, target, BATCH);
    return new VectorLaboratory(
        device,
        target.name(),
        target.secondMoment(),
        exact,
        exact,
        List.of(exact),
        List.of(target::source, target::source),
        target::source,
        target,
        samples,
        seed);
  }

  /**
   * A mixture of one variance v, stepped in σ̃² = σ² + v: at σ̃ it is the law of the centres, whose
   * denoiser is E[μ_c | x], and the Gaussian part of a step is exact (DESIGN §1). Schedules are in
   * σ̃; the last evaluation is E[x_0 | x].
   */
  public static VectorLaboratory byLabel(Device device, Target target, int samples, int seed) {
    Target centres = target.labels();
    ExactDenoiser labels = new ExactDenoiser(device, centres, BATCH);
    ExactDenoiser exact = new ExactDenoiser(device, target, BATCH);
    Denoiser last =
        (stream, denoised, x, level) ->
            exact.denoise(
                stream, denoised, x, Math.sqrt(Math.max(0, level * level - target.variance())));
    return new VectorLaboratory(
        device,
        target.name(),
        centres.secondMoment(),
        labels,
        last,
        List.of(labels, exact),
        List.of(centres::source, centres::source),
        target::source,
        target,
        samples,
        seed);
  }

  /**
   * A user's denoiser and data that it was not trained on: one half for curves of part 0, the other
   * for those of part 1 and for comparison with what is drawn. The denoiser stays the caller's.
   */
  public static VectorLaboratory of(
      Device device, String name, Denoiser denoiser, Vectors data, int samples, int seed) {
    Vectors scored = data.select(i -> i % 2 == 1);
    return new VectorLaboratory(
        device,
        name,
        Target.rows(name, scored).secondMoment(),
        denoiser,
        denoiser,
        List.of(),
        List.of(bank(data.select(i -> i % 2 == 0)), bank(scored)),
        bank(scored),
        null,
        samples,
        seed);
  }

  private static Law bank(Vectors rows) {
    var units = DataSet.Normalisation.identity(rows.dimension());
    return (device, batch, noise) ->
        BankSource.vectors(device, rows, units.scale(), units.shift(), batch, noise);
  }

  private VectorLaboratory(
      Device device,
      String name,
      double secondMoment,
      Denoiser denoiser,
      Denoiser last,
      List<ExactDenoiser> owned,
      List<Law> parts,
      Law compared,
      Target target,
      int samples,
      int seed) {
    this.device = device;
    this.name = name;
    this.secondMoment = secondMoment;
    this.denoiser = denoiser;
    this.last = last;
    this.owned = owned;
    this.parts = parts;
    this.target = target;
    this.samples = samples;
    this.seed = seed;
    stream = device.openStream();
    truth = drawn(compared, Purpose.HELD_OUT_SAMPLES);
    again = drawn(compared, Purpose.TRAINING_SAMPLES);
    dimension = truth.length / samples;
    Function<Noise, Trajectory> room = Trajectory.plan(memory, BATCH, dimension);
    memory.allocate(device);
    trajectory = room.apply(Purpose.SAMPLING.noise(seed));
  }

  private float[] drawn(Law law, Purpose purpose) {
    try (Source source = law.source(device, BATCH, purpose.noise(seed))) {
      return CleanPass.samples(device, source, samples, BATCH);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public double secondMoment() {
    return secondMoment;
  }

  @Override
  public DenoisingCurve curve(double sigmaMax, double sigmaMin, int levels, int count, int part) {
    double[] sigmas = ErrorCurve.levels(sigmaMin, sigmaMax, levels);
    Noise noise = Purpose.HELD_OUT_SAMPLES.noise(seed);
    try (Source source = parts.get(part).source(device, BATCH, noise)) {
      return DenoisingCurve.of(
          ErrorCurve.independent(
              device, stream, denoiser, source, sigmas, count, BATCH, seed, part));
    }
  }

  /**
   * The same from samples and noises that all levels share: their errors move together, and
   * differences of m, of which a path divergence consists, are known better than m.
   *
   * @param part any number
   */
  public DenoisingCurve sharedCurve(
      double sigmaMax, double sigmaMin, int levels, int count, int part) {
    int own = seed + part;
    double[] sigmas = ErrorCurve.levels(sigmaMin, sigmaMax, levels);
    try (Source source =
        parts.getFirst().source(device, BATCH, Purpose.HELD_OUT_SAMPLES.noise(own))) {
      return DenoisingCurve.of(
          ErrorCurve.measure(device, stream, denoiser, source, sigmas, count, BATCH, own));
    }
  }

  @Override
  public String headline() {
    return DISTANCE;
  }

  @Override
  public Quality measure(Sampler sampler, Schedule schedule) {
    long begun = System.nanoTime();
    float[] drawn = draw(sampler, schedule);
    double seconds = (System.nanoTime() - begun) * 1e-9;
    Map<String, Double> figures = new LinkedHashMap<>();
    SlicedWasserstein distance = distance(drawn);
    figures.put(DISTANCE, distance.value());
    figures.put(DISTANCE + "_se", distance.standardError());
    if (target != null) {
      LabelDivergence labels = labels(drawn);
      figures.put("kl_measured", labels.known() ? labels.value() : null);
      figures.put("kl_measured_se", labels.known() ? labels.standardError() : null);
    }
    return new Quality(figures, samples / seconds);
  }

  /** The distance of two sets of data. */
  @Override
  public double floor() {
    return distance(again).value();
  }

  private SlicedWasserstein distance(float[] drawn) {
    return SlicedWasserstein.of(drawn, truth, samples, dimension, DIRECTIONS, seed);
  }

  private float[] draw(Sampler sampler, Schedule schedule) {
    float[] all = new float[Math.multiplyExact(samples, dimension)];
    for (int at = 0; at < samples; at += BATCH) {
      int rows = Math.min(BATCH, samples - at);
      Trajectory part = trajectory.of(rows, trajectory.noise());
      Step.at(at).writeTo(stream, part.at());
      stream.samplerStep(
          part.x(), null, 0, null, 0, null, 0, schedule.first(), part.noise(), part.at(), -1);
      Sampler.integrate(stream, denoiser, sampler.plan(schedule), part);
      last.denoise(stream, part.denoised(), part.x(), schedule.last());
      float[] rowsDrawn = part.denoised().floats();
      System.arraycopy(rowsDrawn, 0, all, at * dimension, rowsDrawn.length);
    }
    return all;
  }

  /** The divergence of labels alone, the rare ones in groups that are large enough. */
  public LabelDivergence groupedLabels(Sampler sampler, Schedule schedule) {
    int[] counts = counts(draw(sampler, schedule));
    return LabelDivergence.grouped(target.weights(), counts, SAMPLES_A_LABEL);
  }

  private LabelDivergence labels(float[] drawn) {
    return (long) SAMPLES_A_LABEL * target.components() > samples
        ? LabelDivergence.UNKNOWN
        : LabelDivergence.of(target.weights(), counts(drawn));
  }

  private int[] counts(float[] drawn) {
    int m = target.components();
    int[] counts = new int[m];
    for (int label :
        NearestNeighbours.of(device, drawn, samples, target.centres(), m, dimension).indices())
      counts[label]++;
    return counts;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    owned.forEach(ExactDenoiser::close);
  }
}
