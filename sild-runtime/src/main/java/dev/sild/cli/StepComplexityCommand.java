package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.theory.complexity.Laboratory;
import dev.sild.theory.complexity.Row;
import dev.sild.theory.complexity.Study;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code theory step-complexity}: what the number of steps depends on, and what not. */
@Command(
    name = "step-complexity",
    description =
        "How many ancestral steps keep the divergence of the path at --kl, as the entropy, the"
            + " weights, the second moment or the ambient dimension of a law grow: on the best"
            + " schedule and uniform in log-SNR, by theory and by measurement.")
final class StepComplexityCommand implements Callable<Integer> {
  private static final int FEWEST = 8; // samples behind a curve: two give a standard error

  @Mixin Experiment experiment;

  @Option(
      names = "--study",
      paramLabel = "S",
      split = ",",
      defaultValue = "hypercube,codebook,weights,moment,dimension",
      description = "which laws (default: ${DEFAULT-VALUE})")
  List<Study> studies;

  @Option(
      names = "--kl",
      paramLabel = "X",
      defaultValue = "0.1",
      description = "divergence of the path that is allowed, nats (default: ${DEFAULT-VALUE})")
  double divergence;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "2048",
      description =
          "of each law: behind the curve that chooses schedules, behind those that score them, and"
              + " followed along their paths (default: ${DEFAULT-VALUE})")
  int samples;

  @Override
  public Integer call() throws IOException {
    if (!(divergence > 0 && divergence <= 10))
      throw new UserException("--kl %s: above 0, at most 10 nats".formatted(divergence));
    if (samples < FEWEST * Laboratory.JUDGES)
      throw new UserException(
          "--samples %d: at least %d".formatted(samples, FEWEST * Laboratory.JUDGES));
    Map<Study, List<Row>> rows = new LinkedHashMap<>();
    try (Device device = experiment.openDevice()) {
      Laboratory laboratory = new Laboratory(device, divergence, samples, experiment.seed());
      for (Study study : studies) rows.put(study, study.rows(laboratory));
      experiment.report(
          new StepComplexityReport(rows, divergence, samples).findings(), device.description());
    }
    return 0;
  }
}
