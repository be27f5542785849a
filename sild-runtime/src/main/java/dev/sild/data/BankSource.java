package dev.sild.data;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Samples drawn with replacement from a bank of rows that lies on the device: each part of a sample
 * is a row of its own, so a stacked image is three digits drawn independently. Owns its memory.
 */
public final class BankSource implements Source {
  private final MemoryPlan memory = new MemoryPlan("samples");
  private final View bank;
  private final View index;
  private final View scale;
  private final View shift;
  private final int parts;
  private final Noise noise;

  private BankSource(
      Device device,
      MemorySegment rows,
      DType type,
      int count,
      int width,
      int parts,
      int batch,
      Noise noise) {
    int dimension = Math.multiplyExact(parts, width);
    Slot planned = memory.add("bank", type, count, width);
    Slot drawn = memory.add("index", DType.I32, batch, parts);
    Slot scales = memory.add("scale", dimension);
    Slot shifts = memory.add("shift", dimension);
    memory.allocate(device);
    bank = planned.view();
    bank.write(rows);
    index = drawn.view();
    scale = scales.view();
    shift = shifts.view();
    this.parts = parts;
    this.noise = noise;
  }

  /**
   * Images of {@code channels} grey images each, pixels 0 … 255 mapped to [−1, 1].
   *
   * @param batch most samples in a call
   */
  public static BankSource images(
      Device device, LabelledImages images, int channels, int batch, Noise noise) {
    BankSource source =
        new BankSource(
            device,
            MemorySegment.ofArray(images.pixels()),
            DType.U8,
            images.count(),
            images.height() * images.width(),
            channels,
            batch,
            noise);
    source.normalise(filled(source.dimension(), 2f / 255), filled(source.dimension(), -1));
    return source;
  }

  /** Vectors x · scale + shift, coordinate by coordinate. */
  public static BankSource vectors(
      Device device, Vectors vectors, float[] scale, float[] shift, int batch, Noise noise) {
    BankSource source =
        new BankSource(
            device,
            MemorySegment.ofArray(vectors.data()),
            DType.F32,
            vectors.count(),
            vectors.dimension(),
            1,
            batch,
            noise);
    source.normalise(scale, shift);
    return source;
  }

  private void normalise(float[] scales, float[] shifts) {
    scale.write(scales);
    shift.write(shifts);
  }

  @Override
  public int dimension() {
    return Math.toIntExact(scale.elements());
  }

  /** Puts other images of the same number and size into the bank. */
  public void replace(LabelledImages images) {
    bank.write(images.pixels());
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {} // the bank lies there already

  @Override
  public Gather batch(Stream stream, View step, int rows) {
    View drawn = index.first(rows);
    stream.drawIndices(drawn, bank.rows(), noise, step);
    return new Gather(bank, drawn, scale, shift);
  }

  @Override
  public void close() {
    memory.close();
  }

  private static float[] filled(int length, float value) {
    float[] array = new float[length];
    Arrays.fill(array, value);
    return array;
  }
}
