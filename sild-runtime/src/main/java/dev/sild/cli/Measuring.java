package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.Safetensors;
import dev.sild.data.SampleSpace;
import dev.sild.data.molecule.SmilesFile;
import dev.sild.evaluation.DigitClassifier;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.LatentLikelihood;
import dev.sild.evaluation.Measures;
import dev.sild.evaluation.UserNets;
import dev.sild.network.Weights;
import dev.sild.report.Table;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.training.Interval;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The second half of {@code train}, and all of {@code evaluate}: measure, write, print. */
final class Measuring {
  /** The classifier behind the measures, in a run directory. */
  static final String CLASSIFIER = "classifier.safetensors";

  private static final int CLASSIFIER_SEED = 1;

  private final RunDirectory run;
  private RunDirectory results;
  private final DataSet data;
  private final Device device;
  private final TerminalProgress progress;
  private final Common common;
  private final UserNets nets;
  private LatentLikelihood likelihood = LatentLikelihood.NONE;

  Measuring(
      RunDirectory run,
      DataSet data,
      Device device,
      TerminalProgress progress,
      Common common,
      UserNets nets) {
    this.run = run;
    this.results = run;
    this.data = data;
    this.device = device;
    this.progress = progress;
    this.common = common;
    this.nets = nets;
  }

  /**
   * Puts the results into a folder of the run instead.
   *
   * @throws IOException if it cannot be made
   */
  Measuring into(String folder) throws IOException {
    results = RunDirectory.at(Files.createDirectories(run.file(folder)));
    return this;
  }

  /** Measures a likelihood, too. */
  Measuring with(LatentLikelihood asked) {
    likelihood = asked;
    return this;
  }

  /**
   * Measures a model and leaves {@code metrics.json}, {@code report.html}, for images and molecules
   * {@code samples.png}, {@code reconstructions.png} and {@code held-out.png}, and for molecules
   * all that were drawn as {@code samples.smi}.
   *
   * @param begun of the command, in nanoseconds
   * @return what stands in {@code metrics.json}
   */
  Map<String, Object> measure(Model model, RunConfig config, int seed, long begun)
      throws IOException {
    Weights classifier = classifier(run, data, config, device, progress);
    Measures measures =
        new Evaluation(
                model,
                data,
                device,
                seed,
                classifier,
                nets,
                likelihood,
                progress,
                Interrupt::happened)
            .measure();
    double seconds = (System.nanoTime() - begun) * 1e-9;
    pictures(measures, config);
    if (measures.generated() != null)
      results.write("samples.smi", SmilesFile.drawn(measures.generated().smiles()));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("run", run.root().toString());
    result.put("seconds", seconds);
    result.put("training_seconds", Interval.seconds(run.intervals()));
    result.put("metrics", measures.metrics());
    result.put("counts", measures.counts());
    result.put("error_curve", points(measures.latent()));
    result.put("collapse_error_curve", points(measures.collapse()));
    result.put("latent_spectrum", measures.latentSpectrum());
    results.writeJson("metrics.json", result);
    new RunReport(run, data, config, measures, seconds).write(device, results.file("report.html"));
    return result;
  }

  private void pictures(Measures measures, RunConfig config) throws IOException {
    SampleSpace space = data.space();
    if (!Pictures.show(space)) return;
    results.write("samples.png", Pictures.grid(measures.pictures().samples(), space));
    results.write("held-out.png", Pictures.grid(measures.pictures().data(), space));
    if (config.method().compresses())
      results.write(
          "reconstructions.png", Pictures.grid(measures.pictures().reconstructions(), space));
  }

  /** Prints what {@link #measure} found, for people and for programs. */
  void print(Map<String, Object> result) {
    Table table = table((Map<?, ?>) result.get("metrics"), (Map<?, ?>) result.get("counts"));
    common.words().println(table);
    common.words().println("report: " + results.file("report.html"));
    common.print(result);
  }

  private static List<ErrorCurve.Point> points(ErrorCurve curve) {
    return curve == null ? null : curve.points();
  }

  /** The figures as a table for people. */
  static Table table(Map<?, ?> metrics, Map<?, ?> counts) {
    Table table = Table.of("measure", "value");
    for (Map<?, ?> part : List.of(metrics, counts))
      for (var figure : part.entrySet()) table = table.row(figure.getKey(), figure.getValue());
    return table;
  }

  /**
   * The classifier of an earlier evaluation of a run, or a new one: always of the same seed, so
   * that runs of other seeds and methods are measured alike. Null for data that are no images.
   */
  static Weights classifier(
      RunDirectory run, DataSet data, RunConfig config, Device device, TerminalProgress progress)
      throws IOException {
    if (!(data instanceof DataSet.Images images)) return null;
    Path path = run.file(CLASSIFIER);
    if (Files.exists(path))
      return Weights.named("", Safetensors.read(path, Arena.ofAuto()).tensors());
    progress.say("training the classifier behind the measures");
    Weights weights =
        DigitClassifier.train(
            device,
            images.trained(),
            config.classifier(),
            CLASSIFIER_SEED,
            progress,
            Interrupt::happened);
    Safetensors.writeAtomically(path, List.copyOf(weights.tensors().values()), Map.of());
    return weights;
  }
}
