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

/** Fresh samples of a synthetic manifold, made on the host for each batch. Owns its memory. */
public final class ManifoldSource implements Source {
  private final Manifold manifold;
  private final Noise noise;
  private final MemoryPlan memory = new MemoryPlan("samples");
  private final View samples;
  private final View scale;
  private final View shift;
  private final float[] host;

  /**
   * @param batch most samples in a call
   */
  public ManifoldSource(Device device, Manifold manifold, int batch, Noise noise) {
    this.manifold = manifold;
    this.noise = noise;
    int dimension = manifold.dimension();
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
    return manifold.dimension();
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    float[] batch = rows == samples.rows() ? host : new float[rows * dimension()];
    manifold.sample(batch, noise.seed(), noise.purpose(), firstSample, rows);
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
