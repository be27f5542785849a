package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.UserNets;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Method;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.training.MemoryTable;
import dev.sild.training.RunDirectory;
import dev.sild.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code train}: both stages, then samples, metrics and the report. */
@Command(
    name = "train",
    description = "Trains both stages, then draws samples, measures, and writes the report.")
final class TrainCommand implements Callable<Integer> {
  private static final long DEFAULT_SEED = 1;

  @Mixin Common common;

  @Parameters(
      paramLabel = "PRESET|FILE.toml",
      description =
          "stacked-digits, stacked-mnist, fashion, faces, celeba64, celebahq, images, qm9, hiv,"
              + " muv, pcba, manifold, array, or a file")
  String preset;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description = "sild, or a rival: vae, mmd, gan, ae, gmm, ambient (default: sild)")
  String method;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "the folder or file of the data; enumerate:N for all molecules of C, N and O with up to N"
              + " heavy atoms, 1 to 7")
  Path data;

  @Option(names = "--out", paramLabel = "DIR", description = "run directory (default: runs/PRESET)")
  Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "same seed, same device: same bits (default: " + DEFAULT_SEED + ")")
  Long seed;

  @Option(names = "--resume", description = "go on from the newest checkpoint of --out")
  boolean resume;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "change a setting, as collapse.steps=100; may be repeated")
  Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--checkpoint-every",
      paramLabel = "SECONDS",
      defaultValue = "" + Training.SECONDS_A_CHECKPOINT,
      description = "how often to write a checkpoint (default: ${DEFAULT-VALUE})")
  double checkpointEvery;

  @Option(
      names = "--memory-limit",
      paramLabel = "MIB",
      description = "take micro-batches so small that the plan fits into this much memory")
  Long memoryLimit;

  @Option(names = "--dry-run", description = "print configuration and memory plan, and stop")
  boolean dryRun;

  @Override
  public Integer call() throws IOException {
    if (!(checkpointEvery >= 0))
      throw new UserException("--checkpoint-every %s: not a time".formatted(checkpointEvery));
    if (method != null) settings.put("method", Method.of(method).key());
    if (resume) return go(RunDirectory.open(runRoot()));
    RunConfig config = ConfigFile.of(preset, settings);
    try (Device device = common.openDevice()) {
      DataSet unread = dryRun && data == null ? config.data().unread() : null;
      DataSet set = unread == null ? common.load(config.data(), data, key()) : unread;
      config = fitted(config, set, device);
      MemoryTable plan = MemoryTable.of(config, set, device);
      common.words().println(device.description());
      common.words().println(unread == null ? set.describe() : "no --data: a plan for any images");
      common.words().print(plan.text());
      if (dryRun) common.words().print(ConfigFile.write(config));
      plan.requireRoom(device);
      if (dryRun) {
        common.print(Map.of("peak_bytes", plan.peak()));
        return 0;
      }
      RunDirectory run = RunDirectory.create(freshRoot());
      run.begin(config, common.origin(key(), data, set, device));
      return train(run, config, key(), set, device);
    }
  }

  private RunConfig fitted(RunConfig config, DataSet set, Device device) {
    if (memoryLimit == null) return config;
    if (memoryLimit < 1 || memoryLimit > 1 << 30)
      throw new UserException("--memory-limit %d: not a number of MiB".formatted(memoryLimit));
    return MemoryTable.within(config, memoryLimit << 20, set, device);
  }

  private int go(RunDirectory run) throws IOException {
    if (!settings.isEmpty() || memoryLimit != null)
      throw new UserException(
          "--resume goes on with the run's own settings: leave out --set, --method,"
              + " --memory-limit");
    RunConfig config = run.config();
    String name = preset.endsWith(".toml") ? ConfigFile.of(preset, Map.of()).preset() : preset;
    if (!config.preset().equals(name))
      throw new UserException(
          "%s is a run of %s, not %s".formatted(run.root(), config.preset(), preset));
    RunDirectory.Origin origin = run.origin();
    if (seed != null && key() != origin.seed())
      throw new UserException(
          "%s was begun with --seed %s: leave out --seed"
              .formatted(run.root(), Integer.toUnsignedString(origin.seed())));
    Path source = data != null ? data : origin.data() == null ? null : Path.of(origin.data());
    try (Device device = common.openDevice()) {
      DataSet set = common.load(config.data(), source, origin.seed());
      if (origin.samples() != null && !origin.samples().equals(set.describe()))
        throw new UserException(
            "%s was begun with %s; this is %s: name the same data"
                .formatted(run.root(), origin.samples(), set.describe()));
      MemoryTable.of(config, set, device).requireRoom(device);
      return train(run, config, origin.seed(), set, device);
    }
  }

  private int train(RunDirectory run, RunConfig config, int key, DataSet set, Device device)
      throws IOException {
    Interrupt.waitForThisThread();
    long begun = System.nanoTime();
    Log log = new Log(run);
    TerminalProgress progress = new TerminalProgress(common.words(), log);
    progress.say("run directory " + run.root());
    var contents =
        new Training(config, key, set, device, run, progress, Interrupt::happened)
            .checkpointEvery(checkpointEvery)
            .watch(Grids.of(run, set.space(), key, device))
            .train();
    try (Model model = new Model(contents, device)) {
      Measuring measuring = new Measuring(run, set, device, progress, common, UserNets.NONE);
      measuring.print(measuring.measure(model, config, key, begun));
    }
    return 0;
  }

  private int key() {
    return Common.seed(seed == null ? DEFAULT_SEED : seed);
  }

  private Path runRoot() {
    return out != null ? out : Path.of("runs", presetName());
  }

  /** The named directory, or the first of runs/PRESET, runs/PRESET-2, … that holds no run. */
  private Path freshRoot() {
    Path root = runRoot();
    if (out != null) return root;
    for (int i = 2; Files.exists(root); i++) root = Path.of("runs", presetName() + "-" + i);
    return root;
  }

  private String presetName() {
    String stem = Common.stem(preset);
    return method == null || method.equals("sild") ? stem : stem + "-" + method;
  }
}
