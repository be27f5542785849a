package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import dev.sild.training.RunDirectory;
import dev.sild.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** N steps, an end of any kind, and the rest: the same bits as without the end. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ResumeTest {
  private static final int SEED = 3;
  private static final int COLLAPSE = 0;
  private static final int REFINE = 1;
  private static final int STEPS = 2000;
  private static final int DIGITS_STEPS = 600;

  @TempDir static Path scratch;
  private static Path helix;

  @BeforeAll
  static void trainWithoutInterruption() throws IOException {
    helix = Tiny.helix(scratch);
    System.out.println("seed " + SEED);
    Outcome.good(train("whole"));
  }

  /** Runs whose names begin with "digits" are of images, others of vectors. */
  private static String preset(String name) {
    return name.startsWith("digits") ? "stacked-digits" : "array";
  }

  private static int steps(String name) {
    return name.startsWith("digits") ? DIGITS_STEPS : STEPS;
  }

  private static String[] train(String name) {
    int steps = steps(name);
    return Tiny.train(
        preset(name),
        "--seed",
        Integer.toString(SEED),
        "--checkpoint-every",
        "0",
        "--data",
        helix.toString(),
        "--out",
        scratch.resolve(name).toString(),
        "--set",
        "collapse.steps=" + steps,
        "--set",
        "refine.steps=" + steps);
  }

  private static String[] resume(String name) {
    return new String[] {
      "train",
      preset(name),
      "--resume",
      "--checkpoint-every",
      "0",
      "--out",
      scratch.resolve(name).toString()
    };
  }

  /** Checkpoints, the newest first. */
  private static List<Path> checkpoints(String name) throws IOException {
    Path folder = scratch.resolve(name).resolve("checkpoint");
    if (!Files.isDirectory(folder)) return List.of();
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .sorted((a, b) -> b.getFileName().compareTo(a.getFileName()))
          .toList();
    }
  }

  private static boolean inside(Path checkpoint, int stage) {
    String name = checkpoint.getFileName().toString();
    return name.startsWith(stage + "-") && !name.startsWith(stage + "-0000000000");
  }

  /** When each checkpoint was written. */
  private static Map<Path, FileTime> written(String name) throws IOException {
    Map<Path, FileTime> times = new HashMap<>();
    for (Path file : checkpoints(name)) {
      try {
        times.put(file, Files.getLastModifiedTime(file));
      } catch (NoSuchFileException _) {
        // the run has dropped it meanwhile
      }
    }
    return times;
  }

  /**
   * Starts a process and kills it as {@code kill -9} does, once it has written a checkpoint inside
   * a stage. On a busy machine the blow may come later than that, but not after the end.
   */
  private static Outcome kill(String name, int stage, String... args) throws Exception {
    Map<Path, FileTime> before = written(name);
    Outcome.Running running = Outcome.start(scratch, args);
    while (written(name).entrySet().stream()
        .noneMatch(
            f -> inside(f.getKey(), stage) && !f.getValue().equals(before.get(f.getKey())))) {
      if (!running.process().isAlive()) throw new AssertionError(running.end().err());
      Thread.sleep(1);
    }
    running.process().destroyForcibly();
    Outcome outcome = running.end();
    System.out.printf("%s: killed after %s%n", name, checkpoints(name).getFirst().getFileName());
    assertThat(outcome.code()).isEqualTo(128 + 9);
    return outcome;
  }

  /** {@code stats.jsonl} without the one thing that may differ. */
  private static List<Map<?, ?>> statistics(Path run) throws IOException {
    List<Map<?, ?>> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("stats.jsonl"))) {
      Map<?, ?> interval = RunDirectory.json().readValue(line, Map.class);
      assertThat(interval.remove("seconds")).isNotNull();
      lines.add(interval);
    }
    return lines;
  }

  private static Object metrics(Path run) throws IOException {
    return RunDirectory.json()
        .readValue(Files.readString(run.resolve("metrics.json")), Map.class)
        .get("metrics");
  }

  private static void assertSameRun(String name) throws IOException {
    assertSameRun(name, "whole");
  }

  private static void assertSameRun(String name, String reference) throws IOException {
    Path run = scratch.resolve(name);
    Path whole = scratch.resolve(reference);
    assertThat(statistics(run)).isEqualTo(statistics(whole)).hasSize(2 * steps(name) / 50);
    for (String file : List.of("model.safetensors", "samples.png", "classifier.safetensors"))
      if (Files.exists(whole.resolve(file)))
        assertThat(run.resolve(file)).hasBinaryContent(Files.readAllBytes(whole.resolve(file)));
    assertThat(metrics(run)).isEqualTo(metrics(whole));
    try (var files = Files.list(run.resolve("checkpoint"))) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
    }
    List<Path> expected = checkpoints(reference);
    assertThat(checkpoints(name)).hasSameSizeAs(expected);
    for (Path file : expected)
      assertThat(run.resolve("checkpoint").resolve(file.getFileName()))
          .hasBinaryContent(Files.readAllBytes(file));
  }

  @Test
  void killedInBothStagesAndResumedIsTheSameRun() throws Exception {
    kill("digits", COLLAPSE, train("digits"));
    kill("digits", REFINE, resume("digits"));
    Outcome last = Outcome.start(scratch, resume("digits")).end();
    assertThat(last.err()).isEmpty();
    assertThat(last.code()).isZero();
    Outcome.good(train("digits-whole"));
    assertSameRun("digits", "digits-whole");
    assertThat(sample("digits")).isEqualTo(sample("digits-whole"));
  }

  private static byte[] sample(String name) throws IOException {
    Path out = scratch.resolve(name + ".npy");
    Outcome.good(
        "sample", scratch.resolve(name).toString(), "--count", "20", "--out", out.toString());
    return Files.readAllBytes(out);
  }

  @Test
  void terminatedLeavesACheckpointAndResumesToTheSameRun() throws Exception {
    String[] rare = train("terminated");
    rare[List.of(rare).indexOf("--checkpoint-every") + 1] = "3600";
    Outcome.Running running = Outcome.start(scratch, rare);
    Path statistics = scratch.resolve("terminated/stats.jsonl");
    while (!Files.exists(statistics) && running.process().isAlive()) Thread.sleep(1);
    running.process().destroy(); // SIGTERM
    Outcome outcome = running.end();
    assertThat(outcome.code()).isEqualTo(128 + 15);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: stopped at step");
    Path newest = checkpoints("terminated").getFirst();
    assertThat(inside(newest, COLLAPSE) || inside(newest, REFINE)).as("%s", newest).isTrue();
    Outcome.good(resume("terminated"));
    assertSameRun("terminated");
  }

  @Test
  void damagedCheckpointsAreNamedAndTheRunGoesOnFromTheOneBefore() throws Exception {
    kill("damaged", REFINE, train("damaged"));
    Path newest = checkpoints("damaged").getFirst();
    Path before = checkpoints("damaged").get(1);
    damage(newest);
    Outcome again = kill("damaged", REFINE, resume("damaged"));
    assertThat(again.out()).contains("warning", newest.getFileName().toString());
    assertThat(again.out()).doesNotContain(before.getFileName().toString());
    List<Path> left = checkpoints("damaged"); // a kill may come before the oldest is dropped
    for (Path file : left) damage(file);
    Outcome last = Outcome.good(resume("damaged"));
    assertThat(last.out().lines().filter(line -> line.contains("warning"))).hasSameSizeAs(left);
    assertThat(last.out()).contains("collapse: 2,000 steps");
    assertSameRun("damaged");
  }

  @Test
  void checkpointsAreKeptWhileARunStartsAgainBelowDamagedOnes() throws Exception {
    kill("again", REFINE, train("again"));
    for (Path file : checkpoints("again")) damage(file);
    kill("again", COLLAPSE, resume("again"));
    Outcome last = Outcome.good(resume("again"));
    assertThat(last.out()).doesNotContain("warning").doesNotContain("collapse: 2,000 steps");
    assertSameRun("again");
  }

  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aFinishedRunResumesToItself() throws IOException {
    Outcome.good(train("finished"));
    assertSameRun("finished"); // the same seed: the same bits
    byte[] report = Files.readAllBytes(scratch.resolve("finished/model.safetensors"));
    Outcome.good(resume("finished"));
    assertSameRun("finished");
    assertThat(scratch.resolve("finished/model.safetensors")).hasBinaryContent(report);
  }

  @Test
  void anotherSeedIsAnotherRun() throws IOException {
    Path whole = scratch.resolve("whole");
    RunDirectory run = RunDirectory.open(whole);
    RunConfig config = run.config();
    try (Device device = Device.open("cpu")) {
      DataSet data = config.data().load(helix, SEED);
      var other = new Training(config, SEED + 1, data, device, null, Progress.SILENT, () -> false);
      String tensor = "encoder.in.weight";
      float[] expected = ModelFile.read(whole).weights().tensors().get(tensor).toFloats();
      assertThat(other.train().weights().tensors().get(tensor).toFloats()).isNotEqualTo(expected);
    }
  }
}
