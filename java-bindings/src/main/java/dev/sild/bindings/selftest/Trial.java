package dev.sild.bindings.selftest;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A case on one device: its arrays, made on the host from the case's seed, and its stream. Owns the
 * arrays.
 */
final class Trial implements AutoCloseable {
  /** The key of all drawings. */
  static final Noise NOISE = new Noise(20261122, 3);

  private final Device device;
  private final Stream stream;
  private final Precision precision;
  private final boolean aligned;
  private final Random random;
  private final List<Guarded> arrays = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();

  /** An array that the case is about. */
  private record Output(String name, Bound bound, Guarded array) {}

  /** What came out, with the bound that the case states for it. */
  record Values(String name, Bound bound, double[] values, int columns) {}

  /**
   * @param aligned whether arrays begin at multiples of 64, as in an arena, or an element beside
   *     them, where no wide access is possible
   */
  Trial(Device device, Stream stream, Precision precision, boolean aligned, long seed) {
    this.device = device;
    this.stream = stream;
    this.precision = precision;
    this.aligned = aligned;
    random = new Random(seed);
  }

  Stream stream() {
    return stream;
  }

  /** How the device under test computes products: for the bounds. */
  Precision precision() {
    return precision;
  }

  /** A sum of {@code terms} products. */
  Bound product(long terms) {
    return Bound.product(precision, terms);
  }

  /** Standard normal. */
  View normal(long... shape) {
    return scaled(1, shape);
  }

  /** Normal with this deviation. */
  View scaled(double deviation, long... shape) {
    float[] values = new float[count(shape)];
    for (int i = 0; i < values.length; i++) values[i] = (float) (deviation * random.nextGaussian());
    return floats(values, shape);
  }

  View uniform(double low, double high, long... shape) {
    float[] values = new float[count(shape)];
    for (int i = 0; i < values.length; i++) values[i] = (float) random.nextDouble(low, high);
    return floats(values, shape);
  }

  /** Noise levels from low to high, uniform in their logarithm. */
  View sigmas(double low, double high, long rows) {
    float[] values = new float[count(rows)];
    for (int i = 0; i < values.length; i++)
      values[i] = (float) Math.exp(random.nextDouble(Math.log(low), Math.log(high)));
    return floats(values, rows);
  }

  View floats(float[] values, long... shape) {
    return input(MemorySegment.ofArray(values), DType.F32, shape);
  }

  View doubles(double... values) {
    return input(MemorySegment.ofArray(values), DType.F64, values.length);
  }

  /** Whole numbers 0 … bound − 1, i32. */
  View below(int bound, long... shape) {
    int[] values = random.ints(count(shape), 0, bound).toArray();
    return input(MemorySegment.ofArray(values), DType.I32, shape);
  }

  /** Bytes 0 … bound − 1. */
  View bytes(int bound, long... shape) {
    byte[] values = new byte[count(shape)];
    for (int i = 0; i < values.length; i++) values[i] = (byte) random.nextInt(bound);
    return input(MemorySegment.ofArray(values), DType.U8, shape);
  }

  /** What a step says, in device memory; it may be written again. */
  View step(Step step) {
    View view = keep(null, false, Long.BYTES, DType.U8, Step.BYTES).view(); // it begins with an i64
    step.writeTo(stream, view);
    return view;
  }

  /** Memory in which a device packs a network as it likes: no result; null for no bytes. */
  View packed(long bytes) {
    return bytes == 0 ? null : keep(null, false, 2 * Long.BYTES, DType.U8, bytes).view();
  }

  /** A bank for that many samples; 7 rows if it is indexed. */
  Gather bank(DType type, long samples, int parts, int width, boolean indexed) {
    long rows = indexed ? 7 : samples * parts;
    View data = type == DType.U8 ? bytes(256, rows, width) : normal(rows, width);
    double unit = type == DType.U8 ? 255 : 1;
    View index = indexed ? below(7, samples, parts) : null;
    long dimension = (long) parts * width;
    return new Gather(
        data, index, uniform(0.5 / unit, 2 / unit, dimension), uniform(-1, 1, dimension));
  }

  View output(String name, Bound bound, long... shape) {
    return output(name, bound, DType.F32, shape);
  }

  View output(String name, Bound bound, DType type, long... shape) {
    return watch(name, bound, keep(null, false, type.bytes(), type, shape));
  }

  /** An f32 array that the op updates, standard normal before. */
  View state(String name, Bound bound, long... shape) {
    float[] values = new float[count(shape)];
    for (int i = 0; i < values.length; i++) values[i] = (float) random.nextGaussian();
    return state(name, bound, MemorySegment.ofArray(values), DType.F32, shape);
  }

  /** An array that the op updates, with this content before. */
  View state(String name, Bound bound, MemorySegment content, DType type, long... shape) {
    return watch(name, bound, keep(content, false, type.bytes(), type, shape));
  }

  /**
   * Everything that came out.
   *
   * @throws IllegalStateException if anything else was written
   */
  List<Values> results() {
    for (Guarded array : arrays) array.values();
    return outputs.stream()
        .map(o -> new Values(o.name, o.bound, o.array.values(), (int) o.array.view().columns()))
        .toList();
  }

  private View input(MemorySegment content, DType type, long... shape) {
    return keep(content, true, type.bytes(), type, shape).view();
  }

  private View watch(String name, Bound bound, Guarded array) {
    outputs.add(new Output(name, bound, array));
    return array.view();
  }

  private Guarded keep(
      MemorySegment content, boolean constant, int element, DType type, long... shape) {
    Guarded array = new Guarded(device, aligned ? 0 : element, content, constant, type, shape);
    arrays.add(array);
    return array;
  }

  private static int count(long... shape) {
    long elements = 1;
    for (long size : shape) elements = Math.multiplyExact(elements, size);
    return Math.toIntExact(elements);
  }

  @Override
  public void close() {
    arrays.reversed().forEach(Guarded::close);
  }
}
