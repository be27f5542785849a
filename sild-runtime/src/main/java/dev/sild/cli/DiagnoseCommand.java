package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.Idx;
import dev.sild.data.LabelledImages;
import dev.sild.data.Vectors;
import dev.sild.theory.diagnosis.DataDiagnosis;
import dev.sild.theory.diagnosis.Diagnosis;
import dev.sild.theory.diagnosis.RunDiagnosis;
import dev.sild.theory.steps.RunLaboratory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diagnose}: what the theories say of one's own data. */
@Command(
    name = "diagnose",
    description =
        "Intrinsic dimension, information, speciation and collapse, memorisation, and how many"
            + " samples and steps are enough: for a trained run, or for data alone.")
final class DiagnoseCommand implements Callable<Integer> {
  private static final double HELD_OUT = 0.1;

  @Mixin Common common;

  @Parameters(
      paramLabel = "RUN|DATA",
      description = "run directory, or FILE.npy or .csv of vectors, or a folder of IDX images")
  Path subject;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "where a run's data lies now (default: where it lay)")
  Path data;

  @Option(
      names = "--kl",
      paramLabel = "X",
      description =
          "nats that the reverse steps may lose (default: a hundredth of the information)")
  Double divergence;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1024",
      description = "at each level of the error curve (default: ${DEFAULT-VALUE})")
  int samples;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "default: 1")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "for the report (default: RUN/diagnosis or runs/diagnosis)")
  Path out;

  @Override
  public Integer call() throws IOException {
    if (samples < 2) throw new UserException("--samples %d: two at least".formatted(samples));
    if (divergence != null && !(divergence > 0))
      throw new UserException("--kl %s: above 0".formatted(divergence));
    boolean run = Files.exists(subject.resolve("config.toml"));
    if (!run && data != null)
      throw new UserException("--data: %s is no run, but data itself".formatted(subject));
    Path folder =
        out != null ? out : run ? subject.resolve("diagnosis") : Path.of("runs", "diagnosis");
    try (Device device = common.openDevice()) {
      DiagnoseReport report =
          new DiagnoseReport(run ? ofRun(device) : ofData(device), run, divergence);
      report.write(folder, command(), device.description());
      report.sentences().forEach(common.words()::println);
      common.words().println("report: " + folder.resolve("report.html"));
      common.print(report.json());
    }
    return 0;
  }

  private Diagnosis ofRun(Device device) throws IOException {
    TerminalProgress progress = new TerminalProgress(common.words(), _ -> {});
    try (TrainedRun run = TrainedRun.open(subject, data, device, Common.seed(seed), progress);
        RunLaboratory laboratory =
            new RunLaboratory(subject.toString(), run.evaluation(), samples)) {
      return new RunDiagnosis(run.evaluation(), laboratory, samples).diagnose();
    }
  }

  private Diagnosis ofData(Device device) {
    return new DataDiagnosis(device, subject.toString(), table(), samples, Common.seed(seed))
        .diagnose();
  }

  private DataSet.Table table() {
    if (Files.isDirectory(subject))
      return DataSet.Table.of(pixels(Idx.training(subject)), pixels(Idx.test(subject)));
    return DataSet.Table.split(Vectors.read(subject), HELD_OUT);
  }

  private static Vectors pixels(LabelledImages images) {
    return new Vectors(images.normalised(), images.count(), images.size());
  }

  private String command() {
    return "./sild diagnose "
        + subject
        + (data == null ? "" : " --data " + data)
        + (divergence == null ? "" : " --kl " + divergence)
        + " --samples %d --seed %d".formatted(samples, seed)
        + common.command();
  }
}
