package dev.sild.bindings.cuda;

import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the table of {@code kernels/README.md} says of each kernel. */
final class KernelTable {
  /** A multiprocessor's share of the 50 MB of second-level cache. */
  private static final long CACHE = 384 << 10;

  private static final int SECTOR = 32;

  private static final String HEAD =
      """
      | Kernel | Run | Unit | Least B | Moved | Asked | Used | Instructions | Registers | Shared B | Spills | 128-bit | Occupancy | H100, at least |
      |---|---|---|---|---|---|---|---|---|---|---|---|---|---|
      """;

  private KernelTable() {}

  /**
   * One kernel, measured.
   *
   * @param bound of one unit on an H100
   */
  record Row(
      LeastWork.Run run, Statistics counted, Ptxas compiled, Hopper.Bound bound, int occupancy) {

    /** Bytes between memory and chip, as a multiple of the least. */
    double moved() {
      return SECTOR * sum("sectors_read", "sectors_written") / run.bytes();
    }

    /** Bytes of the sectors that all requests touch: what moves without any cache. */
    double asked() {
      return SECTOR * sum("sectors_loaded", "sectors_stored") / run.bytes();
    }

    /** Percent of those bytes that somebody wanted. */
    long used() {
      double wanted = sum("useful_loaded", "useful_stored");
      return Math.round(100 * wanted / (SECTOR * sum("sectors_loaded", "sectors_stored")));
    }

    /** Percent of the requests that are of 128 bits a thread. */
    long wide() {
      return Math.round(100 * sum("vector_loads", "vector_stores") / sum("loads", "stores"));
    }

    int shared() {
      return compiled.shared() + (int) counted.get("dynamic_shared");
    }

    private double sum(String one, String other) {
      return counted.get(one) + (double) counted.get(other);
    }

    private String line() {
      return "| `%s` | %s | %s | %s | %.2f | %.2f | %d %% | %s | %d | %d | %d | %d %% | %d %% | %s %s |"
          .formatted(
              run.kernel().substring("sild_".length()),
              run.size(),
              run.unit(),
              three(run.bytes() / run.units()),
              moved(),
              asked(),
              used(),
              three(counted.get("instructions") / (double) run.units()),
              compiled.registers(),
              shared(),
              compiled.spills(),
              wide(),
              occupancy,
              time(bound.seconds() / run.units()),
              bound.by());
    }
  }

  static String of(List<Row> rows) {
    StringBuilder text = new StringBuilder(HEAD);
    for (Row row : rows) text.append(row.line()).append('\n');
    return text.toString();
  }

  static Row measure(LeastWork.Run run) {
    VirtualGpu.set("cache", CACHE);
    VirtualGpu.set("multiprocessors", run.multiprocessors());
    VirtualGpu.set("shared", run.shared());
    try (Device device = VirtualGpu.open(run.precision());
        Stream stream = device.openStream()) {
      VirtualGpu.reset();
      run.work().accept(new Workbench(device, stream));
      stream.synchronize();
      Statistics counted = Statistics.read().get(run.kernel());
      if (counted == null) throw new AssertionError(run.kernel() + " was not launched");
      return row(run, counted);
    } finally {
      VirtualGpu.set("cache", 0);
      VirtualGpu.set("multiprocessors", 132);
      VirtualGpu.set("shared", 232448);
    }
  }

  private static Row row(LeastWork.Run run, Statistics counted) {
    Ptxas compiled = compiled().get(run.kernel());
    int shared = compiled.shared() + (int) counted.get("dynamic_shared");
    int threads = (int) counted.get("block_threads");
    return new Row(
        run,
        counted,
        compiled,
        Hopper.bound(run.bytes(), counted),
        Hopper.occupancy(compiled.registers(), shared, threads));
  }

  private static Map<String, Ptxas> compiled() {
    Map<String, Ptxas> kernels = new HashMap<>();
    for (String op : Build.ops()) kernels.putAll(Ptxas.parse(Build.ptxas(op, Build.HOPPER)));
    return kernels;
  }

  private static String time(double seconds) {
    double ps = seconds * 1e12;
    return ps < 1000 ? three(ps) + " ps" : three(ps / 1000) + " ns";
  }

  /** Three digits. */
  private static String three(double value) {
    int decimals = value < 0.995 ? 3 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
