package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.data.Npy;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command from end to end, on runs that are too short to be good. */
class CommandLineTest {
  private static final int PIXELS = 3 * 20 * 20;

  @TempDir static Path scratch;
  private static Path run;
  private static Outcome trained;
  private static String metrics;

  @BeforeAll
  static void train() throws IOException {
    run = scratch.resolve("digits");
    trained = Outcome.good(Tiny.train("stacked-digits", "--out", run.toString(), "--json"));
    metrics = Files.readString(run.resolve("metrics.json"));
  }

  private static final List<String> LATENT_KEYS =
      List.of(
          "latent_kl_normal",
          "latent_kl_normal_standardised",
          "latent_active_units",
          "latent_participation_ratio",
          "latent_excess_kurtosis");

  private static List<String> generationKeys(String net) {
    return java.util.stream.Stream.of(
            "frechet_%s",
            "kid_%s", "kid_%s_se", "precision_%s", "recall_%s", "density_%s", "coverage_%s")
        .map(key -> key.formatted(net))
        .toList();
  }

  private static String path(String name) {
    return scratch.resolve(name).toString();
  }

  private static Map<?, ?> json(Path file) throws IOException {
    return RunDirectory.json().readValue(Files.readString(file), Map.class);
  }

  private static Set<String> keys(Object map) {
    return ((Map<?, ?>) map).keySet().stream().map(String::valueOf).collect(Collectors.toSet());
  }

  private static float[] array(String name, long... shape) {
    Npy.Array array = Npy.read(scratch.resolve(name));
    assertThat(array.shape()).isEqualTo(shape);
    for (float x : array.data()) assertThat(x).isFinite();
    return array.data();
  }

  /** stdout is one JSON object on one line. */
  private static Map<?, ?> onlyJson(Outcome outcome) {
    assertThat(outcome.out().lines()).as(outcome.out()).hasSize(1);
    assertThat(outcome.out()).doesNotContain("NaN", "Infinity");
    return outcome.json();
  }

  @Test
  void theRunDirectoryHoldsWhatItPromises() throws IOException {
    for (String file :
        List.of(
            "config.toml",
            "build.json",
            "log.txt",
            "stats.jsonl",
            "model.safetensors",
            "samples.png",
            "metrics.json",
            "report.html")) assertThat(run.resolve(file)).isNotEmptyFile();
    try (var checkpoints = Files.list(run.resolve("checkpoint"))) {
      assertThat(checkpoints).hasSize(2).allMatch(file -> file.toString().endsWith(".safetensors"));
    }
    assertThat(keys(json(run.resolve("build.json"))))
        .contains("seed", "data", "version", "java", "device", "started");
    for (String line : Files.readAllLines(run.resolve("stats.jsonl"))) {
      Map<?, ?> interval = RunDirectory.json().readValue(line, Map.class);
      assertThat(keys(interval))
          .contains("stage", "step", "samples", "seconds", "loss", "learning_rate", "bins");
      for (Object bin : (List<?>) interval.get("bins"))
        assertThat(keys(bin)).contains("sigma", "gamma", "count", "m");
    }
    assertThat(ImageIO.read(run.resolve("samples.png").toFile())).isNotNull();
    String report = Files.readString(run.resolve("report.html"));
    assertThat(report).contains("<html", "data:image/png;base64", "<svg", "reconstruction_mse");
    assertThat(report).doesNotContain("src=\"http", "href=\"http");
  }

  @Test
  void metricsHaveTheKeysThatOtherProgramsReadWithTheirCounts() {
    Map<?, ?> last = onlyJson(trained);
    assertThat(keys(last)).contains("run", "seconds", "metrics", "counts");
    assertThat(keys(last.get("metrics")))
        .contains(
            "reconstruction_mse",
            "modes",
            "kl_uniform",
            "kl_floor",
            "classifier_accuracy",
            "frechet_digits",
            "memorisation_p")
        .containsAll(generationKeys("digits"))
        .containsAll(LATENT_KEYS);
    for (String key : generationKeys("digits"))
      assertThat(((Map<?, ?>) last.get("metrics")).get(key)).as(key).isInstanceOf(Double.class);
    assertThat((List<?>) last.get("latent_spectrum")).hasSize(2);
    assertThat(keys(last.get("counts")))
        .contains("seed", "samples", "held_out_samples", "feature_net", "crop", "range")
        .contains("kid_digits_subsets", "kid_digits_subset_size", "precision_recall_neighbours")
        .contains("digits_reference_samples", "precision_digits_samples", "latent_samples");
    assertThat(metrics).doesNotContain("NaN", "Infinity");
    assertThat((Object) RunDirectory.json().readValue(metrics, Map.class)).isEqualTo(last);
  }

