package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.bindings.cuda.VirtualGpu;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlignmentCommandTest {
  @TempDir static Path scratch;

  private static String[] alignment(String... more) {
    List<String> args =
        new ArrayList<>(List.of("theory", "alignment", "--neurons", "16", "--batch", "16"));
    args.addAll(List.of("--intrinsic", "1", "--json"));
    args.addAll(List.of("--out", scratch.resolve("alignment").toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  @Test
  void aRowForEachFlowAndPart() {
    Map<?, ?> found =
        Outcome.good(
                alignment(
                    "--sigma", "0.4,0.6", "--time", "0.5", "--repeats", "2", "--ambient", "4"))
            .json();
    List<?> rows = (List<?>) found.get("rows");
    assertThat(rows).hasSize((1 + 3 * 2) * 2 * 2 * 2); // flows and parts, signs, weights, levels
    for (Object object : rows) {
      Map<?, ?> row = (Map<?, ?>) object;
      boolean theory =
          row.get("activation").equals("identity") || row.get("part").equals("mean_slope");
      assertThat(row.get("theory") != null).as(row.toString()).isEqualTo(theory);
      if (row.get("activation").equals("identity"))
        assertThat((double) row.get("measured")).isPositive();
    }
    assertThat((Map<?, ?>) found.get("power_of_sigma")).hasSize((1 + 3 * 2) * 2);
    Path folder = scratch.resolve("alignment");
    assertThat(folder.resolve("report.html")).content().contains("linear subspace");
    assertThat(folder.resolve("results.md")).content().contains("--sigma 0.4,0.6");
  }

  @Test
  void withNoiseTheFloorIsMeasured() {
    Map<?, ?> found =
        Outcome.good(alignment("--manifold", "linear", "--sigma", "0.5", "--temperature", "0.01"))
            .json();
    for (Object object : (List<?>) found.get("rows")) {
      Map<?, ?> row = (Map<?, ?>) object;
      assertThat(row.get("quantity")).isEqualTo("late_normal_part");
      assertThat((double) row.get("measured")).isPositive();
    }
  }

  @Test
  void aGpuRunsIt() {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    Outcome.good(
        alignment(
            "--device",
            "cuda",
            "--manifold",
            "sphere",
            "--activation",
            "silu",
            "--sigma",
            "0.5",
            "--time",
            "0.05",
            "--repeats",
            "1",
            "--weight",
            "2"));
  }

  @Test
  void settingsThatCannotBeMeant() {
    for (String[] bad :
        List.of(
            alignment("--neurons", "7"),
            alignment("--sigma", "0"),
            alignment("--weight", "3"),
            alignment("--temperature", "-1"),
            alignment("--step", "1"),
            alignment("--time", "0"),
            alignment("--decades", "9"),
            alignment("--repeats", "0"),
            alignment("--ambient", "1"),
            alignment("--ambient", "2"),
            alignment("--manifold", "torus"),
            alignment("--manifold", "sphere", "--activation", "identity"))) {
      Outcome outcome = Outcome.of(bad);
      assertThat(outcome.code()).as(String.join(" ", bad) + outcome.err()).isEqualTo(2);
      assertThat(outcome.err().lines()).hasSize(1);
    }
  }
}
