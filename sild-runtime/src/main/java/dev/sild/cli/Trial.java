package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.evaluation.UserNets;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import dev.sild.training.RunDirectory;
import dev.sild.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;

/**
 * One run of a comparison: found finished, gone on with, or begun.
 *
 * @param root its run directory
 */
record Trial(Path root, RunConfig config, int seed) {
  private static final String METRICS = "metrics.json";

  /**
   * What stands in its {@code metrics.json}, or null if it is not finished, or was measured without
   * one of the user's nets.
   */
  Map<String, Object> finished(DataSet data, UserNets nets) throws IOException {
    if (!begun()) return null;
    requireSame(data);
    Path file = root.resolve(METRICS);
    if (!Files.exists(file)) return null;
    try {
      Map<String, Object> result =
          RunDirectory.json().readerForMapOf(Object.class).readValue(Files.readString(file));
      Set<?> metrics = ((Map<?, ?>) result.get("metrics")).keySet();
      return metrics.containsAll(nets.metrics(config.method().compresses())) ? result : null;
    } catch (JacksonException e) {
      return null; // damaged: measured again
    }
  }

  private boolean begun() {
    return Files.isRegularFile(root.resolve("config.toml"));
  }

  /** A run made with other settings under this name must neither be used nor lost. */
  private void requireSame(DataSet data) throws IOException {
    RunDirectory run = RunDirectory.open(root);
    RunDirectory.Origin origin = run.origin();
    boolean same =
        run.config().essence().equals(config.essence())
            && origin.seed() == seed
            && data.describe().equals(origin.samples());
    if (!same)
      throw new UserException(
          "%s was made with other settings or data: name another --out".formatted(root));
  }

  /**
   * Trains from where the run stands and measures.
   *
   * @param origin what a new run says of itself
   * @param kin a finished run with the same first stage, or null
   * @param classifier of an earlier run of the comparison; a new one is left there
   */
  Map<String, Object> finish(
      DataSet data,
      Device device,
      RunDirectory.Origin origin,
      Trial kin,
      Path classifier,
      UserNets nets,
      Common common)
      throws IOException {
    long begun = System.nanoTime();
    RunDirectory run = begun() ? RunDirectory.open(root) : RunDirectory.create(root);
    if (!begun()) {
      if (kin != null) Training.shareFirstStage(RunDirectory.open(kin.root), run);
      run.begin(config, origin);
    }
    Path own = run.file(Measuring.CLASSIFIER);
    if (Files.exists(classifier) && !Files.exists(own)) Files.copy(classifier, own);
    TerminalProgress progress = new TerminalProgress(common.words(), new Log(run));
    ModelFile.Contents contents =
        new Training(config, seed, data, device, run, progress, Interrupt::happened).train();
    try (Model model = new Model(contents, device)) {
      Map<String, Object> result =
          new Measuring(run, data, device, progress, common, nets)
              .measure(model, config, seed, begun);
      if (Files.exists(own) && !Files.exists(classifier)) Files.copy(own, classifier);
      return result;
    }
  }
}
