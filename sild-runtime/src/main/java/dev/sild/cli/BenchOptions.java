package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.Limits;
import dev.sild.report.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that the benchmarks share, and how they say what they found. */
final class BenchOptions {
  private static final int MOST_THREADS = 1024;

  @Mixin Common common;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "of the cpu device (default: every processor)")
  Integer threads;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "how long each row is timed (default: 3, for kernels 1)")
  Double seconds;

  /** How long each row is timed. */
  double seconds(double otherwise) {
    double s = seconds == null ? otherwise : seconds;
    if (!(s > 0) || s > 3600)
      throw new UserException("--seconds %s: take more than 0, at most 3600".formatted(s));
    return s;
  }

  /** The device of these options. */
  Device openDevice() {
    if (threads == null) return common.openDevice();
    if (threads < 1 || threads > MOST_THREADS)
      throw new UserException("--threads %d: take 1 to %d".formatted(threads, MOST_THREADS));
    if (common.device.startsWith("cuda"))
      throw new UserException("--threads is for --device cpu, not " + common.device);
    if (common.device.equals("auto")) common.device = "cpu"; // a GPU has its own
    return common.openDevice(threads);
  }

  /** The device's name as {@code --device} has it: the same instruction set, if one was named. */
  String name(Device device) {
    return common.device.equals("auto") ? device.name() : common.device;
  }

  /** Threads of a processor, 0 for one on each. */
  int threads() {
    return threads == null ? 0 : threads;
  }

  /** Says what is measured. */
  void introduce(Device device) {
    common.words().println(device.description());
  }

  /** Says against what. */
  void show(Limits limits) {
    common
        .words()
        .printf(
            "limits: %s GFLOP/s of products from registers, %s GB/s to and from memory%n",
            Table.figure(limits.flops() * 1e-9), Table.figure(limits.bytesPerSecond() * 1e-9));
  }

  /** The last line, if asked for. */
  void print(Device device, Limits limits, List<?> rows) {
    Map<String, Object> peak = new LinkedHashMap<>();
    peak.put("gflops", defined(limits.flops() * 1e-9));
    peak.put("gigabytes_per_second", defined(limits.bytesPerSecond() * 1e-9));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("device", device.description());
    result.put("limits", peak);
    result.put("rows", rows);
    common.print(result);
  }

  /** JSON has no NaN. */
  static Double defined(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
