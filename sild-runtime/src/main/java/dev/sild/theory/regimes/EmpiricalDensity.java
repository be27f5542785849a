package dev.sild.theory.regimes;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Vectors;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.util.Arrays;

/** ln p_σ of the empirical law of rows, on a device. Owns its memory. */
final class EmpiricalDensity implements AutoCloseable {
  private final int n;
  private final int d;
  private final ExactDenoiser denoiser;
  private final Stream stream;
  private final MemoryPlan memory = new MemoryPlan("density");
  private final View x;
  private final View denoised;
  private final View density;

  /**
   * @param rows (n, d)
   * @param batch rows of each call of {@link #at}
   */
  EmpiricalDensity(Device device, float[] rows, int n, int d, int batch) {
    this.n = n;
    this.d = d;
    Target law = Target.rows("rows", new Vectors(Arrays.copyOf(rows, n * d), n, d));
    denoiser = new ExactDenoiser(device, law, batch);
    stream = device.openStream();
    Slot in = memory.add("x", batch, d);
    Slot out = memory.add("denoised", batch, d);
    Slot found = memory.add("density", batch);
    memory.allocate(device);
    x = in.view();
    denoised = out.view();
    density = found.view();
  }

  /** ln p_σ(x) of each row of x, (batch, d). */
  double[] at(float[] rows, double sigma) {
    x.write(rows);
    denoiser.denoise(stream, denoised, density, x, sigma);
    stream.synchronize();
    float[] found = density.floats();
    double[] logs = new double[found.length];
    for (int i = 0; i < logs.length; i++) logs[i] = found[i];
    return logs;
  }

  /**
   * Σ_i w_i² of the softmax weights w_i ∝ exp(−‖x − x_i‖²/2σ²): with e_i these exponentials it is Σ
   * e_i²/(Σ e_i)², and e_i² are those of σ/√2.
   */
  double[] concentration(float[] rows, double sigma) {
    double[] once = at(rows, sigma);
    double[] twice = at(rows, sigma / Math.sqrt(2));
    double constant = 0.5 * d * Math.log(4 * Math.PI * sigma * sigma) + Math.log(n);
    double[] sums = new double[once.length];
    for (int i = 0; i < sums.length; i++) sums[i] = Math.exp(twice[i] - 2 * once[i] - constant);
    return sums;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    denoiser.close();
  }
}
