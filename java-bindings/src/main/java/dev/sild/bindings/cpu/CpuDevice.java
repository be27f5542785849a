package dev.sild.bindings.cpu;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Limits;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The processors of this machine: a team of threads and one instruction set. */
public final class CpuDevice implements Device {
  private static final long LIMIT_BYTES = 256L << 20; // more than the caches hold

  private final String variant;
  private final int threads;
  private final Precision precision;
  private final long team;
  private final CpuKernels kernels;
  private boolean closed;

  private CpuDevice(String variant, int threads, Precision precision) {
    this.variant = variant;
    this.threads = threads;
    this.precision = precision;
    this.kernels = CpuKernels.of(variant);
    this.team = CpuLibrary.createTeam(threads);
  }

  /** The fastest instruction set and every processor, in plain f32. */
  public static CpuDevice open() {
    return open(variants().getFirst(), processors(), Precision.F32_STRICT);
  }

  /** The same in plain f32. */
  public static CpuDevice open(String variant, int threads) {
    return open(variant, threads, Precision.F32_STRICT);
  }

  /**
   * A given instruction set, number of threads and precision of products. The bits of a result
   * depend on the first and the last, never on the threads.
   *
   * @throws DeviceException if the processor cannot
   */
  public static CpuDevice open(String variant, int threads, Precision precision) {
    if (!variants().contains(variant))
      throw new DeviceException(
          "no instruction set "
              + variant
              + " here: choose one of "
              + String.join(", ", variants()));
    requirePossible(precision);
    return new CpuDevice(variant, threads, precision);
  }

  private static void requirePossible(Precision precision) {
    if (precision == Precision.TF32)
      throw new DeviceException(
          "the cpu device computes in f32, f32-strict or bf16, not tf32: take --precision f32");
  }

  /**
   * The same by the name of {@code --device}.
   *
   * @param name {@code cpu} for the fastest instruction set, or {@code cpu:SET}
   */
  public static CpuDevice named(String name, int threads, Precision precision) {
    return open(name.equals("cpu") ? variants().getFirst() : name.substring(4), threads, precision);
  }

  /** Processors of this machine. */
  public static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** Instruction sets that this machine can run, the fastest first. */
  public static List<String> variants() {
    return CpuLibrary.variants();
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return "%s, %s kernels, %d threads, products in %s"
        .formatted(processor(), variant, threads, precision.label());
  }

  @Override
  public long freeBytes() {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElseThrow(IOException::new);
    } catch (IOException e) { // not Linux
      var system = ManagementFactory.getOperatingSystemMXBean();
      return system instanceof com.sun.management.OperatingSystemMXBean all
          ? all.getFreeMemorySize()
          : Long.MAX_VALUE;
    }
  }

  @Override
  public Limits limits() {
    long stream = CpuLibrary.createStream(team, precision);
    try {
      return new CpuLimits(kernels, stream).measure(Math.min(LIMIT_BYTES, freeBytes() / 4));
    } finally {
      CpuLibrary.destroyStream(stream);
    }
  }

  @Override
  public Buffer allocate(long bytes) {
    if (bytes > freeBytes())
      throw new DeviceException(
          "%d MiB asked for, %d MiB free on %s".formatted(bytes >> 20, freeBytes() >> 20, name()));
    Arena arena = Arena.ofShared();
    try {
      return new CpuBuffer(arena, CpuLibrary.allocate(arena, Math.max(bytes, 64)), bytes);
    } catch (DeviceException e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public long streamBytes() {
    return CpuLibrary.streamBytes(threads);
  }

  @Override
  public Stream openStream() {
    return openStream(precision);
  }

  @Override
  public Stream openStream(Precision wanted) {
    if (closed) throw new IllegalStateException("this device is closed");
    requirePossible(wanted);
    return new CpuStream(kernels, CpuLibrary.createStream(team, wanted));
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    CpuLibrary.destroyTeam(team);
  }

  private static String processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static final class CpuBuffer extends Buffer {
    private final Arena arena;
    private final MemorySegment memory;

    CpuBuffer(Arena arena, MemorySegment memory, long bytes) {
      super(memory.address(), bytes);
      this.arena = arena;
      this.memory = memory;
    }

    @Override
    public void copyIn(long offset, MemorySegment source) {
      MemorySegment.copy(source, 0, memory, offset, source.byteSize());
    }

    @Override
    public void copyOut(long offset, MemorySegment target) {
      MemorySegment.copy(memory, offset, target, 0, target.byteSize());
    }

    @Override
    protected void free(long address) {
      arena.close();
    }
  }
}
