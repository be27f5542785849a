package dev.sild.sild;

import dev.sild.UserException;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.diffusion.Denoiser;
import dev.sild.diffusion.Guided;
import dev.sild.diffusion.Inpainted;
import dev.sild.diffusion.LatentNetwork;

/**
 * The denoiser of a condition, and the memory that it takes; of a model with labels that is asked
 * for nothing, the denoiser of all classes, each sample having one.
 */
final class Conditioning implements AutoCloseable {
  private final MemoryPlan memory = new MemoryPlan("condition");
  private final Condition condition;
  private final SampleSpace latents;
  private final boolean mixed;
  private final Slot label;
  private final Slot other;
  private final Slot known;
  private final Slot free;
  private final Slot all;
  private final Slot sigma;
  private final Slot step;

  /**
   * @param latents what a latent is
   * @param rows most in a call
   */
  Conditioning(Device device, Condition condition, SampleSpace latents, int rows) {
    this.condition = condition;
    this.latents = latents;
    mixed = condition.isNone();
    int z = latents.dimension();
    int classes = latents.classes().size();
    if (condition.label() >= classes)
      throw new UserException("label %d of %d".formatted(condition.label(), classes));
    boolean labelled = mixed || condition.label() >= 0;
    boolean inpaints = condition.known() != null;
    label = labelled ? memory.add("label", mixed ? rows : 1, classes) : null;
    other = labelled ? memory.add("unlabelled", rows, z) : null;
    known = inpaints ? memory.add("known", z) : null;
    free = inpaints ? memory.add("free", z) : null;
    all = inpaints ? memory.add("denoised", rows, z) : null;
    sigma = inpaints ? memory.add("sigma", rows) : null;
    step = inpaints ? memory.add("step", DType.U8, Step.BYTES) : null;
    memory.allocate(device);
    if (labelled && !mixed) label.view().write(Labels.row(classes, condition.label()));
    if (inpaints) step.view().clear();
  }

  /**
   * Says what is known.
   *
   * @param z (Z) standardised latent of the known image
   * @param drawn (Z): 1 where a number is drawn, 0 where it is known
   */
  Conditioning knowing(float[] z, float[] drawn) {
    float[] kept = new float[z.length];
    for (int i = 0; i < z.length; i++) kept[i] = drawn[i] == 0 ? z[i] : 0;
    known.view().write(kept);
    free.view().write(drawn);
    return this;
  }

  /**
   * Labels of samples {@code firstSample …}, where all classes are drawn.
   *
   * @param noise of the labels
   */
  void prepare(Noise noise, long firstSample, int rows) {
    if (mixed)
      label.view().first(rows).write(Labels.drawn(latents.shares(), noise, firstSample, rows));
  }

  /** D under the condition. */
  Denoiser denoiser(LatentNetwork network) {
    Denoiser drawn =
        label == null
            ? network
            : new Guided(network, label.view(), condition.guidance(), other.view());
    if (known == null) return drawn;
    View room = all.view();
    return new Inpainted(drawn, known.view(), free.view(), room, sigma.view(), step.view());
  }

  @Override
  public void close() {
    memory.close();
  }
}
