package dev.sild;

import dev.sild.bindings.Noise;

/** What random numbers are drawn for: each purpose has its own, whatever else is drawn. */
public enum Purpose {
  INITIAL_AUTOENCODER,
  INITIAL_DECODER,
  INITIAL_DENOISER,
  INITIAL_CLASSIFIER,
  TRAINING_SAMPLES,
  REFINE_SAMPLES,
  HELD_OUT_SAMPLES,
  CLASSIFIER_SAMPLES,
  COLLAPSE_NOISE,
  REFINE_NOISE,
  CLASSIFIER_NOISE,
  EVALUATION_NOISE,
  SAMPLING,
  POSTERIOR_NOISE,
  PRIOR_SAMPLES,
  TARGET_CENTRES,
  PROJECTIONS,
  DIVERGENCE_PROBES,
  DEQUANTISATION,
  RANDOM_FEATURES,
  HIDDEN_LABELS,
  DRAWN_LABELS;

  /** The key of this purpose under a seed. */
  public Noise noise(int seed) {
    return new Noise(seed, ordinal() + 1);
  }
}
