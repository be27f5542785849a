package dev.sild.training;

import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.sild.Optimisation;
import dev.sild.sild.PowerAverage;
import java.util.ArrayList;
import java.util.List;

/**
 * The training loop. Nothing in a step allocates device memory or waits for the device; every
 * {@link #INTERVAL} steps the host looks at what has gathered. Owns its few state tensors.
 */
public final class Trainer implements AutoCloseable {
  /** Steps between two looks of the host: the grain of statistics, checkpoints and cancellation. */
  public static final int INTERVAL = 50;

  private static final int BINS = 24;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.99;

  /** Hears of every interval; may stop the loop by throwing. */
  @FunctionalInterface
  public interface Listener {
    void after(Interval interval);
  }

  private final String stage;
  private final Stream stream;
  private final Objective objective;
  private final Optimisation optimisation;
  private final AdamW rule;
  private final double lowest;
  private final double highest;
  private final MemoryPlan state = new MemoryPlan("training state");
  private final Slot step = state.add("step", DType.U8, Step.BYTES);
  private final Slot squaredNorm = state.add("squared norm", DType.F64, 1);
  private final Slot stopped = state.add("stopped", DType.I64, 1);
  private final Slot bins = state.add("bins", DType.F64, BINS, 4);
  private final Slot sum; // of the gradients of a batch's parts, or null
  private final PowerAverage average;
  private final PowerAverage secondAverage; // or null

  /**
   * @param lowest, highest range of σ that the statistics' bins cover
   */
  public Trainer(
      String stage,
      Device device,
      Stream stream,
      Objective objective,
      Optimisation optimisation,
      double lowest,
      double highest) {
    this.stage = stage;
    this.stream = stream;
    this.objective = objective;
    this.optimisation = optimisation;
    this.lowest = Math.log(lowest);
    this.highest = Math.log(highest) + 1e-6; // a fixed σ is an interval too
    boolean parts = optimisation.rows() < optimisation.batch();
    sum = parts ? state.add("gradient sum", objective.parameters().elements()) : null;
    average = PowerAverage.ofSigmaRel(optimisation.emaSigmaRel());
    secondAverage =
        optimisation.secondEmaSigmaRel() > 0
            ? PowerAverage.ofSigmaRel(optimisation.secondEmaSigmaRel())
            : null;
    rule = new AdamW(BETA1, BETA2, 1e-8, optimisation.weightDecay(), optimisation.clip());
    state.allocate(device);
  }

  /** Trains from step {@code from} to the end of the stage. */
  public void run(long from, Listener listener) {
    long begun = System.nanoTime();
    bins.view().clear();
    try (Batch batch = sum == null ? new WholeBatch() : new BatchInParts()) {
      for (long k = from; k < optimisation.steps(); k++) {
        batch.step(k);
        if ((k + 1) % INTERVAL == 0 || k + 1 == optimisation.steps()) {
          stream.synchronize();
          requireFinite();
          listener.after(interval(k, (System.nanoTime() - begun) * 1e-9));
          bins.view().clear();
        }
      }
    }
  }

  /** A training step, recorded. */
  private interface Batch extends AutoCloseable {
    void step(long k);

    @Override
    void close();
  }

  private final class WholeBatch implements Batch {
    private final Recording whole =
        stream.record(() -> {
          gradients();
          update(objective.parameters().flat(Kind.GRADIENT));
        });

    @Override
    public void step(long k) {
      ready(k, 0);
      whole.run();
    }

    @Override
    public void close() {
      whole.close();
    }
  }

  /** The gradient of a batch is the mean of its parts'. */
  private final class BatchInParts implements Batch {
    private final int parts = optimisation.batch() / optimisation.rows();
    private final Recording first = stream.record(() -> addGradients(0));
    private final Recording other = stream.record(() -> addGradients(1));
    private final Recording update = stream.record(() -> update(sum.view()));

