package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.bindings.Finding;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.selftest.Result;
import dev.sild.bindings.selftest.SelfTest;
import dev.sild.data.AtomicFile;
import dev.sild.report.Table;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code doctor --self-test} found on one device, or on one after another. */
record SelfTestRun(List<Tested> devices) {
  private static final String REFERENCE = "baseline";
  private static final int THREADS = Runtime.getRuntime().availableProcessors();

  /** One device and its results. */
  record Tested(String device, String precision, List<Result> results) {}

  /** What is shown of it. */
  private record Ops(String device, String precision, List<OpResult> ops) {}

  /** All cases of one op. */
  private record OpResult(
      String op, int cases, Double largest, double seconds, boolean passed, String wrong) {

    static OpResult of(String op, List<Result> results) {
      List<Result> failed = results.stream().filter(result -> !result.passed()).toList();
      double largest = results.stream().mapToDouble(Result::share).max().orElse(0);
      return new OpResult(
          op,
          results.size(),
          finite(largest),
          results.stream().mapToDouble(Result::seconds).sum(),
          failed.isEmpty(),
          failed.isEmpty() ? "" : words(failed.getFirst()));
    }

    private static String words(Result result) {
      return result.failure() != null
          ? "%s: %s".formatted(result.name(), result.failure())
          : "%s: %s errs by %.3g, allowed %.3g"
              .formatted(result.name(), result.output(), result.error(), result.allowed());
    }
  }

  /**
   * Tries a device. The processor is no single one: each of its instruction sets is held against
   * the plainest.
   *
   * @param precision how the device was opened
   */
  static SelfTestRun on(Device device, Precision precision) {
    if (!(device instanceof CpuDevice)) return new SelfTestRun(List.of(tryOut(device, precision)));
    List<Tested> all = new ArrayList<>();
    for (String variant : CpuDevice.variants())
      try (Device one = CpuDevice.open(variant, THREADS, precision)) {
        all.add(tryOut(one, precision));
      }
    return new SelfTestRun(all);
  }

  private static Tested tryOut(Device device, Precision precision) {
    TerminalProgress progress = new TerminalProgress(System.err, _ -> {});
    int[] done = new int[1];
    try (Device reference = CpuDevice.open(REFERENCE, THREADS)) {
      progress.begin(device.name(), "cases", 0, SelfTest.results());
      List<Result> results =
          SelfTest.run(reference, device, precision, _ -> progress.advance(++done[0]));
      return new Tested(device.description(), precision.label(), results);
    } finally {
      progress.end();
    }
  }

  boolean passed() {
    return devices.stream().flatMap(d -> d.results.stream()).allMatch(Result::passed);
  }

  /** A table an op for each device. */
  void print(PrintStream words) {
    for (Tested tested : devices) {
      words.println(tested.device);
      words.println(table(tested));
    }
    words.println(passed() ? "every op is right" : "some ops are wrong: please send the report");
  }

  private static Table table(Tested tested) {
    Table table =
        Table.of("op", "cases", "largest error ÷ allowed", "ms", "verdict", "what is wrong");
    for (OpResult op : ops(tested))
      table =
          table.row(
              op.op,
              op.cases,
              op.largest,
              1e3 * op.seconds,
              op.passed ? "right" : "WRONG",
              op.wrong);
    return table;
  }

  private static List<OpResult> ops(Tested tested) {
    Map<String, List<Result>> byOp = new LinkedHashMap<>();
    for (Result result : tested.results)
      byOp.computeIfAbsent(result.op(), _ -> new ArrayList<>()).add(result);
    return byOp.entrySet().stream().map(e -> OpResult.of(e.getKey(), e.getValue())).toList();
  }

  /** What {@code --json} shows. */
  Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("passed", passed());
    summary.put(
        "devices", devices.stream().map(d -> new Ops(d.device, d.precision, ops(d))).toList());
    return summary;
  }

  /**
   * Writes everything to a file that reads well and that programs can read.
   *
   * @throws IOException if the disk does not take it
   */
  void write(Path file, List<Finding> findings) throws IOException {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("written", Instant.now().toString());
    report.put("machine", findings);
    report.putAll(summary());
    report.put("tables", devices.stream().map(d -> table(d).toString().lines().toList()).toList());
    report.put(
        "cases", devices.stream().map(d -> d.results.stream().map(Row::of).toList()).toList());
    byte[] text =
        (RunDirectory.json().writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n")
            .getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(text)));
  }

  /** A result in a file: JSON has no infinities. */
  private record Row(
      String op,
      String name,
      boolean passed,
      boolean offered,
      String output,
      Double error,
      Double allowed,
      double seconds,
      String failure) {

    static Row of(Result r) {
      return new Row(
          r.op(),
          r.name(),
          r.passed(),
          r.offered(),
          r.output(),
          finite(r.error()),
          finite(r.allowed()),
          r.seconds(),
          r.failure());
    }
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
