package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.sampling.GaussianMixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The loop: what it says, and how it stops. */
class TrainerTest {
  private static final int SEED = 20261122;
  private static final int BATCH = 32;

  private static MixtureStage stage(long steps) {
    return new MixtureStage(
        GaussianMixture.three(), MixtureStage.rule(steps, BATCH, 2e-3), 16, 1, SEED);
  }

  @Test
  void saysEveryIntervalAndTheLastStep() {
    List<Interval> heard = new ArrayList<>();
    try (MixtureStage stage = stage(120)) {
      stage.trainer.run(0, heard::add);
      assertThat(heard).extracting(Interval::step).containsExactly(50L, 100L, 120L);
      assertThat(heard).extracting(Interval::samples).containsExactly(1600L, 3200L, 3840L);
      Interval last = heard.getLast();
      assertThat(last.learningRate()).isEqualTo(stage.rule.learningRate(119));
      assertThat(last.gradientNorm()).isPositive();
    }
  }

  /**
   * One step an interval of one: the bins are sums over the rows of one batch, which the host can
   * see.
   */
  @Test
  void binsSumToTheBatchAndAgreeWithTheHost() {
    List<Interval> heard = new ArrayList<>();
    try (MixtureStage stage = stage(1)) {
      stage.trainer.run(0, heard::add);
      float[] sigma = stage.objective.sigma().floats();
      float[] error = stage.objective.error().floats();
      float[] loss = stage.objective.loss().floats();
      Interval interval = heard.getFirst();
      assertThat(interval.bins().stream().mapToLong(Interval.Bin::count).sum()).isEqualTo(BATCH);
      double m = 0;
      double squares = 0;
      for (Interval.Bin bin : interval.bins()) {
        m += bin.m() * bin.count();
        squares += (bin.deviation() * bin.deviation() + bin.m() * bin.m()) * bin.count();
        double gamma = 1 / (bin.sigma() * bin.sigma());
        assertThat(bin.gamma()).isCloseTo(gamma, within(1e-9 * gamma));
      }
      double hostM = 0;
      double hostSquares = 0;
      double hostLoss = 0;
      for (int i = 0; i < BATCH; i++) {
        hostM += error[i];
        hostSquares += (double) error[i] * error[i];
        hostLoss += loss[i] / BATCH;
        double s2 = (double) sigma[i] * sigma[i]; // λ = (σ² + 1)/σ², a mean over 2 coordinates
        double weighted = error[i] * (1 + s2) / s2 / 2;
        assertThat((double) loss[i]).isCloseTo(weighted, within(4 * 0x1p-23 * weighted));
      }
      assertThat(m).isCloseTo(hostM, within(1e-12 * hostM)); // both in double
      assertThat(squares).isCloseTo(hostSquares, within(1e-9 * hostSquares));
      assertThat(interval.loss()).isCloseTo(hostLoss, within(1e-12 * hostLoss));
    }
  }

