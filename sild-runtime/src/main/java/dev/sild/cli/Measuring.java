package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.ImageGrid;
import dev.sild.data.Safetensors;
import dev.sild.evaluation.DigitClassifier;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.Measures;
import dev.sild.evaluation.UserNets;
import dev.sild.network.Weights;
import dev.sild.report.Table;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
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
  private final RunDirectory run;
  private final DataSet data;
  private final Device device;
  private final TerminalProgress progress;
  private final Common common;
  private final UserNets nets;

  Measuring(
      RunDirectory run,
      DataSet data,
      Device device,
      TerminalProgress progress,
      Common common,
      UserNets nets) {
    this.run = run;
    this.data = data;
    this.device = device;
    this.progress = progress;
    this.common = common;
    this.nets = nets;
  }

  /**
   * Measures a model and leaves {@code metrics.json}, {@code samples.png} and {@code report.html}.
   *
   * @param begun of the command, in nanoseconds
   */
  void measure(Model model, RunConfig config, int seed, long begun) throws IOException {
    Weights classifier =
        data instanceof DataSet.Images images ? classifier(images, config, seed) : null;
    Measures measures =
        new Evaluation(model, data, device, seed, classifier, nets, progress, Interrupt::happened)
            .measure();
    double seconds = (System.nanoTime() - begun) * 1e-9;
    if (data instanceof DataSet.Images images)
      run.write("samples.png", grid(measures.pictures().samples(), images, 4));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("run", run.root().toString());
    result.put("seconds", seconds);
    result.put("metrics", measures.metrics());
    result.put("counts", measures.counts());
    result.put("error_curve", measures.latent().points());
    result.put("collapse_error_curve", measures.ambient().points());
    run.writeJson("metrics.json", result);
    new RunReport(run, data, config, measures, seconds).write(device);
    common.words().println(table(measures));
    common.words().println("report: " + run.file("report.html"));
    common.print(result);
  }

  /** The figures as a table for people. */
  static Table table(Measures measures) {
    Table table = Table.of("measure", "value");
    for (Map.Entry<String, Double> metric : measures.metrics().entrySet())
      table = table.row(metric.getKey(), metric.getValue());
    for (Map.Entry<String, Object> count : measures.counts().entrySet())
      table = table.row(count.getKey(), count.getValue());
    return table;
  }

  /** The classifier of an earlier evaluation of this run, or a new one. */
  private Weights classifier(DataSet.Images images, RunConfig config, int seed) throws IOException {
    Path path = run.file("classifier.safetensors");
    if (Files.exists(path))
      return Weights.named("", Safetensors.read(path, Arena.ofAuto()).tensors());
    progress.say("training the classifier behind the measures");
    Weights weights =
        DigitClassifier.train(
            device, images.trained(), config.classifier(), seed, progress, Interrupt::happened);
    Safetensors.writeAtomically(path, List.copyOf(weights.tensors().values()), Map.of());
    return weights;
  }

  /** Rows of images as a PNG, eight to a line. */
  static byte[] grid(float[] rows, DataSet.Images images, int scale) {
    int count = rows.length / images.dimension();
    return ImageGrid.png(
        rows,
        count,
        8,
        images.channels(),
        images.trained().height(),
        images.trained().width(),
        scale);
  }
}
