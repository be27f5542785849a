package dev.sild.cli;

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

/** {@code bench sample}: whole reverse trajectories. */
@Command(
    name = "sample",
    description =
        "Times sampling: 4096 latents of 64 coordinates, 100 steps of Euler–Maruyama, a network of"
            + " one block of width 512.")
final class BenchSampleCommand implements Callable<Integer> {
  private static final double SECONDS = 3;

  @Mixin BenchOptions options;

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
    try (Device device = options.openDevice()) {
      Limits limits = device.limits();
      options.introduce(device, limits);
      try (SamplingJob job = new SamplingJob(device)) {
        Timing timing = Timing.of(job.stream(), job::run, seconds);
        Row r = row(job.work(), timing.seconds(), limits);
        Table table =
            Table.of("job", "samples", "evaluations", "ms", "samples/s", "GFLOP/s", "% of limit");
        options
            .common
            .words()
            .println(
                table.row(
                    r.name,
                    r.samples,
                    r.evaluations,
                    r.milliseconds,
                    r.samplesPerSecond,
                    r.gflops,
                    r.percentOfLimit));
        options.print(device, limits, List.of(r));
      }
    }
    return 0;
  }

  private static Row row(Work work, double seconds, Limits limits) {
    return new Row(
        "sample",
        SamplingJob.SAMPLES / seconds,
        1e3 * seconds,
        BenchOptions.defined(work.gflops(seconds)),
        BenchOptions.defined(work.percentOfLimit(seconds, limits)),
        SamplingJob.SAMPLES,
        SamplingJob.evaluations());
  }
}