  @Test
  void evaluateFindsTheSameFiguresAgain() {
    Map<?, ?> before = trained.json();
    Map<?, ?> again = onlyJson(Outcome.good("evaluate", run.toString(), "--json"));
    assertThat(again.get("metrics")).isEqualTo(before.get("metrics"));
    assertThat(again.get("counts")).isEqualTo(before.get("counts"));
    assertThat(again.get("error_curve")).isEqualTo(before.get("error_curve"));
  }

  /** The second average is another model of the same run, measured beside the first. */
  @Test
  void theSecondAverageIsMeasuredOnItsOwn() throws IOException {
    String before = Files.readString(run.resolve("metrics.json"));
    Map<?, ?> second = onlyJson(Outcome.good("evaluate", run.toString(), "--second-ema", "--json"));
    Map<?, ?> others = (Map<?, ?>) second.get("metrics");
    Map<?, ?> first = (Map<?, ?>) trained.json().get("metrics");
    assertThat(others.get("reconstruction_mse")).isEqualTo(first.get("reconstruction_mse"));
    assertThat(others.get("frechet_digits")).isNotEqualTo(first.get("frechet_digits"));
    assertThat(run.resolve("second-ema/report.html")).isNotEmptyFile();
    assertThat(Files.readString(run.resolve("metrics.json"))).isEqualTo(before);
    String model = run.resolve("model-second-ema.safetensors").toString();
    Outcome.good("sample", model, "--count", "3", "--out", path("second.npy"));
    array("second.npy", 3, 3, 20, 20);
  }

  @Test
  void aMemoryLimitIsKeptByMicroBatches() {
    long whole = peak(large());
    String limit = Long.toString((whole >> 20) - 2);
    assertThat(peak(large("--memory-limit", limit))).isLessThanOrEqualTo(whole - (2 << 20));
    Outcome small = Outcome.of(large("--memory-limit", "1"));
    assertThat(small.code()).isEqualTo(2);
    assertThat(small.err()).contains("the smallest micro-batches need").hasLineCount(1);
  }

  private static String[] large(String... more) {
    List<String> args = new ArrayList<>(List.of("--dry-run", "--json", "--out", path("limited")));
    for (String stage : List.of("collapse", "refine"))
      args.addAll(List.of("--set", stage + ".batch=1024"));
    args.addAll(List.of(more));
    return Tiny.train("stacked-digits", args.toArray(String[]::new));
  }

  private static long peak(String... dryRun) {
    return ((Number) Outcome.good(dryRun).json().get("peak_bytes")).longValue();
  }

