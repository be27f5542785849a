package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.cuda.VirtualGpu;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code theory random-features} and {@code theory sampling}. */
class FeaturesCommandsTest {
  private static final String FEATURES =
      "theory random-features --intrinsic 1,2 --counts 64,256 --features 4,16 --seeds 2 --held-out"
          + " 512 --ambient 3,4 --encoder-steps 20 --encoder-width 8 --bank 128 --json";
  private static final String SAMPLING =
      "theory sampling --intrinsic 2,1 --ambient 4,6 --sigma1 8,2 --sigma2 0.1,0.3 --count 128"
          + " --features 8 --samples 128 --steps 10 --seeds 2 --json";

  @TempDir static Path scratch;

  private static String[] words(String command, String... more) {
    List<String> all = new java.util.ArrayList<>(List.of(command.split(" ")));
    all.addAll(List.of("--out", scratch.resolve("out").toString()));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static Map<?, ?> figure(Map<?, ?> result, String name) {
    assertThat(result.keySet().stream().map(Object::toString)).contains(name);
    return (Map<?, ?>) result.get(name);
  }

  @Test
  void exponentsWithIntervals() {
    Map<?, ?> result = Outcome.good(words(FEATURES)).json();
    assertThat((List<?>) result.get("rows")).hasSize(2 * 2 * (2 * 2) + 2 * 2);
    Map<?, ?> exponent = figure(result, "excess risk, k = 1, σ = 0.5 against n");
    assertThat((double) exponent.get("measured"))
        .isBetween((double) exponent.get("low"), (double) exponent.get("high"));
    assertThat(exponent.get("theory")).isEqualTo(-0.5);
    Map<?, ?> flat = figure(result, "excess risk, exact latents against d");
    assertThat((double) flat.get("measured")).isBetween(-0.01, 0.01);
    assertThat(scratch.resolve("out/report.html")).content().contains("best linear denoiser");
    assertThat(scratch.resolve("out/results.md")).content().contains("learned latents");
  }

  @Test
  void threeContributionsAndTheirDamping() {
    Map<?, ?> result = Outcome.good(words(SAMPLING)).json();
    List<?> rows = (List<?>) result.get("rows");
    assertThat(rows).hasSize(2 * (3 + 2 + 2)); // seeds, (σ_1 and σ_2, k and d, linear)
    for (Object row : rows)
      for (String part : List.of("head", "latent", "collapse", "total", "theory", "measured"))
        assertThat((double) ((Map<?, ?>) row).get(part)).as(part).isPositive();
    Map<?, ?> damping = figure(result, "cosine head, E‖x − x'‖ against OU time of the switch");
    assertThat((double) damping.get("measured")).isBetween(-5.0, -0.5);
    assertThat((double) damping.get("theory")).isBetween(-4.0, -1.0);
    assertThat(scratch.resolve("out/report.html")).content().contains("Damping");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "theory random-features --intrinsic 1 --counts 32 --features 4 --seeds 1 --held-out 16"
            + " --ambient 3 --encoder-steps 2 --encoder-width 4 --bank 8 --json",
        "theory sampling --intrinsic 1 --ambient 3 --sigma1 4 --sigma2 0.2 --count 32 --features 4"
            + " --samples 16 --steps 5 --seeds 1 --head cosine --json"
      })
  void onAGpu(String command) {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    Map<?, ?> gpu = Outcome.good(words(command, "--device", "cuda")).json();
    Map<?, ?> cpu = Outcome.good(words(command, "--device", "cpu")).json();
    assertThat((List<?>) gpu.get("rows")).isNotEmpty().hasSameSizeAs((List<?>) cpu.get("rows"));
    double[] both = new double[2];
    for (int i = 0; i < 2; i++) {
      Map<?, ?> row = (Map<?, ?>) ((List<?>) (i == 0 ? gpu : cpu).get("rows")).getFirst();
      both[i] = (double) row.get("measured");
    }
    assertThat(both[0]).isBetween(0.98 * both[1], 1.02 * both[1]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "random-features --counts 64,32",
        "random-features --features 0",
        "random-features --ambient 1",
        "random-features --sigma 0",
        "random-features --variance 1",
        "random-features --ridge -1",
        "random-features --seeds 0",
        "random-features --kind spline",
        "sampling --head spline",
        "sampling --ambient 2",
        "sampling --sigma1 90",
        "sampling --sigma1 4,4.1",
        "sampling --sigma1 0.05",
        "sampling --sigma-min 100",
        "sampling --steps 1"
      })
  void settingsThatCannotBeMeant(String words) {
    Outcome outcome = Outcome.of(("theory " + words + " --device cpu").split(" "));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err().lines()).hasSize(1);
  }
}
