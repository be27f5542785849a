package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole comparison, of runs that are too short to be good. */
class CompareCommandTest {
  @TempDir static Path scratch;

  private static String[] compare(Path out, String methods, int seeds, String... more) {
    List<String> args = new ArrayList<>(List.of(Tiny.train("stacked-digits")));
    args.set(0, "compare");
    args.addAll(List.of("--methods", methods, "--seeds", "" + seeds, "--out", out.toString()));
    args.addAll(List.of("--kl-weights", "1e-3,1e-1"));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private static Map<Path, FileTime> finished(Path out) throws IOException {
    Map<Path, FileTime> times = new TreeMap<>();
    try (var files = Files.walk(out)) {
      for (Path file : files.filter(f -> f.endsWith("metrics.json")).toList())
        times.put(file, Files.getLastModifiedTime(file));
    }
    times.remove(out.resolve("metrics.json"));
    return times;
  }

  @Test
  void comparesAllMethodsAndGoesOnFromWhatIsThere() throws IOException {
    Path out = scratch.resolve("all");
    Map<?, ?> first = Outcome.good(compare(out, "sild,vae,ae", 1, "--json")).json();
    assertThat((List<?>) first.get("rows")).hasSize(4); // a VAE is two rows
    Map<Path, FileTime> before = finished(out);
    assertThat(before).hasSize(4 + 2); // and a search over two weights
    assertThat(first.toString()).doesNotContain("NaN").contains("undecided");

    String weight = "baseline.mmd_weight=3"; // the others' runs do not look at it
    Outcome all = Outcome.good(compare(out, "sild,vae,mmd,gan,ae,gmm,ambient", 2, "--set", weight));
    assertThat(finished(out)).hasSize(8 * 2 + 2).containsAllEntriesOf(before); // none made again
    assertThat(all.out())
        .contains("reconstruction_mse", "training_seconds", "data-space diffusion", "±")
        .contains("reconstruction_mse lower than the best VAE", "paired difference over 2 seeds");
    String report = Files.readString(out.resolve("report.html"));
    assertThat(report).contains("Samples", "Reconstructions", "data:image/png;base64", "<svg");
    assertThat(report).contains("./sild train stacked-digits", "--method ambient", "--seed 1");
    assertThat(Files.readString(out.resolve("results.md")))
        .contains("| metric |", "./sild compare");
    Map<?, ?> json =
        RunDirectory.json().readValue(Files.readString(out.resolve("metrics.json")), Map.class);
    for (Object row : (List<?>) json.get("rows")) {
      Map<?, ?> metrics = (Map<?, ?>) ((Map<?, ?>) row).get("metrics");
      Map<?, ?> frechet = (Map<?, ?>) metrics.get("frechet_digits");
      List<?> values = (List<?>) frechet.get("values");
      assertThat(values).hasSize(2);
      double mean = ((double) values.get(0) + (double) values.get(1)) / 2;
      assertThat((double) frechet.get("mean")).isEqualTo(mean);
    }
    theTuningSeedIsNotCompared(out);
    theRowsCommandMakesItsRunAgain(out);
  }

  private static void theTuningSeedIsNotCompared(Path out) throws IOException {
    try (var runs = Files.list(out.resolve("vae-tuned"))) {
      assertThat(runs.map(run -> run.getFileName().toString()))
          .containsExactlyInAnyOrder("seed-1", "seed-2");
    }
    for (String weight : List.of("1e-03", "1e-01"))
      assertThat(out.resolve("vae-search-" + weight).resolve("seed-0/metrics.json")).exists();
  }

  /** Shared first stages and classifiers change no figure. */
  private static void theRowsCommandMakesItsRunAgain(Path out) throws IOException {
    Path alone = scratch.resolve("alone");
    Map<?, ?> again =
        Outcome.good(
                Tiny.train(
                    "stacked-digits",
                    "--method",
                    "gmm",
                    "--seed",
                    "2",
                    "--out",
                    alone.toString(),
                    "--json"))
            .json();
    Map<?, ?> compared =
        RunDirectory.json()
            .readValue(Files.readString(out.resolve("gmm/seed-2/metrics.json")), Map.class);
    assertThat(again.get("metrics")).isEqualTo(compared.get("metrics"));
  }

  @Test
  void aStoppedComparisonGoesOn() throws Exception {
    Path out = scratch.resolve("stopped");
    String[] slow = compare(out, "sild,ae", 1, "--set", "collapse.steps=20000");
    Outcome.Running running = Outcome.start(scratch, slow);
    Path log = out.resolve("sild/seed-1/stats.jsonl");
    while (running.process().isAlive() && !Files.exists(log)) Thread.sleep(20);
    running.process().destroy(); // SIGTERM
    Outcome stopped = running.end();
    assertThat(stopped.code()).as(stopped.err()).isNotZero();
    assertThat(out.resolve("sild/seed-1/checkpoint")).isNotEmptyDirectory();
    Outcome listed = Outcome.good(concat(slow, "--dry-run", "--json"));
    assertThat(listed.json().get("missing")).isEqualTo(2);
    Outcome other = Outcome.of(compare(out, "sild,ae", 1));
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("was made with other settings or data: name another --out");
  }

  private static String[] concat(String[] args, String... more) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void refusesWhatCannotBeMeant() {
    Path out = scratch.resolve("bad");
    for (String[] bad :
        List.of(
            compare(out, "sild,vea", 1),
            compare(out, "sild,sild", 1),
            compare(out, "sild,ae", 0),
            compare(out, "sild,ae", 1, "--set", "method=ae"),
            compare(out, "sild,ae", 1, "--kl-weights", "x"))) {
      Outcome outcome = Outcome.of(bad);
      assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
      assertThat(outcome.err().lines()).hasSize(1);
    }
    assertThat(out).doesNotExist();
  }
}
