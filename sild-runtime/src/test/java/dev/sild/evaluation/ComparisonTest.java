package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  /** Three seeds of reconstruction error and modes; NaN for an undefined figure. */
  private static Comparison.Row row(String name, double[] mse, double... modes) {
    List<Map<String, Double>> seeds = new ArrayList<>();
    for (int i = 0; i < mse.length; i++) {
      Map<String, Double> metrics = new TreeMap<>();
      metrics.put("reconstruction_mse", Double.isNaN(mse[i]) ? null : mse[i]);
      metrics.put("modes", modes[i]);
      metrics.put("classifier_accuracy", 0.9);
      seeds.add(metrics);
    }
    return new Comparison.Row(name, name, seeds);
  }

  private static final double[] UNDEFINED = {Double.NaN, Double.NaN, Double.NaN};

  private static final Comparison COMPARISON =
      new Comparison(
          List.of(
              row("sild", new double[] {0.10, 0.11, 0.12}, 900, 910, 905),
              row("vae", new double[] {0.20, 0.212, 0.219}, 899, 912, 904),
              row("vae-tuned", new double[] {0.30, 0.30, 0.30}, 990, 991, 1000),
              row("ae", new double[] {0.05, 0.06, 0.07}, 500, 510, 490),
              row("ambient", UNDEFINED, 1000, 999, 1000)));

  @Test
  void meansAndStandardErrorsAreOfTheSeeds() {
    Comparison.Row sild = COMPARISON.rows().getFirst();
    assertThat(sild.mean("modes")).isEqualTo(905);
    assertThat(sild.standardError("modes")).isEqualTo(5 / Math.sqrt(3));
    assertThat(sild.mean("nonsense")).isNull();
    assertThat(COMPARISON.rows().getLast().mean("reconstruction_mse")).isNull();
  }

  @Test
  void onlyMetricsThatRankAreCriteria() {
    assertThat(COMPARISON.criteria())
        .containsExactly(new Criterion("reconstruction_mse", true), new Criterion("modes", false));
    assertThat(Criterion.among(List.of("kid_x_se", "kid_x", "fid", "neighbour_share_below")))
        .containsExactly(new Criterion("fid", true), new Criterion("kid_x", true));
    List<String> molecules =
        List.of(
            "frechet_descriptors",
            "frechet_descriptors_of_training",
            "latent_active_units",
            "snn",
            "snn_of_training",
            "validity");
    assertThat(Criterion.among(molecules))
        .containsExactly(
            new Criterion("validity", false),
            new Criterion("snn", false),
            new Criterion("latent_active_units", false),
            new Criterion("frechet_descriptors", true));
    assertThat(Criterion.among(List.of("latent_active_units"))).isEmpty(); // of other data
  }

  /**
   * Against the best VAE it wins, against the autoencoder it loses, and on modes against ambient.
   */
  @Test
  void claimsAreMadeAgainstTheBest() {
    List<Comparison.Claim> claims = COMPARISON.claims();
    assertThat(claims)
        .extracting(claim -> claim.rival().name())
        .containsExactly("vae", "ae", "ambient");
    assertThat(claims)
        .extracting(claim -> claim.verdict().toString())
        .containsExactly("holds", "does not hold", "does not hold");
    assertThat(claims.getFirst().text()).isEqualTo("reconstruction_mse lower than the best VAE");
  }
}
