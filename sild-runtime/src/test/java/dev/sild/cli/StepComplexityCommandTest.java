package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.bindings.cuda.VirtualGpu;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepComplexityCommandTest {
  @TempDir static Path scratch;

  private static String[] command(String... more) {
    List<String> args =
        new java.util.ArrayList<>(List.of("theory", "step-complexity", "--samples", "64"));
    args.addAll(List.of("--out", scratch.resolve("found").toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  @Test
  void theoryBesideMeasurement() {
    Map<?, ?> result =
        Outcome.good(command("--study", "codebook", "--kl", "1", "--device", "cpu", "--json"))
            .json();
    List<?> rows = (List<?>) result.get("rows");
    assertThat(rows).hasSize(16);
    for (Object object : rows) {
      Map<?, ?> row = (Map<?, ?>) object;
      assertThat((double) row.get("budget_best"))
          .isLessThan(
              (double) row.get("budget_logsnr_theory")
                  + 2
                  + 4 * (double) row.get("budget_best_se"));
      assertThat((double) row.get("theory")).isBetween(0.2, 3.0);
      assertThat(row.get("measured")).isInstanceOf(Double.class);
    }
    Map<?, ?> fit = (Map<?, ?>) result.get("codebook_exponent");
    assertThat((double) fit.get("slope"))
        .isBetween((double) fit.get("low"), (double) fit.get("high"));
    assertThat(scratch.resolve("found/report.html")).content().contains("log-SNR by theory");
    assertThat(scratch.resolve("found/results.md")).content().contains("| codebook | 256 | 64 |");
  }

  @Test
  void onTheOtherDevice() {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    Map<?, ?> result =
        Outcome.good(command("--study", "moment", "--kl", "2", "--device", "cuda", "--json"))
            .json();
    assertThat((List<?>) result.get("rows")).hasSize(7);
  }

  @Test
  void settingsThatCannotBeMeant() {
    for (String[] bad :
        List.of(
            command("--kl", "0"),
            command("--kl", "NaN"),
            command("--samples", "8"),
            command("--study", "none"),
            command("--seed", "-1"))) {
      Outcome outcome = Outcome.of(bad);
      assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
      assertThat(outcome.err().lines()).hasSize(1);
    }
  }
}
