package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.data.Npy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiagnoseCommandTest {
  private static final int SEED = 20261126;

  @TempDir static Path scratch;

  private static Map<?, ?> diagnosis(Object subject, String... more) {
    List<String> args =
        new java.util.ArrayList<>(List.of("diagnose", subject.toString(), "--json"));
    args.addAll(List.of(more));
    return Outcome.good(args.toArray(String[]::new)).json();
  }

  private static double number(Map<?, ?> json, String key) {
    assertThat(json.get(key)).as(key).isInstanceOf(Number.class);
    return ((Number) json.get(key)).doubleValue();
  }

  /**
   * 1000 points on a circle in R⁵. In units of variance 1 a coordinate its radius is √5: one
   * dimension; λ_max = 5/2, so that t_S = ½ ln 5; and a point seen through σ = 0.02 is worth ln(2π
   * √5 / (σ √(2π e))) = 5.1 nats, less than the ln 900 that a collapse takes.
   */
  @Test
  void aCircle() throws IOException {
    int n = 1000;
    int d = 5;
    Random random = new Random(SEED);
    float[] x = new float[n * d];
    for (int i = 0; i < n; i++) {
      double angle = 2 * Math.PI * random.nextDouble();
      x[i * d] = (float) Math.cos(angle);
      x[i * d + 1] = (float) Math.sin(angle);
    }
    Path file = scratch.resolve("circle.npy");
    Npy.write(file, x, n, d);
    Map<?, ?> found =
        diagnosis(file, "--samples", "512", "--out", scratch.resolve("circle").toString());
    assertThat(number(found, "intrinsic_dimension")).isCloseTo(1, within(0.25)); // 4 √(2/512)
    assertThat(number(found, "dimension_by_jacobian")).isEqualTo(1);
    assertThat(number(found, "dimension_by_neighbours")).isCloseTo(1, within(0.05));
    assertThat(number(found, "t_s")).isCloseTo(0.5 * Math.log(d), within(0.1));
    assertThat(number(found, "log_training_samples")).isCloseTo(Math.log(0.9 * n), within(1e-9));
    double nats = Math.log(2 * Math.PI * Math.sqrt(d) / (0.02 * Math.sqrt(2 * Math.PI * Math.E)));
    assertThat(number(found, "information"))
        .isCloseTo(nats, within(1.0)); // at most, for 900 points
    assertThat(found.get("t_c")).isNull();
    assertThat(found.get("memorisation_p")).isNull();
    assertThat(number(found, "recommended_steps")).isBetween(2.0, 2000.0);
    assertThat(scratch.resolve("circle/report.html")).content().contains("Intrinsic dimension");
  }

  @Test
  void aRunAndItsData() throws IOException {
    Path run = Tiny.run(scratch);
    Map<?, ?> found = diagnosis(run, "--samples", "64");
    for (String key : List.of("intrinsic_dimension", "information", "t_s", "t_c", "memorisation_p"))
      assertThat(number(found, key)).as(key).isNotNegative();
    assertThat(number(found, "dimension_by_jacobian")).isEqualTo(1); // of the two of its latent
    assertThat(run.resolve("diagnosis/metrics.json")).exists();
    Map<?, ?> data = diagnosis(scratch.resolve("helix.csv"), "--samples", "64", "--out", out());
    assertThat(number(data, "intrinsic_dimension")).isCloseTo(1, within(0.3));
  }

  @Test
  void dataSpaceDiffusionIsDiagnosedInDataSpace() throws IOException {
    Path run = scratch.resolve("ambient");
    String helix = Tiny.helix(scratch).toString();
    Outcome.good(Tiny.train("array", "--data", helix, "--method", "ambient", "--out", run + ""));
    Map<?, ?> found = diagnosis(run, "--samples", "64");
    assertThat((List<?>) found.get("jacobian_values")).hasSize(3); // of R³ itself
    assertThat(number(found, "t_s")).isPositive();
  }

  @Test
  void whatCannotBeDiagnosed() throws IOException {
    Path csv = Tiny.helix(scratch);
    for (String[] bad :
        List.of(
            new String[] {"diagnose"},
            new String[] {"diagnose", scratch.resolve("nowhere.npy").toString()},
            new String[] {"diagnose", scratch.toString()},
            new String[] {"diagnose", csv.toString(), "--data", csv.toString()},
            new String[] {"diagnose", csv.toString(), "--samples", "1"},
            new String[] {"diagnose", csv.toString(), "--kl", "0"})) {
      Outcome outcome = Outcome.of(bad);
      assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
      assertThat(outcome.err().lines()).hasSize(1);
    }
  }

  private static String out() {
    return scratch.resolve("out").toString();
  }
}
