package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.sampling.Schedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepsCommandTest {
  @TempDir static Path scratch;

  private static String[] steps(String target, String... more) {
    List<String> args =
        new java.util.ArrayList<>(
            List.of("steps", "--target", target, "--budgets", "4,8", "--samples", "512"));
    args.addAll(List.of("--out", scratch.resolve("steps").toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  @Test
  void aTableForAllSamplersSchedulesAndBudgets() {
    Map<?, ?> result = Outcome.good(steps("hypercube:d=2", "--kl", "0.5", "--json")).json();
    List<?> rows = (List<?>) result.get("rows");
    assertThat(rows).hasSize(2 * 7 * 5);
    for (Object object : rows) {
      Map<?, ?> row = (Map<?, ?>) object;
      boolean density = List.of("em", "ancestral").contains(row.get("sampler"));
      assertThat(row.get("kl_predicted") != null).as(row.toString()).isEqualTo(density);
      assertThat((double) row.get("sliced_wasserstein")).isBetween(0.0, 1.0);
      assertThat(row.get("evaluations")).isIn(4, 8);
      if (density && row.get("kl_measured") instanceof Double measured)
        assertThat(measured) // labels cannot show more than the paths lose
            .isLessThan((double) row.get("kl_predicted") + 4 * (double) row.get("kl_measured_se"));
    }
    assertThat((double) result.get("entropy")).isEqualTo(2 * Math.log(2));
    assertThat((double) result.get("quality_floor")).isBetween(1e-6, 0.1);
    int enough = (int) result.get("recommended_steps");
    Schedule found = Schedule.read(scratch.resolve("steps/las-%d.txt".formatted(enough)));
    assertThat(found.steps()).isEqualTo(enough);
    assertThat(scratch.resolve("steps/report.html")).content().contains("sliced_wasserstein");
  }

  /** A step of Euler–Maruyama depends on the variable that it is taken in. */
  @Test
  void emStepsInTheVariableThatIsNamed() {
    double[] predicted = new double[3];
    for (int i = 0; i < 3; i++) {
      String sde = List.of("ve", "vp", "subvp").get(i);
      Map<?, ?> result =
          Outcome.good(
                  steps(
                      "hypercube:d=1",
                      "--samplers",
                      "em",
                      "--schedules",
                      "logsnr",
                      "--sde",
                      sde,
                      "--json"))
              .json();
      predicted[i] =
          (double) ((Map<?, ?>) ((List<?>) result.get("rows")).get(1)).get("kl_predicted");
      assertThat(predicted[i]).isPositive();
    }
    assertThat(predicted).doesNotHaveDuplicates();
  }

  /** Stepped by its labels, a mixture loses less: the Gaussian part is exact. */
  @Test
  void mixturesAreSteppedBothWays() {
    Map<?, ?> result =
        Outcome.good(
                steps(
                    "mixture:components=4,d=3,v=0.2,scale=1",
                    "--samplers",
                    "ancestral",
                    "--schedules",
                    "las",
                    "--json"))
            .json();
    List<?> rows = (List<?>) result.get("rows");
    assertThat(rows).hasSize(4);
    for (int i = 0; i < 4; i++) {
      Map<?, ?> row = (Map<?, ?>) rows.get(i);
      assertThat(row.get("stepped_in")).isEqualTo(i < 2 ? "sigma" : "sigma_tilde");
      assertThat((double) row.get("kl_measured") - 4 * (double) row.get("kl_measured_se"))
          .as(row.toString())
          .isLessThan((double) row.get("kl_predicted"));
      if (i >= 2)
        assertThat((double) row.get("kl_predicted"))
            .isLessThan((double) ((Map<?, ?>) rows.get(i - 2)).get("kl_predicted") / 2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cube",
        "hypercube:d=99",
        "hypercube:e=3",
        "mixture:d=x",
        "mixture:v=-1",
        "none.npy"
      })
  void lawsThatAreNone(String target) {
    Outcome outcome = Outcome.of(steps(target));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void settingsThatCannotBeMeant() {
    for (String[] bad :
        List.of(
            steps("hypercube:d=2", "--sigma-min", "30"),
            steps("hypercube:d=2", "--samples", "1"),
            steps("hypercube:d=2", "--kl", "0"),
            steps("hypercube:d=2", "--seed", "-1"))) {
      Outcome outcome = Outcome.of(bad);
      assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
      assertThat(outcome.err().lines()).hasSize(1);
    }
  }
}
