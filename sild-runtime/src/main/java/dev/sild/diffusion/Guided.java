package dev.sild.diffusion;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/**
 * Classifier-free guidance (Ho and Salimans 2022): D = D(x; σ) + w (D(x; σ | label) − D(x; σ)). w =
 * 1 is the law given the label, one evaluation; any other w takes two.
 *
 * @param label (batch, classes), or (1, classes) for all rows
 * @param unlabelled room for D without the label, (batch, latent)
 */
public record Guided(LatentNetwork network, View label, double w, View unlabelled)
    implements Denoiser {
  private static final Noise NONE = new Noise(0, 0);

  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    View own = label.rows() == 1 ? label : label.first(x.rows());
    network.denoise(stream, denoised, x, sigma, own);
    if (w == 1) return;
    View without = unlabelled.first(x.rows());
    network.denoise(stream, without, x, sigma);
    stream.samplerStep(denoised, denoised, w, without, 1 - w, null, 0, 0, NONE, null, 0);
  }
}
