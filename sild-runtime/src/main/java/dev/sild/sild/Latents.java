package dev.sild.sild;

import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.DataSet;
import dev.sild.data.Moments;
import dev.sild.data.SampleSpace;
import dev.sild.data.Source;
import dev.sild.data.Tensor;
import dev.sild.network.Weights;
import java.util.Arrays;
import java.util.Map;

/**
 * Mean and scale of clean latents, coordinate by coordinate, or channel by channel: measured once
 * after the collapse stage and stored with the model. Standardised latents are (z − mean)/scale.
 *
 * @param mean (Z)
 * @param scale (Z), standard deviations, positive
 */
public record Latents(float[] mean, float[] scale) {
  /** A coordinate that hardly moves is not blown up. */
  private static final double SMALLEST_SCALE = 1e-6;

  /**
   * Mean and standard deviation of the columns of z (count, latent), accumulated in double; of
   * latents that are images those of a channel, over all its pixels.
   */
  public static Latents measure(float[] z, SampleSpace space) {
    int latent = space.dimension();
    Moments moments = Moments.of(z, z.length / latent, latent);
    int pixels = space.isImage() ? space.image().pixels() : 1;
    float[] mean = new float[latent];
    float[] scale = new float[latent];
    for (int j = 0; j < latent; j += pixels) {
      double centre = Arrays.stream(moments.mean(), j, j + pixels).average().orElseThrow();
      double variance = 0;
      for (int p = j; p < j + pixels; p++)
        variance += moments.variance()[p] + Math.pow(moments.mean()[p] - centre, 2);
      double deviation = Math.sqrt(variance / pixels);
      Arrays.fill(mean, j, j + pixels, (float) centre);
      Arrays.fill(scale, j, j + pixels, (float) Math.max(SMALLEST_SCALE, deviation));
    }
    return new Latents(mean, scale);
  }

  /**
   * The same for data that are not compressed: one scale for all coordinates, the root mean square
   * of their deviations, so that coordinates that hardly move stay small.
   */
  public static Latents together(float[] z, int latent) {
    Moments moments = Moments.of(z, z.length / latent, latent);
    double variance = Arrays.stream(moments.variance()).average().orElseThrow();
    float[] mean = new float[latent];
    for (int j = 0; j < latent; j++) mean[j] = (float) moments.mean()[j];
    float[] scale = new float[latent];
    Arrays.fill(scale, (float) Math.max(SMALLEST_SCALE, Math.sqrt(variance)));
    return new Latents(mean, scale);
  }

  /** From standardised latents back to the encoder's units. */
  public DataSet.Normalisation units() {
    return new DataSet.Normalisation(scale, mean);
  }

  /** As tensors {@code latent.mean} and {@code latent.scale}. */
  public Weights asWeights() {
    return new Weights(
        Map.of(
            "latent.mean", Tensor.of("latent.mean", mean, mean.length),
            "latent.scale", Tensor.of("latent.scale", scale, scale.length)));
  }

  /** What {@link #asWeights} wrote. */
  static Latents of(Weights weights) {
    return new Latents(
        weights.tensors().get("latent.mean").toFloats(),
        weights.tensors().get("latent.scale").toFloats());
  }

  /** z (B, Z) of clean x (B, D). */
  @FunctionalInterface
  public interface Encoder {
    /**
     * Encodes.
     *
     * @param step addresses the random numbers, if it draws
     */
    View encode(Stream stream, View x, View step);
  }

  /** Clean latents of another source's samples, standardised: what the refine stage trains on. */
  public static final class Standardised implements Source {
    private static final SigmaLaw CLEAN = new SigmaLaw.Fixed(0);
    private static final Noise NONE = new Noise(0, 0);

    private final Source samples;
    private final Encoder encoder;
    private final int latent;
    private final MemoryPlan memory = new MemoryPlan("latents");
    private final View x;
    private final View sigma;
    private final View scale;
    private final View shift;
    private final Labels labels; // or null
    private final View shown;

    /**
     * Without labels.
     *
     * @param batch most samples in a call. Closing leaves {@code samples} open.
     */
    public Standardised(
        Device device, Source samples, Encoder encoder, Latents latents, int batch) {
      this(device, samples, encoder, latents, batch, null);
    }

    /**
     * @param batch most samples in a call. Closing leaves {@code samples} open.
     * @param labels how those of the samples are shown; null for not at all
     */
    public Standardised(
        Device device, Source samples, Encoder encoder, Latents latents, int batch, Labels labels) {
      this.samples = samples;
      this.encoder = encoder;
      this.latent = latents.mean.length;
      Slot clean = memory.add("x", batch, samples.dimension());
      Slot zeros = memory.add("sigma", batch);
      Slot scales = memory.add("scale", latent);
      Slot shifts = memory.add("shift", latent);
      Slot rows = labels == null ? null : memory.add("labels", batch, labels.classes());
      memory.allocate(device);
      x = clean.view();
      sigma = zeros.view();
      scale = scales.view();
      shift = shifts.view();
      this.labels = labels;
      shown = rows == null ? null : rows.view();
      DataSet.Normalisation standardise = latents.units().inverse();
      scale.write(standardise.scale());
      shift.write(standardise.shift());
    }

    @Override
    public int dimension() {
      return latent;
    }

    @Override
    public void prepare(Stream stream, long firstSample, int rows) {
      samples.prepare(stream, firstSample, rows);
      if (labels != null) labels.show(stream, shown, samples.classes(), firstSample);
    }

    @Override
    public View labels() {
      return shown;
    }

    @Override
    public Gather batch(Stream stream, View step, int rows) {
      Gather clean = samples.batch(stream, step, rows);
      stream.perturb(x.first(rows), sigma.first(rows), clean, CLEAN, 0, NONE, step);
      return new Gather(encoder.encode(stream, x.first(rows), step), null, scale, shift);
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
