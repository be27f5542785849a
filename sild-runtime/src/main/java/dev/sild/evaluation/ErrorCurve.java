package dev.sild.evaluation;

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
import dev.sild.data.Source;
import dev.sild.diffusion.Denoiser;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * m(σ) = E‖D(x + σ n; σ) − x‖², summed over coordinates, on data that the denoiser was not trained
 * on.
 *
 * @param points by rising σ
 */
public record ErrorCurve(List<Point> points) {

  /**
   * @param gamma 1/σ²
   * @param standardError of m
   */
  public record Point(double sigma, double gamma, double m, double standardError) {

    /** m/σ², which is the intrinsic dimension where it does not depend on σ. */
    public double dimension() {
      return m / (sigma * sigma);
    }
  }

  /**
   * @param dimension m/σ² where it changes least with σ
   * @param standardError of that figure, from the samples alone
   * @param sigma where that is
   * @param slope |d ln(m/σ²) / d ln σ| there: 0 on a plateau, 2 where there is none
   */
  public record Plateau(double dimension, double standardError, double sigma, double slope) {
    /** m/σ² that nowhere changes less than this, as a power of σ, has no plateau to speak of. */
    private static final double STEEPEST = 0.25;

    /** Whether it deserves the name. */
    public boolean flat() {
      return slope < STEEPEST;
    }
  }

  /** {@code count} levels from {@code low} to {@code high}, uniform in ln σ. */
  public static double[] levels(double low, double high, int count) {
    double[] sigmas = new double[count];
    for (int i = 0; i < count; i++)
      sigmas[i] = low * Math.pow(high / low, (double) i / Math.max(1, count - 1));
    return sigmas;
  }

  /**
   * Measures.
   *
   * @param sigmas levels, rising
   * @param count samples at each level: the same ones, with the same noise directions
   * @param batch most rows that the source gives at a time
   */
  public static ErrorCurve measure(
      Device device,
      Stream stream,
      Denoiser denoiser,
      Source heldOut,
      double[] sigmas,
      int count,
      int batch,
      int seed) {
    try (Bench bench = new Bench(device, stream, denoiser, heldOut, batch, seed)) {
      return new ErrorCurve(
          Arrays.stream(sigmas).mapToObj(sigma -> bench.measure(sigma, 0, count)).toList());
    }
  }

  /**
   * The same, but each level has samples and noises of its own, so that the errors of the levels
   * are independent of each other, and of those of another part.
   *
   * @param part 0, 1, …
   */
  public static ErrorCurve independent(
      Device device,
      Stream stream,
      Denoiser denoiser,
      Source heldOut,
      double[] sigmas,
      int count,
      int batch,
      int seed,
      int part) {
    try (Bench bench = new Bench(device, stream, denoiser, heldOut, batch, seed)) {
      return new ErrorCurve(
          IntStream.range(0, sigmas.length)
              .mapToObj(i -> {
                long before = (long) part * sigmas.length + i;
                return bench.measure(sigmas[i], before * count, count);
              })
              .toList());
    }
  }

  /** Memory to measure in. */
  private static final class Bench implements AutoCloseable {
    private final Stream stream;
    private final Denoiser denoiser;
    private final Source heldOut;
    private final int batch;
    private final Noise noise;
    private final MemoryPlan memory = new MemoryPlan("error curve");
    private final View noisy;
    private final View denoised;
    private final View sigma;
    private final View loss;
    private final View error;
    private final View step;

    Bench(Device device, Stream stream, Denoiser denoiser, Source heldOut, int batch, int seed) {
      this.stream = stream;
      this.denoiser = denoiser;
      this.heldOut = heldOut;
      this.batch = batch;
      noise = Purpose.EVALUATION_NOISE.noise(seed);
      Slot noisyRows = memory.add("noisy", batch, heldOut.dimension());
      Slot denoisedRows = memory.add("denoised", batch, heldOut.dimension());
      Slot sigmaColumn = memory.add("sigma", batch);
      Slot lossColumn = memory.add("loss", batch);
      Slot errorColumn = memory.add("error", batch);
      Slot address = memory.add("step", DType.U8, Step.BYTES);
      memory.allocate(device);
      noisy = noisyRows.view();
      denoised = denoisedRows.view();
      sigma = sigmaColumn.view();
      loss = lossColumn.view();
      error = errorColumn.view();
      step = address.view();
    }

    /** m at one level over samples {@code first … first + count}. */
    Point measure(double level, long first, int count) {
      double mean = 0;
      double squares = 0;
      for (int at = 0; at < count; at += batch) {
        float[] errors = errors(level, first + at, Math.min(batch, count - at));
        for (int i = 0; i < errors.length; i++) { // Welford
          double delta = errors[i] - mean;
          mean += delta / (at + i + 1);
          squares += delta * (errors[i] - mean);
        }
      }
      double standardError = Math.sqrt(squares / Math.max(1, count - 1) / count);
      return new Point(level, 1 / (level * level), mean, standardError);
    }

    private float[] errors(double level, long first, int rows) {
      Step.at(first).writeTo(stream, step);
      heldOut.prepare(stream, first, rows);
      Gather clean = heldOut.batch(stream, step, rows);
      SigmaLaw law = new SigmaLaw.Fixed(level);
      stream.perturb(noisy.first(rows), sigma.first(rows), clean, law, 0, noise, step);
      denoiser.denoise(stream, denoised.first(rows), noisy.first(rows), level);
      stream.dsmLoss(
          null,
          loss.first(rows),
          error.first(rows),
          denoised.first(rows),
          null,
          sigma.first(rows),
          clean,
          0);
      return error.first(rows).floats();
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  /**
   * The plateau of m/σ²: of all levels but the first and the last, where it changes least. Below it
   * the network's own error shows as ε/σ², above it the curvature of the manifold as c σ² and,
   * further up, its size. At the plateau of k + ε/σ² + c σ², c &gt; 0, σ⁴ = ε/c, these add 2 √(ε c)
   * to k; where c &lt; 0 the curve has no minimum, but a turning point, at which the two begin to
   * cancel.
   *
   * @throws IllegalStateException if there are fewer than three levels
   */
  public Plateau plateau() {
    if (points.size() < 3) throw new IllegalStateException("a plateau needs three levels");
    int best = 1;
    for (int i = 2; i + 1 < points.size(); i++) // an undefined slope is larger than any other
    if (Double.compare(slope(i), slope(best)) < 0) best = i;
    Point at = points.get(best);
    double scale = at.sigma * at.sigma;
    return new Plateau(at.dimension(), at.standardError / scale, at.sigma, slope(best));
  }

  /** |d ln(m/σ²) / d ln σ| around a point. */
  private double slope(int i) {
    Point before = points.get(i - 1);
    Point after = points.get(i + 1);
    return Math.abs(
        Math.log(after.dimension() / before.dimension()) / Math.log(after.sigma / before.sigma));
  }
}
