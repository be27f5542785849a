package dev.sild.theory.features;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.diffusion.Denoiser;

/** Noisy points at which denoisers are compared. */
final class Probe {
  private Probe() {}

  /**
   * D(x_σ; σ), (count, outputs), at samples 0 … count − 1 of a source.
   *
   * @param denoiser from (B, D) to (B, outputs)
   */
  static float[] estimates(
      Device device,
      Stream stream,
      Denoiser denoiser,
      int outputs,
      Source source,
      Noise noise,
      double sigma,
      int count) {
    float[] all = new float[Math.multiplyExact(count, outputs)];
    try (Pairs pairs = new Pairs(device, source.dimension());
        MemoryPlan memory = new MemoryPlan("estimates")) {
      Slot slot = memory.add("denoised", Pairs.BATCH, outputs);
      memory.allocate(device);
      for (int at = 0; at < count; at += Pairs.BATCH) {
        int rows = Math.min(Pairs.BATCH, count - at);
        pairs.draw(stream, source, noise, sigma, at, rows);
        View denoised = slot.view().first(rows);
        denoiser.denoise(stream, denoised, pairs.noisy(), sigma);
        stream.synchronize();
        System.arraycopy(denoised.floats(), 0, all, at * outputs, rows * outputs);
      }
    }
    return all;
  }
}
