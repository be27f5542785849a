package dev.sild.evaluation;

import dev.sild.evaluation.molecule.Descriptors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an evaluation found.
 *
 * @param metrics figures by their names in {@code metrics.json}; an undefined one is null
 * @param counts samples, seeds and settings behind them
 * @param collapse m(σ) of g ∘ f on held-out data; null where data are not compressed
 * @param latent m(σ) of the latent denoiser on held-out latents; null where none draws
 * @param latentSpectrum eigenvalues of the covariance of clean held-out latents in the encoder's
 *     units, (Z), descending; empty where they are undefined
 * @param pictures what the report shows of images and molecules
 * @param generated molecules; null of other data
 */
public record Measures(
    Map<String, Double> metrics,
    Map<String, Object> counts,
    ErrorCurve collapse,
    ErrorCurve latent,
    double[] latentSpectrum,
    Pictures pictures,
    Generated generated) {

  /**
   * Molecules that were drawn.
   *
   * @param smiles all, as they were drawn
   * @param samples descriptors of the valid ones
   * @param data descriptors of held-out molecules
   */
  public record Generated(List<String> smiles, Descriptors samples, Descriptors data) {}

  /**
   * Rows (n, D) side by side.
   *
   * @param data held-out samples
   * @param reconstructions of the same
   * @param samples drawn
   */
  public record Pictures(float[] data, float[] reconstructions, float[] samples) {}

  /** Collects metrics; NaN and infinities become null. */
  public static final class Builder {
    final Map<String, Double> metrics = new LinkedHashMap<>();
    final Map<String, Object> counts = new LinkedHashMap<>();

    /** The metrics so far, by their names. */
    public Map<String, Double> metrics() {
      return metrics;
    }

    void metric(String name, double value) {
      metrics.put(name, Double.isFinite(value) ? value : null);
    }

    void count(String name, Object value) {
      counts.put(name, value);
    }
  }
}
