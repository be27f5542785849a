package dev.sild.diffusion;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;

/**
 * F(c_in x; c_noise) of the latent denoiser, with {@link Precondition} around it D(x; σ). It may
 * see the label of a sample, as a row of zeros with a one in the label's place; a row of zeros is a
 * sample without a label.
 */
public abstract sealed class LatentNetwork implements Denoiser
    permits LatentPerceptron, LatentUNet {
  /** σ_data of standardised latents. */
  public static final double SIGMA_DATA = 1;

  private static final Noise NONE = new Noise(0, 0);

  private final Slot scaled;
  private final Slot level;

  /**
   * @param latent numbers in a row of x
   */
  LatentNetwork(Blueprint blueprint, String name, int latent) {
    scaled = blueprint.training() ? null : blueprint.rows(name + ".cin_x", latent);
    level = blueprint.training() ? null : blueprint.rows(name + ".sigma", 1);
  }

  /**
   * F for rows that are already multiplied by c_in.
   *
   * @param x (B, latent)
   * @param sigma (B), or (1) for all rows
   * @param label as many rows as sigma has, of one number a class; null for none
   */
  public abstract View forward(Stream stream, View x, View sigma, View label);

  /** Gradients of all parameters for the last forward pass; dx (B, latent) if it is wanted. */
  public abstract View backward(Stream stream, View dF);

  /** D of samples without a label. */
  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    denoise(stream, denoised, x, sigma, null);
  }

  /**
   * D of samples with labels.
   *
   * @param label (B, classes), or (1, classes) for all rows; or null
   */
  public void denoise(Stream stream, View denoised, View x, double sigma, View label) {
    Precondition c = Precondition.of(sigma, SIGMA_DATA);
    View input = scaled.view().first(x.rows());
    stream.samplerStep(input, x, c.cIn(), null, 0, null, 0, 0, NONE, null, 0);
    View levels = level.view().first(label == null ? 1 : label.rows());
    stream.fill(levels, sigma);
    View f = forward(stream, input, levels, label);
    stream.samplerStep(denoised, x, c.cSkip(), f, c.cOut(), null, 0, 0, NONE, null, 0);
  }
}
