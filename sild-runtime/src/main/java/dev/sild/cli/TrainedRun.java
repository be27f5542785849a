package dev.sild.cli;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.LatentLikelihood;
import dev.sild.evaluation.UserNets;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;

/** A run with its data, ready to be measured in ways of one's own. Owns the model. */
record TrainedRun(Model model, Evaluation evaluation) implements AutoCloseable {

  /**
   * Opens a run.
   *
   * @param data where its data lies now; null for where it lay
   */
  static TrainedRun open(Path root, Path data, Device device, int seed, TerminalProgress progress)
      throws IOException {
    RunDirectory run = RunDirectory.open(root);
    RunConfig config = run.config();
    DataSet set = load(run, data, progress);
    Model model = Model.load(root, device);
    try {
      EvaluateCommand.requireDimension(set, model, root);
      return new TrainedRun(
          model,
          new Evaluation(
              model,
              set,
              device,
              seed,
              Measuring.classifier(run, set, config, device, progress),
              UserNets.NONE,
              LatentLikelihood.NONE,
              Progress.SILENT, // a report of many measures, not of each
              Interrupt::happened));
    } catch (Throwable e) {
      model.close();
      throw e;
    }
  }

  /** The data that a run was trained on. */
  static DataSet load(RunDirectory run, Path data, Progress progress) throws IOException {
    RunDirectory.Origin origin = run.origin();
    Path source = data != null ? data : origin.data() == null ? null : Path.of(origin.data());
    return run.config().data().load(source, origin.seed(), progress, Interrupt::happened);
  }

  @Override
  public void close() {
    model.close();
  }
}
