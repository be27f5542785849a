package dev.sild.theory.features;

import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;
import dev.sild.theory.ExactDenoiser;

/** D(z; σ) of a {@link ProductLaw}, exact: coordinate by coordinate that of its line. */
final class ProductDenoiser implements Denoiser, AutoCloseable {
  private final ExactDenoiser line;

  ProductDenoiser(Device device, ProductLaw law) {
    line = new ExactDenoiser(device, law.line(), Pairs.BATCH * law.dimension());
  }

  @Override
  public void denoise(Stream stream, View denoised, View z, double sigma) {
    long all = z.elements();
    line.denoise(stream, denoised.reshape(all, 1), z.reshape(all, 1), sigma);
  }

  @Override
  public void close() {
    line.close();
  }
}
