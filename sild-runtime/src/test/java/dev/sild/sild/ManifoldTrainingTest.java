package dev.sild.sild;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.LatentLikelihood;
import dev.sild.evaluation.UserNets;
import dev.sild.training.Training;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Score matching finds the manifold: after a short collapse stage the plateau of m(σ)/σ² on
 * held-out data is the intrinsic dimension within a tenth, and the alignment risk there is at most
 * a tenth of k σ².
 */
class ManifoldTrainingTest {
  private static final int SEED = Integer.getInteger("sild.seed", 1);

  @ParameterizedTest
  @CsvSource({"2, 20", "2, 200", "5, 20", "5, 200", "10, 20", "10, 200"})
  void thePlateauOfSpheresIsTheirDimension(int k, int d) throws IOException {
    Map<String, Double> found =
        train(
            Map.of(
                "data.intrinsic",
                k,
                "data.ambient",
                d,
                "autoencoder.latent",
                k + 1,
                "collapse.steps",
                1500));
    assertWithinATenth(found, k);
    assertThat(found.get("alignment_risk_over_k_sigma2")).isLessThanOrEqualTo(0.1);
  }

  /** The flat torus does not embed in R³: latent size 2k. */
  @Test
  void thePlateauOfATorusIsItsDimension() throws IOException {
    Map<String, Double> found =
        train(Map.of("data.manifold", "torus", "autoencoder.latent", 4, "collapse.steps", 2500));
    assertWithinATenth(found, 2);
    assertThat(found.get("alignment_risk_over_k_sigma2")).isLessThanOrEqualTo(0.1);
  }

  /** A graph over R^k: latent size k is enough. */
  @Test
  void thePlateauOfACurvedGaussianIsItsDimension() throws IOException {
    Map<String, Double> found =
        train(
            Map.of(
                "data.manifold",
                "curved-gaussian",
                "autoencoder.latent",
                2,
                "collapse.steps",
                2500));
    assertWithinATenth(found, 2);
    assertThat(found.get("alignment_risk_over_k_sigma2")).isLessThanOrEqualTo(0.1);
  }

  /** The two-layer network of the theory, its principal coordinates and their decoder. */
  @Test
  void theConservativeNetworkFindsTheSphere() throws IOException {
    Map<String, Double> found =
        train(Map.of("autoencoder.kind", "conservative", "collapse.steps", 1500));
    assertWithinATenth(found, 2);
    assertThat(found.get("alignment_risk_over_k_sigma2")).isLessThanOrEqualTo(0.1);
  }

  private static void assertWithinATenth(Map<String, Double> found, int k) {
    assertThat(found.get("intrinsic_dimension")).isNotNull().isBetween(0.9 * k, 1.1 * k);
  }

  /** The preset with these settings and hardly any second stage, which the figures do not see. */
  private static Map<String, Double> train(Map<String, Object> changes) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("refine.steps", "1");
    settings.put("evaluation.samples", "16");
    settings.put("evaluation.held_out", "256");
    changes.forEach((key, value) -> settings.put(key, value.toString()));
    RunConfig config = ConfigFile.of("manifold", settings);
    DataSet data = config.data().load(null, SEED);
    long begun = System.nanoTime();
    try (Device device = Device.open("cpu");
        Model model =
            new Model(
                new Training(config, SEED, data, device, null, Progress.SILENT, () -> false)
                    .train(),
                device)) {
      Map<String, Double> found =
          new Evaluation(
                  model,
                  data,
                  device,
                  SEED,
                  null,
                  UserNets.NONE,
                  LatentLikelihood.NONE,
                  Progress.SILENT,
                  () -> false)
              .measure()
              .metrics();
      System.out.printf(
          "%s, seed %d, %.1f s: dimension %.3f at σ = %.3f, alignment %.4f k σ²%n",
          data.describe(),
          SEED,
          (System.nanoTime() - begun) * 1e-9,
          found.get("intrinsic_dimension"),
          found.get("intrinsic_dimension_sigma"),
          found.get("alignment_risk_over_k_sigma2"));
      return found;
    }
  }
}
