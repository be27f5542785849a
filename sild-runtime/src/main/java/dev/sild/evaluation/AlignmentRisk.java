package dev.sild.evaluation;

import dev.sild.Purpose;
import dev.sild.data.Manifold;
import dev.sild.data.Philox;
import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;

/**
 * The geometric alignment risk E‖D(x + σ n) − Π(x + σ n)‖² on a manifold whose projection Π is
 * known.
 *
 * @param normal its part orthogonal to the manifold at Π(x + σ n)
 * @param tangent its part along it
 */
public record AlignmentRisk(double sigma, double normal, double tangent) {

  public double total() {
    return normal + tangent;
  }

  /** The risk of a model's g ∘ f at noise level σ, over fresh samples. */
  public static AlignmentRisk of(
      Model model, Manifold manifold, double sigma, int count, int seed) {
    int d = manifold.dimension();
    float[] noisy = new float[count * d];
    manifold.sample(noisy, seed, Purpose.HELD_OUT_SAMPLES.noise(seed).purpose(), 0, count);
    double[] n = new double[d];
    for (int i = 0; i < count; i++) {
      Philox.normals(n, seed, Purpose.EVALUATION_NOISE.noise(seed).purpose(), i, 0);
      for (int j = 0; j < d; j++) noisy[i * d + j] += (float) (sigma * n[j]);
    }
    float[] denoised = new float[noisy.length];
    model.reconstruct(MemorySegment.ofArray(denoised), MemorySegment.ofArray(noisy));
    return of(denoised, noisy, manifold, sigma);
  }

  /**
   * The mean over rows.
   *
   * @param denoised (n, d)
   * @param noisy (n, d), what was denoised
   */
  public static AlignmentRisk of(float[] denoised, float[] noisy, Manifold manifold, double sigma) {
    int d = manifold.dimension();
    int count = noisy.length / d;
    double total = 0;
    double tangent = 0;
    double[] x = new double[d];
    double[] projected = new double[d];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < d; j++) x[j] = noisy[i * d + j];
      manifold.project(projected, x);
      double[] basis = manifold.tangentBasis(projected);
      for (int j = 0; j < d; j++) {
        x[j] = denoised[i * d + j] - projected[j];
        total += x[j] * x[j];
      }
      for (int t = 0; t < manifold.intrinsicDimension(); t++) {
        double along = 0;
        for (int j = 0; j < d; j++) along += basis[t * d + j] * x[j];
        tangent += along * along;
      }
    }
    return new AlignmentRisk(sigma, (total - tangent) / count, tangent / count);
  }
}
