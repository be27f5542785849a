package dev.sild.bindings;

/** The law of the noise level σ of a sample. */
public sealed interface SigmaLaw {

  /** σ = sigma. At 0, perturb writes the clean samples. */
  record Fixed(double sigma) implements SigmaLaw {}

  /** ln σ uniform on [ln low, ln high], 0 &lt; low ≤ high. */
  record LogUniform(double low, double high) implements SigmaLaw {}

  /** ln σ ~ N(mean, deviation²): P_mean and P_std of Karras et al. 2022. */
  record LogNormal(double mean, double deviation) implements SigmaLaw {}
}
