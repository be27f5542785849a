package dev.sild.data;

import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Fresh samples of a law, made on the host for each batch. Owns its memory. */
public final class HostSource implements Source {

  /** A law that draws sample i as a pure function of (seed, purpose, i). */
  @FunctionalInterface
  public interface Law {
    /**
     * Draws.
     *
     * @param into (count, D) receives samples first … first + count − 1; may be longer
     */
    void sample(float[] into, int seed, int purpose, long first, int count);
  }

  private final Law law;
  private final int dimension;
  private final Noise noise;
  private final MemoryPlan memory = new MemoryPlan("samples");
  private final View samples;
  private final View scale;
  private final View shift;
  private final float[] host;

  /**
   * @param batch most samples in a call
   */
  public HostSource(Device device, Law law, int dimension, int batch, Noise noise) {
    this.law = law;
    this.dimension = dimension;
    this.noise = noise;
    Slot rows = memory.add("samples", batch, dimension);
    Slot scales = memory.add("scale", dimension);
    Slot shifts = memory.add("shift", dimension);
    memory.allocate(device);
    samples = rows.view();
    scale = scales.view();
    shift = shifts.view();
    host = new float[Math.multiplyExact(batch, dimension)];
    float[] ones = new float[dimension];
    Arrays.fill(ones, 1);
    scale.write(ones);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    float[] batch = rows == samples.rows() ? host : new float[rows * dimension];
    law.sample(batch, noise.seed(), noise.purpose(), firstSample, rows);
    stream.upload(samples.first(rows), MemorySegment.ofArray(batch));
  }

  @Override
  public Gather batch(Stream stream, View step, int rows) {
    return new Gather(samples.first(rows), null, scale, shift);
  }

  @Override
  public void close() {
    memory.close();
  }
}
