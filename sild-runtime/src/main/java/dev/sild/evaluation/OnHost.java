package dev.sild.evaluation;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A map of rows on a device as one of arrays on the host, a batch at a time. Owns its memory. */
public final class OnHost implements UnaryOperator<float[]>, AutoCloseable {
  private final MemoryPlan memory;
  private final View in;
  private final UnaryOperator<View> map;
  private final int width;

  /**
   * @param width numbers in a row that goes in
   * @param batch most rows at a time
   * @param map (rows, width) to (rows, anything)
   */
  public static OnHost of(Device device, int width, int batch, UnaryOperator<View> map) {
    MemoryPlan memory = new MemoryPlan("rows");
    Slot rows = memory.add("x", batch, width);
    memory.allocate(device);
    return new OnHost(memory, rows.view(), map);
  }

  /** D(x; σ) at one σ, of rows (rows, width). */
  public static OnHost of(
      Device device, Stream stream, Denoiser denoiser, double sigma, int width, int batch) {
    MemoryPlan memory = new MemoryPlan("rows");
    Slot rows = memory.add("x", batch, width);
    Slot denoised = memory.add("denoised", batch, width);
    memory.allocate(device);
    return new OnHost(
        memory,
        rows.view(),
        x -> {
          View out = denoised.view().first(x.rows());
          denoiser.denoise(stream, out, x, sigma);
          return out;
        });
  }

  private OnHost(MemoryPlan memory, View in, UnaryOperator<View> map) {
    this.memory = memory;
    this.in = in;
    this.map = map;
    this.width = Math.toIntExact(in.elements() / in.rows());
  }

  @Override
  public float[] apply(float[] x) {
    int n = x.length / width;
    int batch = Math.toIntExact(in.rows());
    float[] all = null;
    for (int at = 0; at < n; at += batch) {
      int rows = Math.min(batch, n - at);
      View part = in.first(rows);
      part.write(Arrays.copyOfRange(x, at * width, (at + rows) * width));
      float[] y = map.apply(part).floats();
      if (all == null) all = new float[Math.multiplyExact(y.length / rows, n)];
      System.arraycopy(y, 0, all, at * (y.length / rows), y.length);
    }
    return all;
  }

  @Override
  public void close() {
    memory.close();
  }
}
