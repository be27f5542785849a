package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bench.SamplingJob;
import dev.sild.bench.Timing;
import dev.sild.bench.Work;
import dev.sild.bindings.Device;
import dev.sild.bindings.Limits;
import dev.sild.report.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench sample}: whole reverse trajectories. */
@Command(
    name = "sample",
    description =
        "Times sampling: latents of 64 coordinates, 100 steps of Euler–Maruyama, a network of"
            + " one block of width 512.")
final class BenchSampleCommand implements Callable<Integer> {
  private static final double SECONDS = 3;

  private static final int MOST_SAMPLES = 1 << 24;

  @Mixin BenchOptions options;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "4096",
      description = "of a run (default: ${DEFAULT-VALUE})")
  int samples;

  /** The job as {@code --json} shows it. */
  record Row(
      String name,
      Double samplesPerSecond,
      double milliseconds,
      Double gflops,
      Double percentOfLimit,
      int samples,
      int evaluations) {}

  @Override
  public Integer call() {
    double seconds = options.seconds(SECONDS);
    if (samples < 1 || samples > MOST_SAMPLES)
      throw new UserException("--samples %d: take 1 to %d".formatted(samples, MOST_SAMPLES));
    try (Device device = options.openDevice()) {
      options.introduce(device);
      Limits limits = device.limits();
      Timing timing;
      Work work;
      try (SamplingJob job = new SamplingJob(device, samples)) {
        timing = Timing.of(job.stream(), job::run, seconds);
        work = job.work();
      }
      limits = limits.best(device.limits());
      options.show(limits);
      Row row = row(work, timing.seconds(), limits);
      options.common.words().println(table(row));
      options.print(device, limits, List.of(row));
    }
    return 0;
  }

  private Row row(Work work, double seconds, Limits limits) {
    return new Row(
        "sample",
        samples / seconds,
        1e3 * seconds,
        BenchOptions.defined(work.gflops(seconds)),
        BenchOptions.defined(work.percentOfLimit(seconds, limits)),
        samples,
        SamplingJob.evaluations());
  }

  private static Table table(Row r) {
    return Table.of("job", "samples", "evaluations", "ms", "samples/s", "GFLOP/s", "% of limit")
        .row(
            r.name,
            r.samples,
            r.evaluations,
            r.milliseconds,
            r.samplesPerSecond,
            r.gflops,
            r.percentOfLimit);
  }
}
