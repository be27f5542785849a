package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bench.Kernel;
import dev.sild.bench.KernelBenchmark;
import dev.sild.bench.KernelBenchmark.Score;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Limits;
import dev.sild.bindings.Precision;
import dev.sild.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench kernels}: every op of training and sampling alone. */
@Command(
    name = "kernels",
    description = "Times each op of training and sampling by itself, with JMH.")
final class BenchKernelsCommand implements Callable<Integer> {
  private static final double SECONDS = 1;

  @Mixin BenchOptions options;

  @Option(
      names = "--kernel",
      paramLabel = "TEXT",
      description = "only those whose names contain this, as matmul")
  String wanted;

  /** A kernel as {@code --json} shows it; samples are a job's, not an op's. */
  record Row(
      String name,
      Double samplesPerSecond,
      double microseconds,
      Double error,
      Double gflops,
      Double gigabytesPerSecond,
      Double percentOfLimit,
      String bound) {

    static Row of(Kernel kernel, Score score, Limits limits) {
      double seconds = score.microseconds() * 1e-6;
      return new Row(
          kernel.name(),
          null,
          score.microseconds(),
          BenchOptions.defined(score.error()),
          BenchOptions.defined(kernel.work().gflops(seconds)),
          BenchOptions.defined(kernel.work().gigabytesPerSecond(seconds)),
          BenchOptions.defined(kernel.work().percentOfLimit(seconds, limits)),
          kernel.work().boundBy(seconds, limits));
    }
  }

  @Override
  public Integer call() {
    double seconds = options.seconds(SECONDS);
    Interrupt.waitForThisThread();
    List<Kernel> kernels;
    String name;
    Limits before;
    try (Device device = options.openDevice()) {
      kernels = chosen(KernelBenchmark.kernels(device));
      name = options.name(device);
      options.introduce(device);
      before = device.limits();
    }
    List<Score> scores = measure(kernels, name, seconds); // each opens the device for itself
    try (Device device = options.openDevice()) {
      Limits limits = before.best(device.limits());
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < scores.size(); i++)
        rows.add(Row.of(kernels.get(i), scores.get(i), limits));
      options.show(limits);
      options.common.words().println(table(rows));
      options.print(device, limits, rows);
    }
    return 0;
  }

  private List<Kernel> chosen(List<Kernel> all) {
    if (wanted == null) return all;
    List<Kernel> chosen = all.stream().filter(kernel -> kernel.name().contains(wanted)).toList();
    if (chosen.isEmpty())
      throw new UserException(
          "--kernel %s: no name contains it; %s would do".formatted(wanted, all.getFirst().name()));
    return chosen;
  }

  private List<Score> measure(List<Kernel> kernels, String device, double seconds) {
    Precision precision = Precision.of(options.common.precision);
    TerminalProgress progress = new TerminalProgress(options.common.words(), _ -> {});
    List<Score> scores = new ArrayList<>();
    progress.begin("kernels", "kernels", 0, kernels.size());
    try {
      for (Kernel kernel : kernels) {
        if (Interrupt.happened()) throw new CancellationException("stopped");
        scores.add(score(kernel, device, precision, seconds));
        progress.advance(scores.size());
      }
    } finally {
      progress.end();
    }
    return scores;
  }

  private Score score(Kernel kernel, String device, Precision precision, double seconds) {
    try {
      return KernelBenchmark.measure(kernel, device, precision, options.threads(), seconds);
    } catch (DeviceException e) {
      if (Interrupt.happened()) throw new CancellationException("stopped");
      throw e;
    }
  }

  private static Table table(List<Row> rows) {
    Table table = Table.of("kernel", "µs", "±", "GFLOP/s", "GB/s", "% of limit", "of");
    for (Row r : rows)
      table =
          table.row(
              r.name,
              r.microseconds,
              r.error,
              r.gflops,
              r.gigabytesPerSecond,
              r.percentOfLimit,
              r.bound);
    return table;
  }
}
