package dev.sild.training;

import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.sild.Optimisation;
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
    rule = new AdamW(BETA1, BETA2, 1e-8, optimisation.weightDecay(), optimisation.clip());
    state.allocate(device);
  }

  /** Trains from step {@code from} to the end of the stage. */
  public void run(long from, Listener listener) {
    long begun = System.nanoTime();
    bins.view().clear();
    try (Recording update = stream.record(this::update)) {
      for (long k = from; k < optimisation.steps(); k++) {
        at(k).writeTo(stream, step.view());
        objective.prepare(stream, k * optimisation.batch(), optimisation.batch());
        update.run();
        if ((k + 1) % INTERVAL == 0 || k + 1 == optimisation.steps()) {
          stream.synchronize();
          requireFinite();
          listener.after(interval(k, (System.nanoTime() - begun) * 1e-9));
          bins.view().clear();
        }
      }
    }
  }

  private void update() {
    objective.gradients(stream, step.view(), optimisation.batch());
    Parameters p = objective.parameters();
    stream.sumOfSquares(squaredNorm.view(), p.flat(Kind.GRADIENT));
    stream.adamwEma(
        p.flat(Kind.VALUE),
        p.flat(Kind.FIRST_MOMENT),
        p.flat(Kind.SECOND_MOMENT),
        p.flat(Kind.AVERAGE),
        null,
        stopped.view(),
        p.flat(Kind.GRADIENT),
        squaredNorm.view(),
        step.view(),
        rule);
    stream.binErrors(
        bins.view(), objective.sigma(), objective.error(), objective.loss(), lowest, highest);
  }

  private Step at(long k) {
    return new Step(
        k * optimisation.batch(),
        optimisation.learningRate(k),
        1 / (1 - Math.pow(BETA1, k + 1)),
        1 / (1 - Math.pow(BETA2, k + 1)),
        optimisation.emaDecay(k));
  }

  /**
   * A gradient that was not finite has stopped the update; the step is repeated to find its tensor.
   */
  private void requireFinite() {
    long mark = stopped.view().longs()[0];
    if (mark == 0) return;
    long k = (mark - 1) / optimisation.batch();
    at(k).writeTo(stream, step.view());
    objective.prepare(stream, mark - 1, optimisation.batch());
    objective.gradients(stream, step.view(), optimisation.batch());
    String tensor = "the loss";
    if (finite(objective.loss()))
      for (Parameter parameter : objective.parameters().all())
        if (!finite(parameter.gradient())) {
          tensor = "the gradient of " + parameter.name();
          break;
        }
    throw new NotFiniteException(
        "%s is not finite at step %d of %s; the parameters stand as before it"
            .formatted(tensor, k, stage));
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
