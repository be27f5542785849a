package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Sde;
import dev.sild.theory.steps.StepsNeeded;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code steps}: what a sampler, a schedule and a budget lose, by theory and by measurement. */
@Command(
    name = "steps",
    description =
        "How many steps are enough: for every sampler, schedule and budget the divergence of the"
            + " path that the error curve predicts, and what samples show. A budget is a number of"
            + " denoiser evaluations; the last one, at sigma_min, comes on top. Schedules are"
            + " chosen on one half of the held-out data and judged on the other.")
final class StepsCommand implements Callable<Integer> {
  private static final int MOST_BUDGET = 256;

  @Mixin Common common;

  @ArgGroup(multiplicity = "1")
  StepsSubject subject;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "held-out samples for --denoiser, FILE.npy or .csv; for RUN where its data lies now")
  Path data;

  @Option(
      names = "--budgets",
      paramLabel = "K",
      split = ",",
      defaultValue = "4,8,16,32,64",
      description = "denoiser evaluations (default: ${DEFAULT-VALUE})")
  List<Integer> budgets;

  @Option(
      names = "--samplers",
      paramLabel = "NAME",
      split = ",",
      description = "these alone (default: all that sample --sampler knows)")
  List<String> samplers = Sampler.NAMES;

  @Option(
      names = "--sde",
      paramLabel = "VARIABLE",
      defaultValue = "ve",
      description = "in which em steps: ve, vp or subvp (default: ${DEFAULT-VALUE})")
  String sde;

  @Option(
      names = "--schedules",
      paramLabel = "NAME",
      split = ",",
      description = "these alone, of edm, logsnr, cosine, constant-rate and las (default: all)")
  List<String> schedules = StepsSchedules.NAMES;

  @Option(
      names = "--sigma-max",
      paramLabel = "X",
      description = "where schedules begin (default: the run's, or 20)")
  Double sigmaMax;

  @Option(
      names = "--sigma-min",
      paramLabel = "X",
      description = "where they end (default: the run's, or 0.05)")
  Double sigmaMin;

  @Option(
      names = "--kl",
      paramLabel = "X",
      description = "also the smallest budget whose best ancestral schedule loses at most X nats")
  Double divergence;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "4096",
      description =
          "at each level of the curve, and drawn for each row (default: ${DEFAULT-VALUE})")
  int samples;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "default: 1")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "for the report and the schedules (default: RUN/steps or runs/steps)")
  Path out;

  @Override
  public Integer call() throws IOException {
    check();
    TerminalProgress progress = new TerminalProgress(common.words(), _ -> {});
    try (Device device = common.openDevice();
        StepsSubject.Opened opened =
            subject.open(device, data, samples, Common.seed(seed), progress)) {
      StepsTable table = table(opened);
      int enough =
          divergence == null
              ? 0
              : StepsNeeded.of(table.kl(), table.optimal()::schedule, divergence, MOST_BUDGET);
      Path folder = out != null ? out : subject.folder();
      writeSchedules(folder, table, enough);
      StepsReport report =
          new StepsReport(table, rows(opened, table, progress), enough, divergence, folder);
      report.write(command(), device.description());
      common.words().println(report.table());
      report.sentences().forEach(common.words()::println);
      common.words().println("report: " + folder.resolve("report.html"));
      common.print(report.json());
    }
    return 0;
  }

  private void check() {
    if (samples < 2) throw new UserException("--samples %d: two at least".formatted(samples));
    for (int budget : budgets)
      if (budget < 1 || budget > MOST_BUDGET)
        throw new UserException(
            "--budgets %d: from 1 to %d, for the curve has %d levels"
                .formatted(budget, MOST_BUDGET, StepsTable.LEVELS));
    if (divergence != null && !(divergence > 0))
      throw new UserException("--kl %s: above 0".formatted(divergence));
    samplers.forEach(this::sampler);
    for (String name : schedules)
      if (!StepsSchedules.NAMES.contains(name))
        throw new UserException(
            "--schedules %s: choose of %s"
                .formatted(name, String.join(", ", StepsSchedules.NAMES)));
  }

  private Sampler sampler(String name) {
    Sde variable = Sde.of(sde); // an unknown one is the user's mistake, whatever steps in it
    return name.equals("em") ? Sampler.of(name, variable) : Sampler.of(name);
  }

  private StepsTable table(StepsSubject.Opened opened) {
    double from = sigmaMax == null ? opened.sigmaMax() : sigmaMax;
    double to = sigmaMin == null ? opened.sigmaMin() : sigmaMin;
    if (!(to > 0 && from > to))
      throw new UserException(
          "--sigma-max %s must be above --sigma-min %s, both above 0".formatted(from, to));
    return StepsTable.of(
        opened.laboratory(),
        opened.target(),
        from,
        to,
        samples,
        divergence == null ? most() : MOST_BUDGET);
  }

  private int most() {
    return budgets.stream().mapToInt(k -> k).max().orElseThrow();
  }

  /** Of the laboratory, and of the same law stepped by its labels. */
  private List<StepsReport.Row> rows(
      StepsSubject.Opened opened, StepsTable table, TerminalProgress progress) {
    int each = budgets.size() * samplers.size() * schedules.size();
    progress.begin("steps", "rows", 0, opened.byLabel() == null ? each : 2 * each);
    List<StepsReport.Row> rows = new ArrayList<>();
    add(rows, table, "sigma", progress);
    if (opened.byLabel() != null)
      add(rows, table.byLabel(opened.byLabel(), most()), "sigma_tilde", progress);
    progress.end();
    return rows;
  }

  private void add(
      List<StepsReport.Row> rows, StepsTable table, String variable, TerminalProgress progress) {
    for (int budget : budgets)
      for (String name : samplers) {
        Sampler sampler = sampler(name);
        StepsSchedules all = table.schedules(sampler.steps(budget));
        for (String schedule : schedules) {
          rows.add(table.row(variable, name, sampler, schedule, all.of(schedule)));
          progress.advance(rows.size());
        }
      }
  }

  private void writeSchedules(Path folder, StepsTable table, int enough) throws IOException {
    RunDirectory to = RunDirectory.at(Files.createDirectories(folder));
    for (int budget : budgets) writeSchedule(to, table, budget);
    if (enough > 0) writeSchedule(to, table, enough);
  }

  private static void writeSchedule(RunDirectory folder, StepsTable table, int budget)
      throws IOException {
    Schedule schedule = table.optimal().schedule(budget);
    double lost = table.kl().of(new Ancestral(), schedule);
    String remark =
        "%d ancestral steps, path divergence %.6g nats: %s"
            .formatted(budget, lost, table.laboratory().name());
    folder.write("las-%d.txt".formatted(budget), schedule.text(remark));
  }

  private String command() {
    StringBuilder words = new StringBuilder("./sild steps " + subject.command());
    if (data != null) words.append(" --data ").append(data);
    words.append(" --budgets ").append(joined(budgets));
    if (samplers != Sampler.NAMES) words.append(" --samplers ").append(joined(samplers));
    if (schedules != StepsSchedules.NAMES) words.append(" --schedules ").append(joined(schedules));
    if (!sde.equals("ve")) words.append(" --sde ").append(sde);
    if (sigmaMax != null) words.append(" --sigma-max ").append(sigmaMax);
    if (sigmaMin != null) words.append(" --sigma-min ").append(sigmaMin);
    if (divergence != null) words.append(" --kl ").append(divergence);
    words.append(" --samples %d --seed %d".formatted(samples, seed));
    return words + common.command();
  }

  private static String joined(List<?> values) {
    return String.join(",", values.stream().map(String::valueOf).toList());
  }
}
