package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.theory.Target;
import dev.sild.theory.steps.ConstantRate;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.OptimalSchedule;
import dev.sild.theory.steps.PathKl;
import dev.sild.theory.steps.StepLaboratory;
import dev.sild.theory.steps.StepsNeeded;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code steps}: what a sampler, a schedule and a budget lose, by theory and by measurement. */
@Command(
    name = "steps",
    description =
        "How many steps are enough: for every sampler, schedule and budget the divergence of the"
            + " path that the error curve predicts, and what samples show. A budget is a number of"
            + " denoiser evaluations; the last one, at sigma_min, comes on top.")
final class StepsCommand implements Callable<Integer> {
  private static final int LEVELS = 400;
  private static final int MOST_BUDGET = 256;

  @Mixin Common common;

  @Option(
      names = "--target",
      paramLabel = "LAW",
      required = true,
      description =
          "a law whose denoiser is exact: mixture:components=16,d=64,v=0.01,scale=1 or"
              + " hypercube:d=8 or the rows of FILE.npy")
  String law;

  @Option(
      names = "--budgets",
      paramLabel = "K",
      split = ",",
      defaultValue = "4,8,16,32,64",
      description = "denoiser evaluations (default: ${DEFAULT-VALUE})")
  List<Integer> budgets;

  @Option(names = "--sigma-max", paramLabel = "X", defaultValue = "20", description = "default: 20")
  double sigmaMax;

  @Option(
      names = "--sigma-min",
      paramLabel = "X",
      defaultValue = "0.05",
      description = "default: 0.05")
  double sigmaMin;

  @Option(
      names = "--kl",
      paramLabel = "X",
      description = "also the smallest budget whose best ancestral schedule loses at most X nats")
  Double divergence;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "4096",
      description = "behind the curve, and drawn for each row (default: ${DEFAULT-VALUE})")
  int samples;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "default: 1")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "runs/steps",
      description = "for the report and the schedules (default: ${DEFAULT-VALUE})")
  Path out;

  @Override
  public Integer call() throws IOException {
    check();
    Target target = TargetOption.of(law);
    try (Device device = common.openDevice();
        StepLaboratory laboratory =
            new StepLaboratory(device, target, samples, Common.seed(seed))) {
      DenoisingCurve curve = laboratory.curve(sigmaMax, sigmaMin, LEVELS, samples, 0);
      DenoisingCurve other = laboratory.curve(sigmaMax, sigmaMin, LEVELS, samples, 1);
      int most = budgets.stream().mapToInt(k -> k).max().orElseThrow();
      OptimalSchedule optimal = new OptimalSchedule(curve, divergence == null ? most : MOST_BUDGET);
      PathKl kl = new PathKl(other, target.dimension(), target.secondMoment()); // never chosen by
      int enough =
          divergence == null ? 0 : StepsNeeded.of(kl, optimal::schedule, divergence, MOST_BUDGET);
      writeSchedules(target, optimal, kl, enough);
      List<StepsReport.Row> rows = rows(laboratory, curve, optimal, kl);
      StepsReport report =
          new StepsReport(
              target,
              other,
              samples,
              laboratory.floor(),
              rows,
              enough,
              advice(optimal, kl, enough));
      report.write(out, command(), device.description());
      common.words().println(report.table());
      common.words().println(report.advice());
      common.words().println("report: " + out.resolve("report.html"));
      common.print(report.json());
    }
    return 0;
  }

  private void check() {
    if (!(sigmaMin > 0 && sigmaMax > sigmaMin))
      throw new UserException(
          "--sigma-max %s must be above --sigma-min %s, both above 0"
              .formatted(sigmaMax, sigmaMin));
    if (samples < 2) throw new UserException("--samples %d: two at least".formatted(samples));
    for (int budget : budgets)
      if (budget < 1 || budget > MOST_BUDGET)
        throw new UserException("--budgets %d: from 1 to %d".formatted(budget, MOST_BUDGET));
    if (divergence != null && !(divergence > 0))
      throw new UserException("--kl %s: above 0".formatted(divergence));
  }

  private List<StepsReport.Row> rows(
      StepLaboratory laboratory, DenoisingCurve curve, OptimalSchedule optimal, PathKl kl) {
    List<StepsReport.Row> rows = new ArrayList<>();
    for (int budget : budgets)
      for (String name : Sampler.NAMES) {
        Sampler sampler = Sampler.of(name);
        schedules(curve, optimal, sampler.steps(budget))
            .forEach((family, schedule) -> {
              double predicted = kl.of(sampler, schedule);
              rows.add(
                  new StepsReport.Row(
                      name,
                      family,
                      sampler.plan(schedule).size(),
                      StepsReport.known(predicted),
                      laboratory.measure(sampler, schedule)));
            });
      }
    return rows;
  }

  private Map<String, Schedule> schedules(
      DenoisingCurve curve, OptimalSchedule optimal, int steps) {
    Map<String, Schedule> all = new LinkedHashMap<>();
    for (Schedule.Family family : Schedule.Family.values())
      all.put(family.name().toLowerCase(Locale.ROOT), family.between(sigmaMax, sigmaMin, steps));
    all.put("constant-rate", ConstantRate.of(curve, steps));
    all.put("las", optimal.schedule(steps));
    return all;
  }

  private void writeSchedules(Target target, OptimalSchedule optimal, PathKl kl, int enough)
      throws IOException {
    RunDirectory folder = RunDirectory.at(Files.createDirectories(out));
    for (int budget : budgets) writeSchedule(folder, target, optimal.schedule(budget), kl);
    if (enough > 0) writeSchedule(folder, target, optimal.schedule(enough), kl);
  }

  private void writeSchedule(RunDirectory folder, Target target, Schedule schedule, PathKl kl)
      throws IOException {
    String remark =
        "%d ancestral steps, path divergence %.6g nats: %s"
            .formatted(schedule.steps(), kl.of(new Ancestral(), schedule), target.name());
    folder.write("las-%d.txt".formatted(schedule.steps()), schedule.text(remark));
  }

  private String advice(OptimalSchedule optimal, PathKl kl, int enough) {
    if (divergence == null) {
      int most = budgets.stream().mapToInt(k -> k).max().orElseThrow();
      return "%d ancestral steps on their best schedule lose %.3g nats; --kl X says how many lose at most X"
          .formatted(most, kl.of(new Ancestral(), optimal.schedule(most)));
    }
    return enough == 0
        ? "no budget to %d keeps the divergence below %s nats".formatted(MOST_BUDGET, divergence)
        : "%d ancestral steps on the schedule %s lose at most %s nats"
            .formatted(enough, out.resolve("las-%d.txt".formatted(enough)), divergence);
  }

  private String command() {
    return "./sild steps --target %s --budgets %s --sigma-max %s --sigma-min %s --samples %d --seed %d"
            .formatted(
                law,
                String.join(",", budgets.stream().map(String::valueOf).toList()),
                sigmaMax,
                sigmaMin,
                samples,
                seed)
        + (divergence == null ? "" : " --kl " + divergence)
        + common.command();
  }
}
