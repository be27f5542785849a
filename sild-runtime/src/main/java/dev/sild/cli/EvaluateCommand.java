package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.UserNets;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code evaluate}: every metric of the preset, again. */
@Command(
    name = "evaluate",
    description = "Measures a trained run again, and rewrites its metrics and report.")
final class EvaluateCommand implements Callable<Integer> {
  @Mixin Common common;

  @Mixin FeatureOptions nets;

  @Mixin LikelihoodOptions likelihood;

  @Parameters(paramLabel = "RUN", description = "run directory")
  Path root;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "where the data lies now (default: where it lay)")
  Path data;

  @Option(names = "--seed", paramLabel = "N", description = "of the draws (default: the run's)")
  Long seed;

  @Option(
      names = "--second-ema",
      description = "measure the second average of the weights instead, into RUN/second-ema")
  boolean second;

  @Override
  public Integer call() throws IOException {
    long begun = System.nanoTime();
    RunDirectory run = RunDirectory.open(root);
    RunConfig config = run.config();
    RunDirectory.Origin origin = run.origin();
    Interrupt.waitForThisThread();
    try (Device device = common.openDevice();
        Model model = Model.load(second ? run.secondModel() : root, device)) {
      TerminalProgress progress = new TerminalProgress(common.words(), new Log(run));
      DataSet set = TrainedRun.load(run, data, progress);
      requireDimension(set, model, root);
      int key = seed == null ? origin.seed() : Common.seed(seed);
      try (UserNets opened = nets.open(set)) {
        Measuring measuring = new Measuring(run, set, device, progress, common, opened);
        measuring.with(likelihood.of(model.latent()));
        if (second) measuring.into("second-ema");
        measuring.print(measuring.measure(model, config, key, begun));
      }
    }
    return 0;
  }

  /** Other data than the model was trained on are the user's mistake. */
  static void requireDimension(DataSet set, Model model, Path root) {
    if (set.dimension() != model.dimension())
      throw new UserException(
          "the data has dimension %d, the model of %s %d: name the data that it was trained on"
              .formatted(set.dimension(), root, model.dimension()));
  }
}
