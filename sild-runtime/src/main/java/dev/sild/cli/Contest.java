package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.Criterion;
import dev.sild.evaluation.UserNets;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.DataConfig;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The runs of a comparison, each made once: {@code ROOT/CONTESTANT/seed-N}.
 *
 * @param settings of all contestants
 */
record Contest(
    String preset,
    Map<String, String> settings,
    Path data,
    Path root,
    Device device,
    Common common,
    UserNets nets,
    Map<Integer, DataSet> dataSets) {

  Contest(
      String preset,
      Map<String, String> settings,
      Path data,
      Path root,
      Device device,
      Common common,
      UserNets nets) {
    this(preset, settings, data, root, device, common, nets, new HashMap<>());
  }

  RunConfig config(Contestant contestant) {
    Map<String, String> all = new TreeMap<>(settings);
    all.putAll(contestant.settings());
    return ConfigFile.of(preset, all);
  }

  /** The data under a seed: a synthetic manifold is embedded by it. */
  DataSet dataSet(int seed) {
    DataConfig kind = ConfigFile.of(preset, settings).data();
    int own = kind.kind() == DataConfig.Kind.MANIFOLD ? seed : 0; // all others are read once
    return dataSets.computeIfAbsent(own, key -> common.load(kind, data, key));
  }

  Trial trial(Contestant contestant, int seed) {
    Path folder = root.resolve(contestant.name()).resolve("seed-" + seed);
    return new Trial(folder, config(contestant), seed);
  }

  /**
   * What the run's {@code metrics.json} says; the run is made, or gone on with, if need be.
   *
   * @param all contestants whose runs may lend their first stage
   */
  Map<String, Object> result(Contestant contestant, int seed, List<Contestant> all)
      throws IOException {
    Trial trial = trial(contestant, seed);
    DataSet set = dataSet(seed);
    Map<String, Object> found = trial.finished(set, nets);
    if (found != null) return found;
    common.words().printf("%n%s, seed %d: %s%n", contestant.label(), seed, trial.root());
    return trial.finish(
        set,
        device,
        common.origin(seed, data, set, device),
        kin(trial, set, all),
        root.resolve(Measuring.CLASSIFIER),
        nets,
        common);
  }

  private Trial kin(Trial trial, DataSet set, List<Contestant> all) throws IOException {
    for (Contestant other : all) {
      Trial candidate = trial(other, trial.seed());
      boolean alike =
          !candidate.root().equals(trial.root())
              && candidate.config().sharesFirstStage(trial.config());
      if (alike && candidate.finished(set, UserNets.NONE) != null) return candidate;
    }
    return null;
  }

  /**
   * The KL weight of the grid that gives the least Fréchet distance at a seed; of a grid of one,
   * without a search, that one.
   */
  double tunedKlWeight(Contestant vae, List<Double> grid, int seed) throws IOException {
    if (grid.size() == 1) return grid.getFirst();
    double best = Double.NaN;
    double least = Double.POSITIVE_INFINITY;
    for (double weight : grid) {
      double distance = frechet(result(vae.trial(weight), seed, List.of()));
      common
          .words()
          .printf("KL weight %s: Fréchet distance %.4g%n", Contestant.plain(weight), distance);
      if (!(distance < least)) continue;
      least = distance;
      best = weight;
    }
    if (Double.isNaN(best)) throw new UserException("--kl-weights: none gives a Fréchet distance");
    return best;
  }

  private static double frechet(Map<String, Object> result) {
    Map<?, ?> metrics = (Map<?, ?>) result.get("metrics");
    for (Criterion criterion : Criterion.among(metrics.keySet()))
      if (criterion.metric().startsWith("frechet_")
          && metrics.get(criterion.metric()) instanceof Number n) return n.doubleValue();
    return Double.NaN;
  }

  /** The command that makes one run again. */
  String command(Contestant contestant, int seed) {
    StringBuilder words = new StringBuilder("./sild train " + preset);
    Map<String, String> all = new TreeMap<>(settings);
    all.putAll(contestant.settings());
    all.forEach((key, value) ->
        words.append(
            key.equals("method") ? " --method " + value : " --set %s=%s".formatted(key, value)));
    if (data != null) words.append(" --data ").append(data);
    return words.append(" --seed ").append(seed).append(common.command()).toString();
  }
}
