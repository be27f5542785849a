package dev.sild.bindings;

import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cpu.VirtualAmx;
import dev.sild.bindings.cuda.VirtualGpu;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One instruction set with one number of threads, or a GPU; a stream on it, and the arrays of a
 * test.
 */
final class Witness implements AutoCloseable {
  /** What a processor computes in. */
  static final List<Precision> CPU_PRECISIONS =
      List.of(Precision.F32_STRICT, Precision.F32, Precision.BF16);

  static {
    VirtualAmx.load();
  }

  private static final int[] THREADS = {1, 2, 3};
  private static final int[] SCHEDULES = {1, 2, 3};

  private final Device device;
  private final boolean owner;
  private final int before;
  private final Stream stream;
  private final List<Guarded> arrays = new ArrayList<>();

  /** Owns its device. */
  Witness(String variant, int threads) {
    this(CpuDevice.open(variant, threads), true, Guarded.ASKEW);
  }

  private Witness(Device device, boolean owner, int before) {
    this.device = device;
    this.owner = owner;
    this.before = before;
    stream = device.openStream();
  }

  /** A stream and arrays on a device that others use too. */
  static Witness on(Device device) {
    return new Witness(device, false, Guarded.ASKEW);
  }

  /** The fastest instruction set of this machine, two threads. */
  static Witness any() {
    return new Witness(CpuDevice.variants().getFirst(), 2);
  }

  /**
   * Runs the test for every instruction set of this machine on 1, 2 and 3 threads, and on a GPU.
   * All guard bands must hold, inputs must be as they were, and no bit may depend on the number of
   * threads.
   */
  static void all(Consumer<Witness> test) {
    cpu(Precision.F32_STRICT, test);
    cuda(test);
  }

  /**
   * Runs the test for every instruction set at a precision, on 1, 2 and 3 threads: as {@link #all}
   * does in plain f32.
   */
  static void cpu(Precision precision, Consumer<Witness> test) {
    for (String variant : CpuDevice.variants()) {
      List<byte[]> expected = null;
      for (int threads : THREADS)
        expected =
            attempt(
                "%s in %s, %d threads".formatted(variant, precision.label(), threads),
                () -> new Witness(CpuDevice.open(variant, threads, precision), true, Guarded.ASKEW),
                test,
                expected);
    }
  }

  /** Runs the test on the CPU and on a GPU, which must give the same bits. */
  static void alike(Consumer<Witness> test) {
    List<byte[]> expected = attempt("cpu", Witness::any, test, null);
    if (VirtualGpu.orReal()) cuda(VirtualGpu.shared(), test, expected);
  }

  /**
   * Runs the test on a GPU if there is one: the stand-in under three schedules of its warps and
   * blocks, looking for races and for memory that nobody wrote. Arrays begin askew, aligned, and
   * askew again. No bit may depend on either.
   */
  static void cuda(Consumer<Witness> test) {
    if (VirtualGpu.orReal()) cuda(VirtualGpu.shared(), test);
  }

  /** The same on a device of the test's own. */
  static void cuda(Device device, Consumer<Witness> test) {
    cuda(device, test, null);
  }

  private static void cuda(Device device, Consumer<Witness> test, List<byte[]> wanted) {
    List<byte[]> expected = wanted;
    if (!VirtualGpu.present()) {
      for (int before : new int[] {Guarded.ASKEW, Guarded.ALIGNED})
        expected =
            attempt(device.description(), () -> new Witness(device, false, before), test, expected);
      return;
    }
    VirtualGpu.set("races", 1);
    VirtualGpu.set("initialised", 1);
    try {
      for (int schedule : SCHEDULES) {
        VirtualGpu.set("schedule", schedule);
        int before = schedule == 2 ? Guarded.ALIGNED : Guarded.ASKEW;
        expected =
            attempt(
                "cuda, schedule " + schedule,
                () -> new Witness(device, false, before),
                test,
                expected);
      }
    } finally {
      for (String name : List.of("races", "initialised", "schedule")) VirtualGpu.set(name, 0);
    }
  }

  private static List<byte[]> attempt(
      String where, Supplier<Witness> open, Consumer<Witness> test, List<byte[]> expected) {
    try (Witness witness = open.get()) {
      test.accept(witness);
      List<byte[]> bits = witness.verify();
      if (expected != null) requireSame(expected, bits);
      return bits;
    } catch (AssertionError | RuntimeException e) {
      VirtualGpu.release(); // a fault breaks a GPU for good
      throw new AssertionError("%s, seed %d: %s".formatted(where, Draw.SEED, e.getMessage()), e);
    }
  }

  Device device() {
    return device;
  }

  Stream stream() {
    return stream;
  }

  /** An f32 array that the op must not change; null for null. */
  View input(double[] values, long... shape) {
    return values == null ? null : keep(floats(values), true, DType.F32, shape);
  }

  View input(int[] values, long... shape) {
    return values == null ? null : keep(MemorySegment.ofArray(values), true, DType.I32, shape);
  }

  View input(byte[] values, long... shape) {
    return keep(MemorySegment.ofArray(values), true, DType.U8, shape);
  }

  View step(Step step) {
    View view = keep(null, false, DType.U8, Step.BYTES);
    step.writeTo(stream, view);
    return view;
  }

  /** An f32 array that the op updates. */
  View state(double[] values, long... shape) {
    return keep(floats(values), false, DType.F32, shape);
  }

  View output(long... shape) {
    return output(DType.F32, shape);
  }

  View output(DType type, long... shape) {
    return keep(null, false, type, shape);
  }

  /** Checks all arrays; their bytes in the order of their making. */
  List<byte[]> verify() {
    arrays.forEach(Guarded::verify);
    return arrays.stream().map(Guarded::bytes).toList();
  }

  private View keep(MemorySegment content, boolean constant, DType type, long... shape) {
    Guarded array = new Guarded(device, before, content, constant, type, shape);
    arrays.add(array);
    return array.view();
  }

  private static MemorySegment floats(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) rounded[i] = (float) values[i];
    return MemorySegment.ofArray(rounded);
  }

  private static void requireSame(List<byte[]> expected, List<byte[]> bits) {
    for (int i = 0; i < expected.size(); i++)
      if (!Arrays.equals(expected.get(i), bits.get(i)))
        throw new AssertionError("array %d differs from that of the first run".formatted(i));
  }

  @Override
  public void close() {
    arrays.reversed().forEach(Guarded::close);
    stream.close();
    if (owner) device.close();
  }
}
