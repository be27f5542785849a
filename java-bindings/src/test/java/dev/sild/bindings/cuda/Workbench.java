package dev.sild.bindings.cuda;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Arrays at multiples of 256 bytes, with numbers near 1; they go with the device. */
final class Workbench {
  private final Device device;
  private final Stream stream;
  private final Random random = new Random(1);

  Workbench(Device device, Stream stream) {
    this.device = device;
    this.stream = stream;
  }

  Stream stream() {
    return stream;
  }

  View floats(long... shape) {
    View view = array(DType.F32, shape);
    float[] values = new float[Math.toIntExact(view.elements())];
    for (int i = 0; i < values.length; i++) values[i] = random.nextFloat(0.5f, 1.5f);
    stream.upload(view, MemorySegment.ofArray(values));
    return view;
  }

  View integers(int bound, long... shape) {
    View view = array(DType.I32, shape);
    int[] values = random.ints(view.elements(), 0, bound).toArray();
    stream.upload(view, MemorySegment.ofArray(values));
    return view;
  }

  View bytes(int bound, long... shape) {
    View view = array(DType.U8, shape);
    byte[] values = new byte[Math.toIntExact(view.elements())];
    for (int i = 0; i < values.length; i++) values[i] = (byte) random.nextInt(bound);
    stream.upload(view, MemorySegment.ofArray(values));
    return view;
  }

  /** An array of any type that begins as zeros. */
  View zeros(DType type, long... shape) {
    View view = array(type, shape);
    stream.upload(view, MemorySegment.ofArray(new byte[Math.toIntExact(view.bytes())]));
    return view;
  }

  View step() {
    View view = array(DType.U8, Step.BYTES);
    new Step(0, 1e-3, 1, 1, 0.99).writeTo(stream, view);
    return view;
  }

  /** B samples out of a bank of bytes, a row each. */
  Gather bank(long rows, long dimension) {
    return new Gather(bytes(256, rows, dimension), null, floats(dimension), floats(dimension));
  }

  private View array(DType type, long... shape) {
    long elements = 1;
    for (long size : shape) elements *= size;
    return device.allocate(elements * type.bytes()).view(0, type, shape);
  }
}
