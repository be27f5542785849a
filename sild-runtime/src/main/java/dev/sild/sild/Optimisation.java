package dev.sild.sild;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.UserException;

/** How a stage is optimised. Steps are counted in batches. */
public sealed interface Optimisation {

  /** What follows the warm-up of the learning rate η, over the steps that are left. */
  enum Decay {
    /** Half a cosine to zero. */
    @JsonProperty("cosine")
    COSINE,
    /** None. */
    @JsonProperty("constant")
    CONSTANT,
    /** η √(warmup/step), as Vaswani et al. 2017 and Karras et al. 2024 have it. */
    @JsonProperty("inverse-sqrt")
    INVERSE_SQRT
  }

  long steps();

  int batch();

  /**
   * Rows that go through the network at a time, their gradients added up to a batch's; 0 for all.
   */
  int microBatch();

  /** Peak of the learning rate, after a linear warm-up over {@link #warmup} steps. */
  double learningRate();

  long warmup();

  Decay decay();

  double weightDecay();

  /** Largest gradient norm, 0 for none. */
  double clip();

  /** σ_rel of the weights' average: the width of its profile, as a share of the training so far. */
  double emaSigmaRel();

  /** The same of a second average in the same run, 0 for none. */
  default double secondEmaSigmaRel() {
    return 0;
  }

  /** Stage 1: ln σ uniform on [ln sigmaMin, ln sigmaMax], λ = 1/σ². */
  record Collapse(
      double sigmaMin,
      double sigmaMax,
      long steps,
      int batch,
      int microBatch,
      double learningRate,
      long warmup,
      Decay decay,
      double weightDecay,
      double clip,
      double emaSigmaRel)
      implements Optimisation {
    public Collapse {
      if (!(sigmaMin > 0 && sigmaMax >= sigmaMin && sigmaMax < Double.POSITIVE_INFINITY))
        throw new UserException(
            "collapse needs 0 < sigma_min ≤ sigma_max, not %s and %s"
                .formatted(sigmaMin, sigmaMax));
      new Check("collapse")
          .steps(steps, batch, microBatch)
          .rate(learningRate, warmup, decay)
          .rest(weightDecay, clip)
          .average("ema_sigma_rel", emaSigmaRel);
    }

    /** The same with so many rows at a time. */
    public Collapse withMicroBatch(int rows) {
      return new Collapse(
          sigmaMin,
          sigmaMax,
          steps,
          batch,
          rows,
          learningRate,
          warmup,
          decay,
          weightDecay,
          clip,
          emaSigmaRel);
    }
  }

  /** Stage 2: ln σ ~ N(pMean, pStd²), λ = 1/c_out². */
  record Refine(
      double pMean,
      double pStd,
      long steps,
      int batch,
      int microBatch,
      double learningRate,
      long warmup,
      Decay decay,
      double weightDecay,
      double clip,
      double emaSigmaRel,
      double secondEmaSigmaRel)
      implements Optimisation {
    public Refine {
      if (!Double.isFinite(pMean) || !(pStd > 0 && pStd < Double.POSITIVE_INFINITY))
        throw new UserException(
            "refine needs a finite p_mean and p_std > 0, not %s and %s".formatted(pMean, pStd));
      new Check("refine")
          .steps(steps, batch, microBatch)
          .rate(learningRate, warmup, decay)
          .rest(weightDecay, clip)
          .average("ema_sigma_rel", emaSigmaRel)
          .secondAverage(secondEmaSigmaRel);
    }

    /** The same for another number of steps. */
    public Refine withSteps(long count) {
      return with(count, microBatch);
    }

    /** The same with so many rows at a time. */
    public Refine withMicroBatch(int rows) {
      return with(steps, rows);
    }

    private Refine with(long count, int rows) {
      return new Refine(
          pMean,
          pStd,
          count,
          batch,
          rows,
          learningRate,
          warmup,
          decay,
          weightDecay,
          clip,
          emaSigmaRel,
          secondEmaSigmaRel);
    }
  }

  /**
   * The digit classifier behind the measures: cross-entropy on digits shifted by up to {@code
   * shift}.
   */
  record Classify(
      int shift,
      double noise,
      long steps,
      int batch,
      double learningRate,
      long warmup,
      double weightDecay,
      double clip,
      double emaSigmaRel)
      implements Optimisation {
    public Classify {
      if (shift < 0 || !(noise >= 0))
        throw new UserException("classifier needs shift ≥ 0 and noise ≥ 0");
      new Check("classifier")
          .steps(steps, batch, 0)
          .rate(learningRate, warmup, Decay.COSINE)
          .rest(weightDecay, clip)
          .average("ema_sigma_rel", emaSigmaRel);
    }

    @Override
    public int microBatch() {
      return 0;
    }

    @Override
    public Decay decay() {
      return Decay.COSINE;
    }
  }

  /** Ranges that all stages share. */
  record Check(String stage) {
    Check steps(long steps, int batch, int microBatch) {
      require(steps >= 1, "steps", steps);
      require(batch >= 1, "batch", batch);
      boolean divides = microBatch == 0 || (microBatch > 0 && batch % microBatch == 0);
      if (!divides)
        throw new UserException(
            "%s.micro_batch = %d does not divide %s.batch = %d"
                .formatted(stage, microBatch, stage, batch));
      return this;
    }

    Check rate(double learningRate, long warmup, Decay decay) {
      require(learningRate > 0 && learningRate < 1, "learning_rate", learningRate);
      require(warmup >= (decay == Decay.INVERSE_SQRT ? 1 : 0), "warmup", warmup);
      require(decay != null, "decay", null);
      return this;
    }

    Check rest(double weightDecay, double clip) {
      require(weightDecay >= 0 && weightDecay < 1, "weight_decay", weightDecay);
      require(clip >= 0, "clip", clip);
      return this;
    }

    Check average(String key, double sigmaRel) {
      require(sigmaRel > 0 && sigmaRel <= PowerAverage.WIDEST, key, sigmaRel);
      return this;
    }

    void secondAverage(double sigmaRel) {
      if (sigmaRel != 0) average("second_ema_sigma_rel", sigmaRel);
    }

    private void require(boolean holds, String key, Object value) {
      if (!holds)
        throw new UserException("%s.%s = %s is out of its range".formatted(stage, key, value));
    }
  }

  /** Rows that go through the network at a time. */
  default int rows() {
    return microBatch() == 0 ? batch() : microBatch();
  }

  /** η at a step counted from 0. */
  default double learningRate(long step) {
    if (step < warmup()) return learningRate() * (step + 1) / (warmup() + 1);
    double done = (double) (step - warmup()) / Math.max(1, steps() - warmup());
    return learningRate()
        * switch (decay()) {
          case COSINE -> 0.5 * (1 + Math.cos(Math.PI * done));
          case CONSTANT -> 1;
          case INVERSE_SQRT -> Math.sqrt((double) warmup() / Math.max(step, warmup()));
        };
  }
}