    private void addGradients(double kept) {
      gradients();
      View g = objective.parameters().flat(Kind.GRADIENT);
      View before = kept == 0 ? null : sum.view();
      stream.samplerStep(
          sum.view(), before, kept, g, 1.0 / parts, null, 0, 0, new Noise(0, 0), null, 0);
    }

    @Override
    public void step(long k) {
      for (int part = 0; part < parts; part++) {
        ready(k, part);
        (part == 0 ? first : other).run();
      }
      at(k, 0).writeTo(stream, step.view());
      update.run();
    }

    @Override
    public void close() {
      first.close();
      other.close();
      update.close();
    }
  }

  private void ready(long k, int part) {
    at(k, part).writeTo(stream, step.view());
    objective.prepare(stream, at(k, part).firstSample(), optimisation.rows());
  }

  private void gradients() {
    objective.gradients(stream, step.view(), optimisation.rows());
    stream.binErrors(
        bins.view(), objective.sigma(), objective.error(), objective.loss(), lowest, highest);
  }

  private void update(View gradient) {
    Parameters p = objective.parameters();
    stream.sumOfSquares(squaredNorm.view(), gradient);
    stream.adamwEma(
        p.flat(Kind.VALUE),
        p.flat(Kind.FIRST_MOMENT),
        p.flat(Kind.SECOND_MOMENT),
        p.flat(Kind.AVERAGE),
        secondAverage == null ? null : p.flat(Kind.SECOND_AVERAGE),
        stopped.view(),
        gradient,
        squaredNorm.view(),
        step.view(),
        rule);
  }

  private Step at(long k, int part) {
    return new Step(
        k * optimisation.batch() + (long) part * optimisation.rows(),
        optimisation.learningRate(k),
        1 / (1 - Math.pow(BETA1, k + 1)),
        1 / (1 - Math.pow(BETA2, k + 1)),
        average.decay(k),
        secondAverage == null ? 1 : secondAverage.decay(k));
  }

  /**
   * A gradient that was not finite has stopped the update; the step is repeated to find its tensor.
   */
  private void requireFinite() {
    long mark = stopped.view().longs()[0];
    if (mark == 0) return;
    long k = (mark - 1) / optimisation.batch();
    String tensor = "the gradient";
    for (int part = 0; part < optimisation.batch() / optimisation.rows(); part++) {
      ready(k, part);
      objective.gradients(stream, step.view(), optimisation.rows());
      String found = firstNotFinite();
      if (found == null) continue;
      tensor = found;
      break;
    }
    throw new NotFiniteException(
        "%s is not finite at step %d of %s; the parameters stand as before it"
            .formatted(tensor, k, stage));
  }

  private String firstNotFinite() {
    if (!finite(objective.loss())) return "the loss";
    for (Parameter parameter : objective.parameters().all())
      if (!finite(parameter.gradient())) return "the gradient of " + parameter.name();
    return null;
  }

  private boolean finite(View view) {
    stream.sumOfSquares(squaredNorm.view(), view);
    return Double.isFinite(squaredNorm.view().doubles()[0]);
  }

  private Interval interval(long k, double seconds) {
    double[] sums = bins.view().doubles();
    List<Interval.Bin> filled = new ArrayList<>();
    double count = 0;
    double loss = 0;
    for (int i = 0; i < BINS; i++) {
      double n = sums[4 * i];
      if (n == 0) continue;
      double sigma = Math.exp(lowest + (i + 0.5) * (highest - lowest) / BINS);
      double m = sums[4 * i + 1] / n;
      double deviation = Math.sqrt(Math.max(0, sums[4 * i + 2] / n - m * m));
      filled.add(
          new Interval.Bin(
              sigma, 1 / (sigma * sigma), (long) n, m, deviation, sums[4 * i + 3] / n));
      count += n;
      loss += sums[4 * i + 3];
    }
    return new Interval(
        stage,
        k + 1,
        (k + 1) * optimisation.batch(),
        seconds,
        loss / count,
        optimisation.learningRate(k),
        Math.sqrt(squaredNorm.view().doubles()[0]),
        filled);
  }

  @Override
  public void close() {
    state.close();
  }
}
