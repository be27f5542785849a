package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.Npy;
import dev.sild.data.Vectors;
import dev.sild.sampling.Schedule;
import dev.sild.sild.Model;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code steps} on trained runs, and on a denoiser from a file. */
class StepsRunTest {
  @TempDir static Path scratch;
  private static Path helix;
  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    helix = Tiny.helix(scratch);
    run = scratch.resolve("run");
    Outcome.good(Tiny.train("array", "--data", helix.toString(), "--out", run.toString()));
  }

  private static String[] steps(Object... args) {
    List<String> all = new ArrayList<>(List.of("steps"));
    for (Object arg : args) all.add(arg.toString());
    all.addAll(List.of("--budgets", "4,8", "--samples", "256", "--json"));
    return all.toArray(String[]::new);
  }

  private static Map<?, ?> row(Map<?, ?> result, int i) {
    return (Map<?, ?>) ((List<?>) result.get("rows")).get(i);
  }

  @Test
  void aRunIsMeasuredByItsPreset() throws IOException {
    Map<?, ?> result = Outcome.good(steps(run, "--samplers", "ancestral,heun")).json();
    assertThat((List<?>) result.get("rows")).hasSize(2 * 2 * 5);
    assertThat((double) result.get("information")).isPositive();
    assertThat(result.get("entropy")).isNull();
    assertThat(result.get("recommended_steps")).isIn(4, 8);
    double[] ancestral = new double[2];
    for (int i = 0; i < 20; i++) {
      Map<?, ?> row = row(result, i);
      assertThat((double) row.get("frechet_coordinates")).isPositive();
      assertThat(row.get("kl_predicted") != null).isEqualTo(row.get("sampler").equals("ancestral"));
      if (row.get("sampler").equals("ancestral") && row.get("schedule").equals("las"))
        ancestral[i / 10] = (double) row.get("kl_predicted");
    }
    assertThat(ancestral[1]).isLessThan(ancestral[0]); // twice the steps
    Path folder = run.resolve("steps");
    assertThat(Schedule.read(folder.resolve("las-8.txt")).steps()).isEqualTo(8);
    assertThat(folder.resolve("results.md")).content().contains("frechet_coordinates");
    assertThat(folder.resolve("report.html")).content().contains("estimate");
  }

  /** A schedule that was found serves {@code sample}. */
  @Test
  void theScheduleFoundDraws() {
    Path folder = scratch.resolve("found");
    Outcome.good(steps(run, "--samplers", "ancestral", "--schedules", "las", "--out", folder));
    String file = folder.resolve("las-4.txt").toString();
    String out = scratch.resolve("x.npy").toString();
    Outcome.good("sample", run.toString(), "--count", "3", "--schedule", file, "--out", out);
    assertThat(Vectors.read(Path.of(out)).count()).isEqualTo(3);
  }

  /**
   * The exported denoiser on the same latents: the same samples, so the same curve, but for f32.
   */
  @Test
  void aFileOfTheSameDenoiserHasTheSameCurve() throws IOException {
    Outcome.good("export", run.toString(), "--format", "onnx");
    Path latents = standardised();
    Object[] few = {"--samplers", "ancestral", "--schedules", "las"};
    Map<?, ?> own = Outcome.good(steps(run, few[0], few[1], few[2], few[3])).json();
    Path net;
    try (var files = Files.walk(run)) {
      net = files.filter(f -> f.endsWith("denoiser.onnx")).findFirst().orElseThrow();
    }
    Map<?, ?> file =
        Outcome.good(
                steps(
                    "--denoiser",
                    net,
                    "--data",
                    latents,
                    "--sigma-max",
                    own.get("sigma_max"),
                    "--sigma-min",
                    own.get("sigma_min"),
                    "--out",
                    scratch.resolve("net"),
                    few[0],
                    few[1],
                    few[2],
                    few[3]))
            .json();
    for (String key : List.of("information", "information_se"))
      assertThat((double) file.get(key))
          .isCloseTo((double) own.get(key), within(1e-4 * (double) own.get(key)));
    assertThat((double) row(file, 1).get("kl_predicted"))
        .isCloseTo((double) row(own, 1).get("kl_predicted"), within(1e-2)); // other sets of knots
    assertThat((double) row(file, 1).get("sliced_wasserstein")).isBetween(0.0, 1.0);
  }

  /** Held-out latents as the denoiser sees them, in the order of the data. */
  private static Path standardised() throws IOException {
    try (Device device = Device.open("cpu");
        Model model = Model.load(run, device)) {
      DataSet.Table table = (DataSet.Table) model.config().data().load(helix, 1);
      Vectors kept = table.kept();
      float[] z = new float[kept.count() * model.latent()];
      model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(kept.data()));
      model.contents().latents().units().inverse().apply(z);
      Path file = scratch.resolve("z.npy");
      Npy.write(file, z, kept.count(), model.latent());
      return file;
    }
  }

  @Test
  void imagesAreMeasuredByTheirClassifier() {
    Path images = scratch.resolve("images");
    String few = "evaluation.samples=60";
    Outcome.good(Tiny.train("stacked-digits", "--set", few, "--out", images.toString()));
    Map<?, ?> result =
        Outcome.good(steps(images, "--samplers", "dpmpp2m", "--schedules", "edm,las")).json();
    for (int i = 0; i < 4; i++) {
      Map<?, ?> row = row(result, i);
      assertThat((double) row.get("modes")).isBetween(1.0, 256.0);
      assertThat((double) row.get("kl_uniform")).isPositive();
      assertThat((double) row.get("frechet_digits")).isPositive();
    }
  }

  @Test
  void whatCannotBeMeant() throws IOException {
    Path gmm = scratch.resolve("gmm");
    Outcome.good(
        Tiny.train(
            "array", "--data", helix.toString(), "--method", "gmm", "--out", gmm.toString()));
    Path none = Files.writeString(scratch.resolve("none.onnx"), "no network");
    for (String[] bad :
        List.of(
            steps(),
            steps(run, "--target", "hypercube:d=2"),
            steps(gmm),
            steps(scratch.resolve("nowhere")),
            steps("--denoiser", none),
            steps("--denoiser", none, "--data", helix),
            steps("--denoiser", scratch.resolve("absent.onnx"), "--data", helix),
            steps("--target", "hypercube:d=2", "--data", helix),
            steps("--target", "hypercube:d=2", "--samplers", "euler"),
            steps("--target", "hypercube:d=2", "--sde", "edm"),
            steps("--target", "hypercube:d=2", "--schedules", "linear"))) {
      Outcome outcome = Outcome.of(bad);
      assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
      assertThat(outcome.err().lines()).hasSize(1);
      System.out.print(outcome.err());
    }
  }
}
