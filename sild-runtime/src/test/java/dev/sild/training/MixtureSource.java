package dev.sild.training;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.sampling.GaussianMixture;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Fresh samples of a mixture, made on the host. */
final class MixtureSource implements Source {
  private final GaussianMixture mixture;
  private final int seed;
  private final Buffer buffer;
  private final View samples;
  private final View scale;
  private final View shift;

  MixtureSource(Device device, GaussianMixture mixture, int batch, int seed) {
    this.mixture = mixture;
    this.seed = seed;
    int d = mixture.dimension();
    long bytes = (4L * batch * d + 63) / 64 * 64;
    buffer = device.allocate(bytes + 128);
    samples = buffer.view(0, DType.F32, batch, d);
    scale = buffer.view(bytes, DType.F32, d);
    shift = buffer.view(bytes + 64, DType.F32, d);
    float[] ones = new float[d];
    Arrays.fill(ones, 1);
    scale.write(ones);
  }

  @Override
  public int dimension() {
    return mixture.dimension();
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    int d = dimension();
    float[] host = new float[rows * d];
    for (int i = 0; i < rows; i++) {
      double[] x = mixture.sample(seed, 9, firstSample + i);
      for (int j = 0; j < d; j++) host[i * d + j] = (float) x[j];
    }
    stream.upload(samples.first(rows), MemorySegment.ofArray(host));
  }

  @Override
  public Gather batch(Stream stream, View step, int rows) {
    return new Gather(samples.first(rows), null, scale, shift);
  }

  /** Puts NaN into the data's scale: from here on samples are no numbers. */
  void spoil() {
    float[] nan = new float[dimension()];
    Arrays.fill(nan, Float.NaN);
    scale.write(nan);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
