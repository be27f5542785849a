package dev.sild.diffusion;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Philox;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.network.Weights;
import java.util.Arrays;
import java.util.function.Function;

/**
 * The trace of the Jacobian of a latent denoiser D(x; σ) = c_skip x + c_out F(c_in x; σ). One
 * backward pass of F down to its input gives vᵀ ∂F/∂x for one v; tr ∂F/∂x is the sum of vᵀ ∂F/∂x v
 * over the unit vectors, or its mean over v of independent random signs (Hutchinson 1990). Owns its
 * memory and its copy of the weights; used by one thread at a time.
 */
public final class NetworkTrace implements AutoCloseable {
  private final Parameters parameters = new Parameters();
  private final MemoryPlan memory = new MemoryPlan("trace");
  private final LatentNetwork network;
  private final int dimension;
  private final Slot input;
  private final Slot direction;
  private final Slot level;
  private final Stream stream;

  /**
   * @param network builds the denoiser, which wants the gradient of its input
   * @param weights hold the denoiser's, by name
   * @param dimension d, columns of x
   * @param batch most rows of a call
   */
  public NetworkTrace(
      Device device,
      Function<Blueprint, LatentNetwork> network,
      Weights weights,
      int dimension,
      int batch) {
    Blueprint blueprint = new Blueprint(parameters, memory, batch, true);
    this.network = network.apply(blueprint);
    this.dimension = dimension;
    input = blueprint.rows("cin_x", dimension);
    direction = blueprint.rows("v", dimension);
    level = blueprint.rows("sigma", 1);
    parameters.allocate(device, false);
    parameters.allocate(device, Parameters.Kind.GRADIENT);
    memory.allocate(device);
    weights.copyTo(parameters, Parameters.Kind.VALUE);
    stream = device.openStream();
  }

  /** The exact trace of so many rows: d backward passes an evaluation. */
  public TracedDenoiser exact(int rows) {
    float[][] units = new float[dimension][rows * dimension];
    for (int j = 0; j < dimension; j++)
      for (int i = 0; i < rows; i++) units[j][i * dimension + j] = 1;
    return (denoised, trace, x, sigma) -> denoise(denoised, trace, x, sigma, units, 1);
  }

  /**
   * An unbiased estimate for samples {@code firstSample …}: the mean over signs that are functions
   * of the noise's key and the sample alone, the same at every level.
   *
   * @param probes backward passes an evaluation
   */
  public TracedDenoiser estimated(int rows, int probes, Noise noise, long firstSample) {
    float[][] signs = new float[probes][rows * dimension];
    double[] uniforms = new double[dimension];
    for (int p = 0; p < probes; p++)
      for (int i = 0; i < rows; i++) {
        Philox.uniforms(uniforms, noise.seed(), noise.purpose(), firstSample + i, p);
        for (int j = 0; j < dimension; j++)
          signs[p][i * dimension + j] = uniforms[j] < 0.5 ? -1 : 1;
      }
    return (denoised, trace, x, sigma) -> denoise(denoised, trace, x, sigma, signs, 1.0 / probes);
  }

  private void denoise(
      double[] denoised,
      double[] trace,
      double[] x,
      double sigma,
      float[][] directions,
      double weight) {
    Precondition c = Precondition.of(sigma, LatentNetwork.SIGMA_DATA);
    int rows = trace.length;
    float[] scaled = new float[x.length];
    for (int i = 0; i < x.length; i++) scaled[i] = (float) (c.cIn() * x[i]);
    input.view().first(rows).write(scaled);
    stream.fill(level.view().first(rows), sigma);
    float[] f =
        network.forward(stream, input.view().first(rows), level.view().first(rows), null).floats();
    for (int i = 0; i < x.length; i++) denoised[i] = c.cSkip() * x[i] + c.cOut() * f[i];
    Arrays.fill(trace, dimension * c.cSkip());
    View v = direction.view().first(rows);
    for (float[] some : directions) {
      v.write(some); // each time: a backward pass may overwrite it
      float[] pulled = network.backward(stream, v).floats();
      for (int i = 0; i < x.length; i++)
        trace[i / dimension] += weight * c.cOut() * c.cIn() * some[i] * pulled[i];
    }
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    parameters.close();
  }
}
