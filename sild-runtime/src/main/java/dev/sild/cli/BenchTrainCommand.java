package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bench.Piece;
import dev.sild.bench.Timing;
import dev.sild.bench.TrainingJob;
import dev.sild.bench.TrainingStep;
import dev.sild.bench.Work;
import dev.sild.bindings.Device;
import dev.sild.bindings.Limits;
import dev.sild.bindings.Stream;
import dev.sild.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench train}: training steps of the yardstick networks. */
@Command(
    name = "train",
    description =
        "Times training steps: a perceptron of width 512 that denoises samples of 64, 784 or 2352"
            + " coordinates, with AdamW and a moving average.")
final class BenchTrainCommand implements Callable<Integer> {
  private static final double SECONDS = 3;
  private static final int MOST_ROWS = 1 << 20;

  @Mixin BenchOptions options;

  @Option(
      names = "--job",
      paramLabel = "JOB",
      split = ",",
      defaultValue = "train64,train784,train2352",
      description = "which networks (default: ${DEFAULT-VALUE})")
  List<TrainingJob> jobs;

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "256",
      description = "samples in a step (default: ${DEFAULT-VALUE})")
  int batch;

  @Option(names = "--profile", description = "time each op of a step by itself, too")
  boolean profile;

  /** A job as {@code --json} shows it. */
  record Row(
      String name,
      Double samplesPerSecond,
      double milliseconds,
      Double gflops,
      Double percentOfLimit,
      int batch,
      long parameters,
      double loss,
      List<Op> pieces) {}

  /** An op of a job. */
  record Op(
      String name,
      double milliseconds,
      double percentOfStep,
      Double gflops,
      Double gigabytesPerSecond,
      Double percentOfLimit,
      String bound) {}

  /** What was timed of a job. */
  private record Measured(
      TrainingJob job,
      Timing step,
      Work work,
      long parameters,
      double loss,
      List<Piece> pieces,
      List<Timing> times) {}

  @Override
  public Integer call() {
    double seconds = options.seconds(SECONDS);
    if (batch < 1 || batch > MOST_ROWS)
      throw new UserException("--batch %d: take 1 to %d".formatted(batch, MOST_ROWS));
    try (Device device = options.openDevice()) {
      options.introduce(device);
      Limits limits = device.limits();
      List<Measured> measured = new ArrayList<>();
      for (TrainingJob job : jobs) measured.add(measure(device, job, seconds));
      limits = limits.best(device.limits());
      options.show(limits);
      List<Row> rows = new ArrayList<>();
      for (Measured m : measured) rows.add(row(m, limits));
      if (profile) for (Row r : rows) options.common.words().println(profile(r));
      options.common.words().println(table(rows));
      options.print(device, limits, rows);
    }
    return 0;
  }

  private Measured measure(Device device, TrainingJob job, double seconds) {
    try (Stream stream = device.openStream();
        TrainingStep step = new TrainingStep(device, stream, job, batch)) {
      Timing whole = Timing.of(stream, step::run, seconds);
      List<Piece> pieces = profile ? step.pieces() : List.of();
      List<Timing> times =
          profile ? Timing.each(stream, step::advance, pieces, seconds) : List.of();
      return new Measured(job, whole, step.work(), step.parameters(), step.loss(), pieces, times);
    }
  }

  private Row row(Measured m, Limits limits) {
    double seconds = m.step.seconds();
    double all = m.times.stream().mapToDouble(Timing::seconds).sum();
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < m.pieces.size(); i++)
      ops.add(op(m.pieces.get(i), m.times.get(i).seconds(), all, limits));
    return new Row(
        m.job.toString(),
        batch / seconds,
        1e3 * seconds,
        BenchOptions.defined(m.work.gflops(seconds)),
        BenchOptions.defined(m.work.percentOfLimit(seconds, limits)),
        batch,
        m.parameters,
        m.loss,
        profile ? ops : null);
  }

  private static Op op(Piece piece, double seconds, double all, Limits limits) {
    Work work = piece.work();
    return new Op(
        piece.name(),
        1e3 * seconds,
        100 * seconds / all,
        BenchOptions.defined(work.gflops(seconds)),
        BenchOptions.defined(work.gigabytesPerSecond(seconds)),
        BenchOptions.defined(work.percentOfLimit(seconds, limits)),
        work.boundBy(seconds, limits));
  }

  private static Table profile(Row row) {
    Table table = Table.of(row.name, "ms", "% of step", "GFLOP/s", "GB/s", "% of limit", "of");
    double all = 0;
    for (Op op : row.pieces) {
      all += op.milliseconds;
      table =
          table.row(
              op.name,
              op.milliseconds,
              op.percentOfStep,
              op.gflops,
              op.gigabytesPerSecond,
              op.percentOfLimit,
              op.bound);
    }
    return table.row("all, one by one", all, 100.0, null, null, null, "");
  }

  private static Table table(List<Row> rows) {
    Table table =
        Table.of("job", "batch", "ms a step", "samples/s", "GFLOP/s", "% of limit", "loss");
    for (Row r : rows)
      table =
          table.row(
              r.name,
              r.batch,
              r.milliseconds,
              r.samplesPerSecond,
              r.gflops,
              r.percentOfLimit,
              r.loss);
    return table;
  }
}