  @Test
  void samplesAreDrawnIntoArraysAndPictures() throws IOException {
    Outcome drawn =
        Outcome.good("sample", run.toString(), "--count", "7", "--out", path("7.npy"), "--json");
    assertThat(keys(onlyJson(drawn)))
        .contains("out", "count", "seconds", "sampler", "schedule", "evaluations");
    float[] seven = array("7.npy", 7, 3, 20, 20);
    for (float x : seven) assertThat(x).isBetween(-1f, 1f);
    Outcome.good("sample", run.toString(), "--count", "7", "--out", path("7.png"));
    assertThat(ImageIO.read(scratch.resolve("7.png").toFile())).isNotNull();
    Outcome.good("sample", run + "/model.safetensors", "--count", "3", "--out", path("3.npy"));
    assertThat(array("3.npy", 3, 3, 20, 20))
        .containsExactly(java.util.Arrays.copyOf(seven, 3 * PIXELS));
    Outcome.good("sample", run.toString(), "--count", "3", "--out", path("2.npy"), "--seed", "2");
    assertThat(array("2.npy", 3, 3, 20, 20)).isNotEqualTo(array("3.npy", 3, 3, 20, 20));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "em edm 5",
        "em logsnr 1",
        "heun edm 6",
        "heun logsnr 3",
        "ancestral cosine 4",
        "ddim edm 4",
        "dpmpp2m cosine 4",
        "pc logsnr 4",
        "ode edm 6"
      })
  void everySamplerAndScheduleDraws(String words) {
    String[] word = words.split(" ");
    Outcome drawn =
        Outcome.good(
            "sample",
            run.toString(),
            "--count",
            "2",
            "--sampler",
            word[0],
            "--schedule",
            word[1],
            "--steps",
            word[2],
            "--out",
            path(word[0] + word[1] + ".npy"),
            "--json");
    array(word[0] + word[1] + ".npy", 2, 3, 20, 20);
    assertThat(drawn.json().get("sampler")).isEqualTo(word[0]);
    assertThat(drawn.json().get("schedule")).isEqualTo(word[1]);
  }

  /** A schedule's own text is its family's; the variable of the steps makes other samples. */
  @Test
  void schedulesFromFilesAndOtherVariables() throws IOException {
    Path levels = scratch.resolve("levels.txt");
    Files.writeString(levels, dev.sild.sampling.Schedule.edm(40, 0.01, 5, 7).text("five steps"));
    draw("family.npy", "--schedule", "edm", "--steps", "5");
    draw("file.npy", "--schedule", levels.toString());
    draw("vp.npy", "--schedule", "edm", "--steps", "5", "--sde", "vp");
    assertThat(array("file.npy", 2, 3, 20, 20)).isEqualTo(array("family.npy", 2, 3, 20, 20));
    assertThat(array("vp.npy", 2, 3, 20, 20)).isNotEqualTo(array("family.npy", 2, 3, 20, 20));
    Outcome both =
        Outcome.of(sample("x.npy", "--sampler", "heun", "--sde", "vp", "--schedule", "edm"));
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("only the sampler em").hasLineCount(1);
    Files.writeString(levels, "1\n2\n");
    Outcome rising = Outcome.of(sample("x.npy", "--sampler", "em", "--schedule", "" + levels));
    assertThat(rising.code()).isEqualTo(2);
    assertThat(rising.err()).contains("a schedule falls").hasLineCount(1);
  }

  private static void draw(String out, String... options) {
    String[] all = java.util.Arrays.copyOf(options, options.length + 2);
    all[options.length] = "--sampler";
    all[options.length + 1] = "em";
    Outcome.good(sample(out, all));
  }

  private static String[] sample(String out, String... options) {
    List<String> args = new ArrayList<>(List.of("sample", run.toString(), "--count", "2"));
    args.addAll(List.of("--out", path(out)));
    args.addAll(List.of(options));
    return args.toArray(String[]::new);
  }

  @Test
  void encodeThenDecodeIsReconstruct() {
    Outcome.good("sample", run.toString(), "--count", "5", "--out", path("x.npy"));
    Outcome encoded =
        Outcome.good(
            "encode", run.toString(), "--data", path("x.npy"), "--out", path("z.npy"), "--json");
    assertThat(onlyJson(encoded).get("count")).isEqualTo(5);
    array("z.npy", 5, 2);
    Outcome.good("decode", run.toString(), "--data", path("z.npy"), "--out", path("gz.npy"));
    Outcome map =
        Outcome.good(
            "reconstruct",
            run.toString(),
            "--data",
            path("x.npy"),
            "--out",
            path("gfx.npy"),
            "--json");
    float[] x = array("x.npy", 5, 3, 20, 20);
    float[] y = array("gfx.npy", 5, 3, 20, 20);
    assertThat(y).containsExactly(array("gz.npy", 5, 3, 20, 20));
    double squares = 0;
    for (int i = 0; i < x.length; i++) squares += Math.pow((double) x[i] - y[i], 2);
    assertThat(onlyJson(map).get("reconstruction_mse")).isEqualTo(squares / x.length);
    Outcome.good("reconstruct", run.toString(), "--data", path("x.npy"), "--out", path("gfx.png"));
    assertThat(scratch.resolve("gfx.png")).isNotEmptyFile();
  }

  @Test
  void doctorSaysWhatRunsHere() {
    Outcome outcome = Outcome.good("doctor");
    assertThat(outcome.out()).contains("cpu device", "cuda device", "instruction sets");
    assertThat(keys(onlyJson(Outcome.good("doctor", "--json")))).contains("cpu device");
  }

  @Test
  void aDryRunShowsConfigurationAndPlanAndWritesNothing() {
    Path out = scratch.resolve("dry");
    String[] train = Tiny.train("stacked-digits", "--dry-run", "--out", out.toString());
    Outcome outcome = Outcome.good(train);
    assertThat(outcome.out()).contains("MiB", "collapse.steps = 60");
    assertThat(out).doesNotExist();
    Outcome json = Outcome.good(Tiny.train("stacked-digits", "--dry-run", "--json"));
    assertThat(keys(onlyJson(json))).contains("peak_bytes");
  }

  /** Trains, resumes, evaluates and samples a run, to its report. */
  private static Map<?, ?> through(String preset, String name, String... settings)
      throws IOException {
    Path root = scratch.resolve(name);
    String[] more = java.util.Arrays.copyOf(settings, settings.length + 2);
    more[settings.length] = "--out";
    more[settings.length + 1] = root.toString();
    Outcome.good(Tiny.train(preset, more));
    assertThat(root.resolve("report.html")).isNotEmptyFile();
    Map<?, ?> metrics = (Map<?, ?>) json(root.resolve("metrics.json")).get("metrics");
    byte[] model = Files.readAllBytes(root.resolve("model.safetensors"));
    Outcome.good("train", preset, "--resume", "--out", root.toString());
    assertThat(root.resolve("model.safetensors")).hasBinaryContent(model);
    assertThat(json(root.resolve("metrics.json")).get("metrics")).isEqualTo(metrics);
    Outcome.good("sample", root.toString(), "--count", "9", "--out", path(name + ".npy"));
    return metrics;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sphere", "torus", "curved-gaussian"})
  void manifoldsGoThroughToTheReport(String kind) throws IOException {
    Map<?, ?> metrics =
        through("manifold", kind, "--set", "data.manifold=" + kind, "--set", "data.ambient=6");
    assertThat(metrics.get("known_dimension")).isEqualTo(2.0);
    assertThat((Object) metrics.get("alignment_risk_over_k_sigma2")).isNotNull();
    array(kind + ".npy", 9, 6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stacked-mnist", "fashion"})
  void idxFilesGoThroughToTheReport(String preset) throws IOException {
    Path data = Tiny.idx(scratch.resolve("idx-of-" + preset));
    Map<?, ?> metrics = through(preset, preset, "--data", data.toString());
    assertThat(keys(metrics))
        .contains("classifier_accuracy", "reconstruction_mse", "memorisation_p");
    assertThat(metrics.containsKey("modes")).isEqualTo(preset.equals("stacked-mnist"));
    assertThat(keys(metrics)).containsAll(LATENT_KEYS);
    assertThat(keys(metrics).stream().filter(key -> key.startsWith("kid_"))).hasSize(2);
  }

  @Test
  void theUsersVectorsGoThroughToTheReport() throws IOException {
    Path helix = Tiny.helix(scratch);
    Map<?, ?> metrics = through("array", "helix", "--data", helix.toString());
    for (String key : generationKeys("coordinates"))
      assertThat((Object) metrics.get(key)).as(key).isNotNull();
    array("helix.npy", 9, 3);
    Outcome.good("encode", path("helix"), "--data", helix.toString(), "--out", path("helix-z.npy"));
    array("helix-z.npy", 500, 2);
  }

  @Test
  void theConservativeNetworkGoesThroughToTheReport() throws IOException {
    Map<?, ?> metrics =
        through("manifold", "conservative", "--set", "autoencoder.kind=conservative");
    assertThat(keys(metrics)).containsAll(generationKeys("coordinates"));
    array("conservative.npy", 9, 20);
    assertThat(Files.readString(scratch.resolve("conservative/stats.jsonl")))
        .contains("\"collapse\"", "\"decode\"", "\"refine\"");
  }

  @Test
  void aFileChangesItsPresetAndResumes() throws IOException {
    Path file =
        Files.writeString(
            scratch.resolve("mine.toml"), "preset = \"manifold\"\n[data]\nambient = 5\n");
    String out = path("mine");
    Outcome.good(Tiny.train(file.toString(), "--out", out));
    Outcome.good("train", file.toString(), "--resume", "--out", out);
    Outcome.good("sample", out, "--count", "2", "--out", path("mine.npy"));
    array("mine.npy", 2, 5);
    String again = path("again");
    Outcome.good("train", out + "/config.toml", "--out", again);
    assertThat(Path.of(again, "model.safetensors"))
        .hasBinaryContent(Files.readAllBytes(Path.of(out, "model.safetensors")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "train", "sample", "reconstruct", "encode", "decode", "evaluate", "doctor"})
  void everyCommandExplainsItself(String command) {
    Outcome help = command.isEmpty() ? Outcome.good("--help") : Outcome.good(command, "--help");
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("Usage: sild " + command, "--help");
    for (String line : help.out().lines().toList())
      assertThat(line).as("no default is left to guess").doesNotContain("${");
  }

  @Test
  void theProgramAloneShowsItsHelpAndItsVersion() {
    assertThat(Outcome.good().out()).contains("Usage: sild");
    assertThat(Outcome.good("--version").out()).startsWith("sild ");
  }
}
