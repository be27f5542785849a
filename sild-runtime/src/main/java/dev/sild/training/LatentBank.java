package dev.sild.training;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.sild.Labels;
import dev.sild.sild.Latents;
import java.lang.foreign.MemorySegment;

/**
 * Latents of all training samples, encoded once: the same numbers as those of {@link
 * Latents.Standardised}, without an encoder at every step. For data that have {@linkplain
 * DataSet#variants() variants}, and encoders that draw nothing. Owns its memory.
 */
final class LatentBank implements Source {
  private final DataSet data;
  private final Noise noise;
  private final Labels labels; // or null
  private final int latent;
  private final MemoryPlan memory = new MemoryPlan("latents of all samples");
  private final Slot bank;
  private final Slot index;
  private final Slot scale;
  private final Slot shift;
  private final Slot shown; // or null

  /**
   * @param noise that draws the samples
   * @param batch most samples in a call
   * @param labels how those of the samples are shown; null for not at all
   */
  LatentBank(Device device, DataSet data, Noise noise, Latents latents, int batch, Labels labels) {
    this.data = data;
    this.noise = noise;
    this.labels = labels;
    latent = latents.mean().length;
    bank = memory.add("bank", data.variants(), latent);
    index = memory.add("index", DType.I32, batch, 1);
    scale = memory.add("scale", latent);
    shift = memory.add("shift", latent);
    shown = labels == null ? null : memory.add("labels", batch, labels.classes());
    memory.allocate(device);
    DataSet.Normalisation standardise = latents.units().inverse();
    scale.view().write(standardise.scale());
    shift.view().write(standardise.shift());
  }

  /** Device memory that the latents take. */
  static long bytes(DataSet data, int latent) {
    return (long) Float.BYTES * data.variants() * latent;
  }

  /**
   * Encodes all.
   *
   * @param batch samples at a time
   */
  LatentBank fill(Device device, Stream stream, Latents.Encoder encoder, int batch) {
    try (Source all = data.inOrder(device, batch)) {
      bank.view()
          .write(CleanPass.outputs(device, stream, all, data.variants(), batch, latent, encoder));
    }
    return this;
  }

  @Override
  public int dimension() {
    return latent;
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    int[] variants = new int[rows];
    int[] classes = new int[rows];
    for (int i = 0; i < rows; i++) {
      variants[i] = data.variant(noise, firstSample + i);
      classes[i] = data.classOf(variants[i]);
    }
    stream.upload(index.view().first(rows), MemorySegment.ofArray(variants));
    if (labels != null) labels.show(stream, shown.view(), classes, firstSample);
  }

  @Override
  public Gather batch(Stream stream, View step, int rows) {
    return new Gather(bank.view(), index.view().first(rows), scale.view(), shift.view());
  }

  @Override
  public View labels() {
    return shown == null ? null : shown.view();
  }

  @Override
  public void close() {
    memory.close();
  }
}
