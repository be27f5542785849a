package dev.sild.sild;

import dev.sild.baseline.GaussianMixture;
import dev.sild.bindings.Noise;

/** No reverse process: a Gaussian mixture draws the latents. */
final class MixtureDraws implements ReverseProcess {
  private static final int ROWS = 8192;

  private final GaussianMixture mixture;
  private final int latent;
  private final Noise noise;

  MixtureDraws(GaussianMixture mixture, int latent, Noise noise) {
    this.mixture = mixture;
    this.latent = latent;
    this.noise = noise;
  }

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public float[] sample(long firstSample, int rows) {
    float[] z = new float[rows * latent];
    mixture.sample(z, firstSample, rows, noise);
    return z;
  }

  @Override
  public void close() {}
}
