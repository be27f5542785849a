package dev.sild.bindings;

import dev.sild.bindings.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** One instruction set with one number of threads, a stream on it, and the arrays of a test. */
final class Witness implements AutoCloseable {
  private static final int[] THREADS = {1, 2, 3};

  private final Device device;
  private final boolean owner;
  private final Stream stream;
  private final List<Guarded> arrays = new ArrayList<>();

  /** Owns its device. */
  Witness(String variant, int threads) {
    this(CpuDevice.open(variant, threads), true);
  }

  private Witness(Device device, boolean owner) {
    this.device = device;
    this.owner = owner;
    stream = device.openStream();
  }

  /** A stream and arrays on a device that others use too. */
  static Witness on(Device device) {
    return new Witness(device, false);
  }

  /** The fastest instruction set of this machine, two threads. */
  static Witness any() {
    return new Witness(CpuDevice.variants().getFirst(), 2);
  }

  /**
   * Runs the test for every instruction set of this machine on 1, 2 and 3 threads. All guard bands
   * must hold, inputs must be as they were, and no bit may depend on the number of threads.
   */
  static void all(Consumer<Witness> test) {
    for (String variant : CpuDevice.variants()) {
      List<byte[]> expected = null;
      for (int threads : THREADS) {
        try (Witness witness = new Witness(variant, threads)) {
          test.accept(witness);
          List<byte[]> bits = witness.verify();
          if (expected == null) expected = bits;
          requireSame(expected, bits);
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "%s, %d threads, seed %d: %s".formatted(variant, threads, Draw.SEED, e.getMessage()),
              e);
        }
      }
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
    step.writeTo(view);
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
    Guarded array = new Guarded(device, content, constant, type, shape);
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
        throw new AssertionError("array %d differs from that of 1 thread".formatted(i));
  }

  @Override
  public void close() {
    arrays.reversed().forEach(Guarded::close);
    stream.close();
    if (owner) device.close();
  }
}
