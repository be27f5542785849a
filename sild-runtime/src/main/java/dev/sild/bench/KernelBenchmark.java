package dev.sild.bench;

import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** One op alone, measured by JMH in a virtual machine of its own. */
@State(Scope.Thread)
public class KernelBenchmark {
  private static final int WARM_UPS = 3;
  private static final int MEASUREMENTS = 5;
  private static final String[] JVM = {
    "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow" // JMH's own
  };
  private static final int REPLAYED = 16; // ops of a graph: what a launch and a wait take is shared

  @Param("")
  public String kernel;

  @Param("")
  public String device;

  @Param("")
  public String precision;

  @Param("0")
  public int threads;

  private Device opened;
  private Desk desk;
  private Recording recording;

  /**
   * What JMH found.
   *
   * @param microseconds mean time of the op
   * @param error half of the 99.9 % confidence interval
   */
  public record Score(double microseconds, double error) {}

  /** The kernels that a device offers. */
  public static List<Kernel> kernels(Device device) {
    List<Kernel> all = kernels(device.name());
    try (Desk desk = new Desk(device)) {
      if (!desk.stream().prefersMlpSampler(Kernels.shape()))
        all.removeIf(kernel -> kernel.name().startsWith("mlp_sampler"));
    }
    return all;
  }

  private static List<Kernel> kernels(String device) {
    List<Kernel> all = new ArrayList<>(ProductKernels.all());
    all.addAll(ConvolutionKernels.all());
    if (onProcessor(device)) {
      all.addAll(Kernels.of(256));
    } else {
      all.addAll(ProductKernels.large());
      all.addAll(Kernels.of(256, 8192));
    }
    return all;
  }

  private static boolean onProcessor(String device) {
    return device.startsWith("cpu");
  }

  /**
   * Measures one.
   *
   * @param device as {@code --device} has it, but not auto
   * @param threads of a processor, 0 for all
   * @param seconds how long it is measured, after half of that to warm up
   */
  public static Score measure(
      Kernel kernel, String device, Precision precision, int threads, double seconds) {
    var options =
        new OptionsBuilder()
            .include("^" + KernelBenchmark.class.getName().replace(".", "\\.") + "\\.")
            .param("kernel", kernel.name())
            .param("device", device)
            .param("precision", precision.label())
            .param("threads", "" + threads)
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.MICROSECONDS)
            .forks(1)
            .warmupIterations(WARM_UPS)
            .warmupTime(time(seconds / 2 / WARM_UPS))
            .measurementIterations(MEASUREMENTS)
            .measurementTime(time(seconds / MEASUREMENTS))
            .operationsPerInvocation(onProcessor(device) ? 1 : REPLAYED)
            .jvmArgsAppend(JVM)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    System.setProperty("jmh.ignoreLock", "true"); // others may measure; the error shows it
    try {
      Result<?> result = new Runner(options).runSingle().getPrimaryResult();
      return new Score(result.getScore(), result.getScoreError());
    } catch (RunnerException e) {
      throw new DeviceException("%s: %s".formatted(kernel.name(), e.getMessage()), e);
    }
  }

  private static TimeValue time(double seconds) {
    return TimeValue.microseconds(Math.max(1, Math.round(seconds * 1e6)));
  }

  /** Opens the device and lays out the operands. */
  @Setup(Level.Trial)
  public void open() {
    opened = Device.open(device, Precision.of(precision), threads);
    desk = new Desk(opened);
    Runnable op = Kernels.named(kernel, kernels(device)).setup().on(desk);
    int repeats = onProcessor(device) ? 1 : REPLAYED;
    recording =
        desk.stream()
            .record(() -> {
              for (int i = 0; i < repeats; i++) op.run();
            });
  }

  /** The op. */
  @Benchmark
  public void run() {
    recording.run();
    desk.stream().synchronize();
  }

  @TearDown(Level.Trial)
  public void close() {
    recording.close();
    desk.close();
    opened.close();
  }
}
