package dev.sild.sild;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sampling.Trajectory;

/**
 * One thread's way through a model: a stream and activations of its own over shared weights. Owns
 * both; not the weights.
 */
public final class Session implements AutoCloseable {
  private final Stream stream;
  private final Autoencoder autoencoder;
  private final LatentNetwork denoiser;
  private final MemoryPlan memory;
  private final Slot input;
  private final Slot code;
  private final Slot state;
  private final Slot denoised;
  private final Slot previous;
  private final Slot predicted;
  private final Slot at;

  /**
   * @param weights holds, or will hold, the values of the model's tensors
   * @param batch most rows in a call
   */
  public Session(Device device, RunConfig config, int dimension, Parameters weights, int batch) {
    int latent = config.latent(dimension);
    memory = new MemoryPlan("inference");
    Blueprint blueprint = new Blueprint(weights, memory, batch, false);
    autoencoder = Autoencoder.of(blueprint, config, dimension);
    denoiser = config.method().diffuses() ? denoiser(blueprint, config, latent, false) : null;
    input = blueprint.rows("x", dimension);
    code = blueprint.rows("z", latent);
    state = blueprint.rows("trajectory.x", latent);
    denoised = blueprint.rows("trajectory.denoised", latent);
    previous = blueprint.rows("trajectory.previous", latent);
    predicted = blueprint.rows("trajectory.predicted", latent);
    at = memory.add("trajectory.at", DType.U8, Step.BYTES);
    weights.allocate(device, false);
    memory.allocate(device);
    stream = device.openStream();
  }

  /** The latent denoiser of a configuration; its backward pass gives dx if that is wanted. */
  public static LatentNetwork denoiser(
      Blueprint blueprint, RunConfig config, int latent, boolean wantsInputGradient) {
    RunConfig.Denoiser d = config.denoiser();
    return new LatentNetwork(
        blueprint, "denoiser", latent, d.width(), d.blocks(), d.embedding(), wantsInputGradient);
  }

  public Stream stream() {
    return stream;
  }

  public Autoencoder autoencoder() {
    return autoencoder;
  }

  /** The latent denoiser; null where something else draws. */
  public LatentNetwork denoiser() {
    return denoiser;
  }

  /** Where a caller's x goes: (batch, D). */
  View input() {
    return input.view();
  }

  /** Where a caller's z goes: (batch, Z). */
  View code() {
    return code.view();
  }

  /** What a sampler works in; the noise is still to be named. */
  Trajectory trajectory() {
    return new Trajectory(
        state.view(), denoised.view(), previous.view(), predicted.view(), null, at.view());
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
  }
}
