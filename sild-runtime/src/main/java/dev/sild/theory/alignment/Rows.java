package dev.sild.theory.alignment;

import dev.sild.Purpose;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.HostSource;
import dev.sild.data.Manifold;

/**
 * Pairs of a clean row x and a noisy row x + σ n on a device. Owns its memory.
 *
 * <p>Where two moments are all ({@link Setting#exact}), the rows are ±√(k+d) times an axis, one
 * pair for each of the k axes of x and the d of the noise: mean and covariance of (x, n) are those
 * of the law, so gradient and risk are exact with 2 (k + d) rows. Elsewhere they are samples.
 */
final class Rows implements AutoCloseable {
  private final HostSource source;
  private final MemoryPlan memory = new MemoryPlan("rows");
  private final SigmaLaw law;
  private final Noise noise; // null: the rows stay as they are
  private final View noisy;
  private final View sigma;
  private final View step;

  private Rows(Device device, Setting s, HostSource.Law clean, int count, Noise x, Noise noise) {
    int d = s.manifold().dimension();
    source = new HostSource(device, clean, d, count, x);
    law = new SigmaLaw.Fixed(s.sigma());
    this.noise = noise;
    Slot rows = memory.add("noisy", count, d);
    Slot levels = memory.add("sigma", count);
    Slot address = memory.add("step", DType.U8, Step.BYTES);
    memory.allocate(device);
    noisy = rows.view();
    sigma = levels.view();
    step = address.view();
  }

  /** Fresh samples for each gradient. */
  static Rows fresh(Device device, Setting s, int count, Purpose samples, Purpose noise) {
    return new Rows(
        device, s, s.manifold()::sample, count, samples.noise(s.seed()), noise.noise(s.seed()));
  }

  /** Rows with the exact moments of a Gaussian on a linear subspace. */
  static Rows moments(Device device, Stream stream, Setting s) {
    Manifold manifold = s.manifold();
    int d = manifold.dimension();
    int axes = manifold.intrinsicDimension() + d;
    float[] clean = new float[2 * axes * d];
    float[] noisy = new float[2 * axes * d];
    double[] basis = manifold.tangentBasis(new double[d]);
    for (int row = 0; row < 2 * axes; row++) {
      int axis = row / 2 - manifold.intrinsicDimension();
      double length = Math.sqrt(axes) * (row % 2 == 0 ? 1 : -1);
      for (int j = 0; j < d; j++) {
        double x = axis < 0 ? length * basis[row / 2 * d + j] : 0;
        clean[row * d + j] = (float) x;
        noisy[row * d + j] = (float) (x + (axis == j ? s.sigma() * length : 0));
      }
    }
    HostSource.Law law = (into, _, _, _, _) -> System.arraycopy(clean, 0, into, 0, clean.length);
    Rows rows = new Rows(device, s, law, 2 * axes, Purpose.TRAINING_SAMPLES.noise(0), null);
    rows.source.prepare(stream, 0, 2 * axes);
    rows.noisy.write(noisy);
    stream.fill(rows.sigma, s.sigma());
    return rows;
  }

  /** Makes the rows of one gradient. */
  void next(Stream stream, long firstSample) {
    if (noise == null) return;
    int count = Math.toIntExact(noisy.rows());
    source.prepare(stream, firstSample, count);
    Step.at(firstSample).writeTo(stream, step);
    stream.perturb(noisy, sigma, clean(stream), law, 0, noise, step);
  }

  View noisy() {
    return noisy;
  }

  View sigma() {
    return sigma;
  }

  Gather clean(Stream stream) {
    return source.batch(stream, step, Math.toIntExact(noisy.rows()));
  }

  @Override
  public void close() {
    memory.close();
    source.close();
  }
}
