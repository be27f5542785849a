package dev.sild.theory;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;
import java.util.Arrays;

/** D(x; σ) of a {@link Target} on a device. Owns its memory. */
public final class ExactDenoiser implements Denoiser, AutoCloseable {
  private final MemoryPlan memory = new MemoryPlan("exact denoiser");
  private final View centres;
  private final View logWeights;
  private final View variances; // null for a discrete law
  private final View sigmas;

  /**
   * @param batch most rows of a call
   */
  public ExactDenoiser(Device device, Target target, int batch) {
    int m = target.components();
    Slot rows = memory.add("centres", m, target.dimension());
    Slot weights = memory.add("log weights", m);
    Slot widths = target.variance() > 0 ? memory.add("variances", m) : null;
    Slot levels = memory.add("sigma", batch);
    memory.allocate(device);
    centres = rows.view();
    centres.write(target.centres());
    float[] logs = new float[m];
    for (int c = 0; c < m; c++) logs[c] = (float) Math.log(target.weights()[c]);
    logWeights = weights.view();
    logWeights.write(logs);
    variances = widths == null ? null : widths.view();
    if (variances != null) {
      float[] equal = new float[m];
      Arrays.fill(equal, (float) target.variance());
      variances.write(equal);
    }
    sigmas = levels.view();
  }

  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    denoise(stream, denoised, null, x, sigma);
  }

  /**
   * The same, and ln p_σ(x).
   *
   * @param logDensity (B) or null
   */
  public void denoise(Stream stream, View denoised, View logDensity, View x, double sigma) {
    View levels = sigmas.first(x.rows());
    stream.fill(levels, sigma);
    stream.mixtureDenoiser(denoised, logDensity, x, centres, logWeights, variances, levels);
  }

  @Override
  public void close() {
    memory.close();
  }
}
