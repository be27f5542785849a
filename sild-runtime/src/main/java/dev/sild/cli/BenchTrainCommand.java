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

  @Override
  public Integer call() {
    double seconds = options.seconds(SECONDS);
    if (batch < 1 || batch > MOST_ROWS)
      throw new UserException("--batch %d: take 1 to %d".formatted(batch, MOST_ROWS));
    List<Row> rows = new ArrayList<>();
    try (Device device = options.openDevice()) {
      Limits limits = device.limits();
      options.introduce(device, limits);
      for (TrainingJob job : jobs) rows.add(measure(device, job, seconds, limits));
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
      options.common.words().println(table);
      options.print(device, limits, rows);
    }
    return 0;
  }

  private Row measure(Device device, TrainingJob job, double seconds, Limits limits) {
    try (Stream stream = device.openStream();
        TrainingStep step = new TrainingStep(device, stream, job, batch)) {
      Timing timing = Timing.of(stream, step::run, seconds);
      List<Op> ops = profile ? profile(stream, job, step, seconds, limits) : null;
      Work work = step.work();
      return new Row(
          job.toString(),
          batch / timing.seconds(),
          1e3 * timing.seconds(),
          BenchOptions.defined(work.gflops(timing.seconds())),
          BenchOptions.defined(work.percentOfLimit(timing.seconds(), limits)),
          batch,
          step.parameters(),
          step.loss(),
          ops);
    }
  }

  private List<Op> profile(
      Stream stream, TrainingJob job, TrainingStep step, double seconds, Limits limits) {
    List<Piece> pieces = step.pieces();
    List<Timing> timings = Timing.each(stream, step::advance, pieces, seconds);
    double whole = timings.stream().mapToDouble(Timing::seconds).sum();
    Table table =
        Table.of(job.toString(), "ms", "% of step", "GFLOP/s", "GB/s", "% of limit", "of");
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      Op op = op(pieces.get(i), timings.get(i).seconds(), whole, limits);
      ops.add(op);
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
    options
        .common
        .words()
        .println(table.row("all, one by one", 1e3 * whole, 100.0, null, null, null, ""));
    return ops;
  }

  private static Op op(Piece piece, double seconds, double whole, Limits limits) {
    Work work = piece.work();
    return new Op(
        piece.name(),
        1e3 * seconds,
        100 * seconds / whole,
        BenchOptions.defined(work.gflops(seconds)),
        BenchOptions.defined(work.gigabytesPerSecond(seconds)),
        BenchOptions.defined(work.percentOfLimit(seconds, limits)),
        work.boundBy(seconds, limits));
  }
}
