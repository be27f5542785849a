package dev.sild.sild;

import dev.sild.UserException;

/** How a stage is optimised. Steps are counted in batches, half-lives in samples. */
public sealed interface Optimisation {
  long steps();

  int batch();

  /**
   * Peak of the learning rate: linear warm-up over {@link #warmup} steps, then a cosine to zero.
   */
  double learningRate();

  long warmup();

  double weightDecay();

  /** Largest gradient norm, 0 for none. */
  double clip();

  /** Half-life of the moving average of the weights, in samples seen. */
  long emaHalflife();

  /** The half-life is at most this share of the samples seen so far: the ramp-up. */
  double emaRamp();

  /** Stage 1: ln σ uniform on [ln sigmaMin, ln sigmaMax], λ = 1/σ². */
  record Collapse(
      double sigmaMin,
      double sigmaMax,
      long steps,
      int batch,
      double learningRate,
      long warmup,
      double weightDecay,
      double clip,
      long emaHalflife,
      double emaRamp)
      implements Optimisation {
    public Collapse {
      if (!(sigmaMin > 0 && sigmaMax >= sigmaMin && sigmaMax < Double.POSITIVE_INFINITY))
        throw new UserException(
            "collapse needs 0 < sigma_min ≤ sigma_max, not %s and %s"
                .formatted(sigmaMin, sigmaMax));
      check(
          "collapse", steps, batch, learningRate, warmup, weightDecay, clip, emaHalflife, emaRamp);
    }
  }

  /** Stage 2: ln σ ~ N(pMean, pStd²), λ = 1/c_out². */
  record Refine(
      double pMean,
      double pStd,
      long steps,
      int batch,
      double learningRate,
      long warmup,
      double weightDecay,
      double clip,
      long emaHalflife,
      double emaRamp)
      implements Optimisation {
    public Refine {
      if (!Double.isFinite(pMean) || !(pStd > 0 && pStd < Double.POSITIVE_INFINITY))
        throw new UserException(
            "refine needs a finite p_mean and p_std > 0, not %s and %s".formatted(pMean, pStd));
      check("refine", steps, batch, learningRate, warmup, weightDecay, clip, emaHalflife, emaRamp);
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
      long emaHalflife,
      double emaRamp)
      implements Optimisation {
    public Classify {
      if (shift < 0 || !(noise >= 0))
        throw new UserException("classifier needs shift ≥ 0 and noise ≥ 0");
      check(
          "classifier",
          steps,
          batch,
          learningRate,
          warmup,
          weightDecay,
          clip,
          emaHalflife,
          emaRamp);
    }
  }

  private static void check(
      String stage,
      long steps,
      int batch,
      double learningRate,
      long warmup,
      double weightDecay,
      double clip,
      long emaHalflife,
      double emaRamp) {
    require(steps >= 1, stage, "steps", steps);
    require(batch >= 1, stage, "batch", batch);
    require(learningRate > 0 && learningRate < 1, stage, "learning_rate", learningRate);
    require(warmup >= 0, stage, "warmup", warmup);
    require(weightDecay >= 0 && weightDecay < 1, stage, "weight_decay", weightDecay);
    require(clip >= 0, stage, "clip", clip);
    require(emaHalflife >= 1, stage, "ema_halflife", emaHalflife);
    require(emaRamp > 0, stage, "ema_ramp", emaRamp);
  }

  private static void require(boolean holds, String stage, String key, Object value) {
    if (!holds)
      throw new UserException("%s.%s = %s is out of its range".formatted(stage, key, value));
  }

  /** η at a step counted from 0. */
  default double learningRate(long step) {
    if (step < warmup()) return learningRate() * (step + 1) / (warmup() + 1);
    double done = (double) (step - warmup()) / Math.max(1, steps() - warmup());
    return learningRate() * 0.5 * (1 + Math.cos(Math.PI * done));
  }

  /** Weight of the old average at a step counted from 0. */
  default double emaDecay(long step) {
    double seen = (double) (step + 1) * batch();
    double halflife = Math.min(emaHalflife(), emaRamp() * seen);
    return Math.pow(0.5, batch() / halflife);
  }
}