  /** m of each bin is the mean over exactly the rows whose ln σ lies in it. */
  @Test
  void aBinHoldsItsOwnNoiseLevels() {
    List<Interval> heard = new ArrayList<>();
    try (MixtureStage stage = stage(1)) {
      stage.trainer.run(0, heard::add);
      float[] sigma = stage.objective.sigma().floats();
      float[] error = stage.objective.error().floats();
      double width = 6 * MixtureStage.P_STD / 24;
      for (Interval.Bin bin : heard.getFirst().bins()) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < BATCH; i++)
          if (Math.abs(Math.log(sigma[i]) - Math.log(bin.sigma())) <= width / 2 + 1e-6) {
            sum += error[i];
            count++;
          }
        assertThat(count).isEqualTo(bin.count());
        assertThat(bin.m()).isCloseTo(sum / count, within(1e-9 * bin.m()));
      }
    }
  }

  @Test
  void spoiledDataStopTheRunWithItsParametersAsBefore() {
    try (MixtureStage stage = stage(200)) {
      assertThatThrownBy(() -> stage.trainer.run(0, interval -> stage.source.spoil()))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("loss")
          .hasMessageContaining("step 50 of refine");
      try (MixtureStage fifty = stage(200)) { // the same, stopped where the other was spoiled
        assertThatThrownBy(() ->
                fifty.trainer.run(
                    0,
                    _ -> {
                      throw new IllegalStateException("enough");
                    }))
            .hasMessage("enough");
        for (Kind kind : Kind.values())
          if (kind != Kind.GRADIENT && stage.parameters.has(kind))
            assertThat(stage.parameters.flat(kind).floats())
                .as(kind.name())
                .isEqualTo(fifty.parameters.flat(kind).floats());
      }
    }
  }

  /** The loss sees every weight, so a NaN in one shows there. */
  @Test
  void aSpoiledWeightIsNoticedAndLeavesTheOthersAlone() {
    try (MixtureStage stage = stage(50)) {
      var weight = stage.parameters.get("denoiser.in.weight");
      float[] values = weight.value().floats();
      values[3] = Float.NaN;
      weight.value().write(values);
      float[] before = stage.parameters.flat(Kind.VALUE).floats();
      assertThatThrownBy(() -> stage.trainer.run(0, _ -> {}))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("step 0");
      assertThat(stage.parameters.flat(Kind.VALUE).floats()).isEqualTo(before);
    }
  }

  @Test
  void aBadGradientBehindAFiniteLossIsNamed() {
    try (MixtureStage stage = stage(50);
        Trainer trainer =
            new Trainer(
                "refine",
                stage.device,
                stage.stream,
                new Spoiled(stage, "denoiser.0.norm.shift"),
                stage.rule,
                0.1,
                10)) {
      float[] before = stage.parameters.flat(Kind.VALUE).floats();
      assertThatThrownBy(() -> trainer.run(0, _ -> {}))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("the gradient of denoiser.0.norm.shift")
          .hasMessageContaining("step 3");
      assertThat(stage.parameters.flat(Kind.VALUE).floats()).isNotEqualTo(before);
    }
  }

  /** An objective whose gradient of one tensor is infinite from sample 96 on: step 3 of 32. */
  private static final class Spoiled implements Objective {
    private final MixtureStage stage;
    private final String tensor;
    private long firstSample;

    Spoiled(MixtureStage stage, String tensor) {
      this.stage = stage;
      this.tensor = tensor;
    }

    @Override
    public Parameters parameters() {
      return stage.parameters;
    }

    @Override
    public void prepare(Stream stream, long first, int rows) {
      firstSample = first;
      stage.objective.prepare(stream, first, rows);
    }

    @Override
    public void gradients(Stream stream, View step, int rows) {
      stage.objective.gradients(stream, step, rows);
      if (firstSample < 3 * BATCH) return;
      View gradient = stage.parameters.get(tensor).gradient();
      float[] values = gradient.floats();
      values[values.length - 1] = Float.POSITIVE_INFINITY;
      gradient.write(values);
    }

    @Override
    public View loss() {
      return stage.objective.loss();
    }

    @Override
    public View error() {
      return stage.objective.error();
    }

    @Override
    public View sigma() {
      return stage.objective.sigma();
    }
  }

  @Test
  void twoHalvesAreOneWholeBitForBit() {
    try (MixtureStage whole = stage(100);
        MixtureStage halves = stage(100)) {
      whole.trainer.run(0, _ -> {});
      assertThatThrownBy(() ->
              halves.trainer.run(
                  0,
                  _ -> {
                    throw new IllegalStateException("stop");
                  }))
          .hasMessage("stop");
      halves.trainer.run(50, _ -> {});
      assertThat(halves.parameters.flat(Kind.AVERAGE).floats())
          .isEqualTo(whole.parameters.flat(Kind.AVERAGE).floats());
    }
  }
}
