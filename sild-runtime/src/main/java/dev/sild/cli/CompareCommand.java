package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.evaluation.Comparison;
import dev.sild.evaluation.UserNets;
import dev.sild.sild.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compare}: SiLD and its rivals at equal capacity and budget, over seeds. */
@Command(
    name = "compare",
    description =
        "Trains and measures SiLD and its rivals with the same sizes, samples, optimiser and latent"
            + " sampler, and says which claims hold. Finished runs are kept: the same command goes"
            + " on after an interruption, or adds methods and seeds.")
final class CompareCommand implements Callable<Integer> {
  /** Never among the seeds that are compared. */
  private static final int TUNING_SEED = 0;

  @Mixin Common common;

  @Mixin FeatureOptions features;

  @Parameters(paramLabel = "PRESET|FILE.toml", description = "as for train")
  String preset;

  @Option(
      names = "--methods",
      paramLabel = "METHOD",
      split = ",",
      defaultValue = "sild,vae,mmd,gan,ae,gmm,ambient",
      description = "the first is held against the others (default: ${DEFAULT-VALUE})")
  List<String> methods;

  @Option(
      names = "--seeds",
      paramLabel = "S",
      defaultValue = "5",
      description = "runs of each method, with seeds 1 … S (default: ${DEFAULT-VALUE})")
  int seeds;

  @Option(
      names = "--kl-weights",
      paramLabel = "W",
      split = ",",
      defaultValue = "1e-4,1e-3,1e-2,1e-1",
      description =
          "the tuned VAE has the one of these with the least Fréchet distance at seed "
              + TUNING_SEED
              + "; of one weight no other is tried (default: ${DEFAULT-VALUE})")
  List<Double> klWeights;

  @Option(names = "--data", paramLabel = "PATH", description = "the folder or file of the data")
  Path data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "for the runs and the report (default: runs/compare-PRESET)")
  Path out;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "change a setting of all, as collapse.steps=100; may be repeated")
  Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--dry-run", description = "say which runs are finished and which are not")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    if (seeds < 1) throw new UserException("--seeds %d: one at least".formatted(seeds));
    if (settings.containsKey("method")) throw new UserException("--set method: use --methods");
    List<Contestant> contestants = new ArrayList<>(Contestant.of(methods));
    Interrupt.waitForThisThread();
    try (Device device = common.openDevice();
        UserNets nets =
            features.open(common.load(ConfigFile.of(preset, settings).data(), data, 1))) {
      Contest contest = new Contest(preset, settings, data, root(), device, common, nets);
      for (Contestant contestant : contestants) contest.config(contestant);
      if (dryRun) return list(contest, contestants);
      Files.createDirectories(root());
      tune(contest, contestants);
      Comparison found = compare(contest, contestants);
      CompareTables tables = new CompareTables(contest, contestants, seeds, found, command());
      new CompareReport(tables).write();
      common.words().println(tables.text());
      common.words().println("report: " + root().resolve("report.html"));
      common.print(tables.json());
    }
    return 0;
  }

  private Comparison compare(Contest contest, List<Contestant> contestants) throws IOException {
    List<Comparison.Row> rows = new ArrayList<>();
    for (Contestant c : contestants)
      rows.add(new Comparison.Row(c.name(), c.label(), new ArrayList<>()));
    for (int seed = 1; seed <= seeds; seed++)
      for (int i = 0; i < rows.size(); i++) {
        Map<String, Object> result = contest.result(contestants.get(i), seed, contestants);
        rows.get(i).metrics().add(metrics(result));
      }
    return new Comparison(rows);
  }

  private void tune(Contest contest, List<Contestant> contestants) throws IOException {
    for (int i = 0; i < contestants.size(); i++) {
      Contestant c = contestants.get(i);
      if (c.untuned())
        contestants.set(i, c.withKlWeight(contest.tunedKlWeight(c, klWeights, TUNING_SEED)));
    }
  }

  /** The figures of a run, and the seconds of its training among them. */
  private static Map<String, Double> metrics(Map<String, Object> result) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    ((Map<?, ?>) result.get("metrics"))
        .forEach((name, value) ->
            metrics.put((String) name, value instanceof Number n ? n.doubleValue() : null));
    metrics.put(CompareTables.SECONDS, ((Number) result.get(CompareTables.SECONDS)).doubleValue());
    return metrics;
  }

  private int list(Contest contest, List<Contestant> contestants) throws IOException {
    int missing = 0;
    for (Contestant c : contestants)
      for (int seed = 1; seed <= seeds; seed++) {
        Trial trial = contest.trial(c, seed);
        boolean finished =
            !c.untuned() && trial.finished(contest.dataSet(seed), contest.nets()) != null;
        if (!finished) missing++;
        common.words().printf("%-10s %s%n", finished ? "finished" : "to do", trial.root());
      }
    common.print(Map.of("missing", missing));
    return 0;
  }

  private Path root() {
    return out != null ? out : Path.of("runs", "compare-" + Common.stem(preset));
  }

  private String command() {
    StringBuilder words = new StringBuilder("./sild compare " + preset);
    words.append(" --methods ").append(String.join(",", methods)).append(" --seeds ").append(seeds);
    if (methods.contains("vae"))
      words
          .append(" --kl-weights ")
          .append(String.join(",", klWeights.stream().map(Contestant::plain).toList()));
    settings.forEach((key, value) -> words.append(" --set %s=%s".formatted(key, value)));
    if (data != null) words.append(" --data ").append(data);
    return words.append(common.command()).append(features.command()).toString();
  }
}
