package dev.sild.data;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.Arrays;

/** Fresh samples of a synthetic manifold, made on the host for each batch. Owns its memory. */
public final class ManifoldSource implements Source {
  private final Manifold manifold;
  private final Noise noise;
  private final Buffer buffer;
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
    long sampleBytes = (4L * batch * dimension + 63) / 64 * 64;
    long vectorBytes = (4L * dimension + 63) / 64 * 64;
    buffer = device.allocate(sampleBytes + 2 * vectorBytes);
    samples = buffer.view(0, DType.F32, batch, dimension);
    scale = buffer.view(sampleBytes, DType.F32, dimension);
    shift = buffer.view(sampleBytes + vectorBytes, DType.F32, dimension);
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
  public Gather batch(Stream stream, View step, long firstSample, int rows) {
    float[] batch = rows == samples.rows() ? host : new float[rows * dimension()];
    manifold.sample(batch, noise.seed(), noise.purpose(), firstSample, rows);
    View written = samples.first(rows);
    written.write(batch);
    return new Gather(written, null, scale, shift);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
