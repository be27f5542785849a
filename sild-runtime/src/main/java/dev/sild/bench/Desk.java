package dev.sild.bench;

import dev.sild.Purpose;
import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;

/** A stream, and operands for one op on it. Owns both. */
final class Desk implements AutoCloseable {
  static final Noise NOISE = Purpose.SAMPLING.noise(1);

  private static final int RUN = 16; // numbers that one Philox sample gives

  private final Device device;
  private final Stream stream;
  private final List<Buffer> buffers = new ArrayList<>();

  Desk(Device device) {
    this.device = device;
    stream = device.openStream();
  }

  Stream stream() {
    return stream;
  }

  /** An f32 array of zeros. */
  View zeros(long... shape) {
    return array(DType.F32, shape);
  }

  /** An array of zeros. */
  View array(DType type, long... shape) {
    long elements = 1;
    for (long size : shape) elements *= size;
    Buffer buffer = device.allocate(elements * type.bytes());
    buffers.add(buffer);
    return buffer.view(0, type, shape);
  }

  /** Standard normals. */
  View normals(long... shape) {
    View view = zeros(shape);
    boolean whole = view.elements() % RUN == 0;
    View drawn = whole ? view.reshape(view.elements() / RUN, RUN) : view;
    stream.samplerStep(drawn, null, 0, null, 0, null, 0, 1, new Noise(1, buffers.size()), null, 0);
    return view;
  }

  /** All elements {@code value}. */
  View filled(double value, long... shape) {
    View view = zeros(shape);
    stream.fill(view, value);
    return view;
  }

  /** The first step of a training. */
  View step() {
    View view = array(DType.U8, Step.BYTES);
    new Step(0, 1e-3, 10, 1000, 0.999).writeTo(stream, view);
    return view;
  }

  @Override
  public void close() {
    stream.close();
    buffers.forEach(Buffer::close);
  }
}
