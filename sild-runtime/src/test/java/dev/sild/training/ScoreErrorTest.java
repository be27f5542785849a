package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sampling.GaussianMixture;
import org.junit.jupiter.api.Test;

/** A trained denoiser against the closed form. */
class ScoreErrorTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261122);
  private static final int ROWS = 2000;
  private static final int LEVELS = 21;

  /**
   * The error of the score in the metric of training: λ(σ) σ⁴ E‖s_θ − s‖² = λ(σ) E‖D_θ − D‖², λ =
   * (σ² + 1)/σ², over ln σ ~ N(P_mean, P_std²) (its middle 3 standard deviations, uniform levels
   * with normal weights), x_σ of the mixture. Beside it the same for the best linear denoiser x/(1
   * + σ²), where training began, and the error λ E‖D − x_0‖² that no denoiser avoids.
   */
  @Test
  void theTrainedScoreIsCloseToTheScoreOfTheMixture() {
    System.out.println("seed " + SEED);
    GaussianMixture mixture = GaussianMixture.three();
    try (MixtureStage stage =
        new MixtureStage(mixture, MixtureStage.rule(2000, 256, 4e-3), 64, 2, SEED)) {
      long begun = System.nanoTime();
      stage.trainer.run(0, _ -> {});
      double seconds = (System.nanoTime() - begun) * 1e-9;
      Errors errors = errors(stage, mixture);
      System.out.printf(
          "trained in %.1f s: score error %.5f, of the linear denoiser %.4f, unavoidable %.4f%n",
          seconds, errors.trained, errors.linear, errors.unavoidable);
      assertThat(errors.trained).isLessThan(0.02 * errors.linear);
      assertThat(errors.trained).isLessThan(0.02 * errors.unavoidable);
    }
  }

  private record Errors(double trained, double linear, double unavoidable) {}

  private static Errors errors(MixtureStage stage, GaussianMixture mixture) {
    try (Parameters averaged = new Parameters();
        MemoryPlan plan = new MemoryPlan("inference")) {
      Blueprint blueprint = new Blueprint(averaged, plan, ROWS, false);
      var network = stage.network(blueprint);
      Slot input = blueprint.rows("x", 2);
      Slot output = blueprint.rows("d", 2);
      averaged.allocate(stage.device, false);
      plan.allocate(stage.device);
      Weights.of(stage.parameters, Kind.AVERAGE).copyTo(averaged, Kind.VALUE);
      double[] sums = new double[3];
      double weights = 0;
      for (int level = 0; level < LEVELS; level++) {
        double z = 3.0 * (2.0 * level / (LEVELS - 1) - 1);
        double sigma = Math.exp(MixtureStage.P_MEAN + z * MixtureStage.P_STD);
        double weight = Math.exp(-z * z / 2);
        weights += weight;
        float[] clean = new float[2 * ROWS];
        float[] noisy = noisy(mixture, clean, sigma, level);
        input.view().write(noisy);
        network.denoise(stage.stream, output.view(), input.view(), sigma);
        double lambda = weight * (sigma * sigma + 1) / (sigma * sigma) / ROWS;
        add(sums, lambda, mixture, sigma, noisy, clean, output.view().floats());
      }
      return new Errors(sums[0] / weights, sums[1] / weights, sums[2] / weights);
    }
  }

  /** Samples that training has not seen, and their noise. */
  private static float[] noisy(GaussianMixture mixture, float[] clean, double sigma, int level) {
    float[] noisy = new float[clean.length];
    double[] n = new double[2];
    for (int i = 0; i < ROWS; i++) {
      double[] x = mixture.sample(SEED, 11, (long) level * ROWS + i);
      dev.sild.data.Philox.normals(n, SEED, 12, (long) level * ROWS + i, 0);
      for (int j = 0; j < 2; j++) {
        clean[2 * i + j] = (float) x[j];
        noisy[2 * i + j] = (float) (x[j] + sigma * n[j]);
      }
    }
    return noisy;
  }

  private static void add(
      double[] sums,
      double lambda,
      GaussianMixture mixture,
      double sigma,
      float[] noisy,
      float[] clean,
      float[] denoised) {
    for (int i = 0; i < noisy.length; i += 2) {
      double[] exact = mixture.denoise(new double[] {noisy[i], noisy[i + 1]}, sigma);
      for (int j = 0; j < 2; j++) {
        double linear = noisy[i + j] / (1 + sigma * sigma);
        sums[0] += lambda * Math.pow(denoised[i + j] - exact[j], 2);
        sums[1] += lambda * Math.pow(linear - exact[j], 2);
        sums[2] += lambda * Math.pow(clean[i + j] - exact[j], 2);
      }
    }
  }
}
