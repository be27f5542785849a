package dev.sild.sild;

import dev.sild.UserException;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.diffusion.LatentPerceptron;
import dev.sild.diffusion.LatentUNet;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sampling.Trajectory;

/**
 * One thread's way through a model: a stream and activations of its own over shared weights. Owns
 * both; not the weights.
 */
public final class Session implements AutoCloseable {
  private static final String DENOISER = "denoiser";

  /** Most rows in a call, and numbers in all of them together: convolutions keep many of each. */
  private static final int ROWS = 256;

  private static final int NUMBERS = 1 << 19;

  private static final int TOKEN_NUMBERS = 1 << 21; // in a layer of self-attention

  private final int rows;
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
  public Session(
      Device device, RunConfig config, SampleSpace space, Parameters weights, int batch) {
    SampleSpace latents = config.latentSpace(space);
    rows = batch;
    int latent = latents.dimension();
    memory = new MemoryPlan("inference");
    Blueprint blueprint = new Blueprint(weights, memory, batch, false);
    autoencoder = Autoencoder.of(blueprint, config, space);
    denoiser = config.method().diffuses() ? denoiser(blueprint, config, latents, false) : null;
    input = blueprint.rows("x", space.dimension());
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
      Blueprint blueprint, RunConfig config, SampleSpace latents, boolean wantsInputGradient) {
    RunConfig.Denoiser d = config.denoiser();
    int classes = d.conditional() ? latents.classes().size() : 0;
    if (d.conditional() && classes == 0)
      throw new UserException("denoiser.conditional = true: these data have no labels");
    return switch (d.kind()) {
      case PERCEPTRON ->
          new LatentPerceptron(
              blueprint,
              DENOISER,
              latents.dimension(),
              d.width(),
              d.blocks(),
              d.embedding(),
              classes,
              wantsInputGradient);
      case CONVOLUTIONAL ->
          new LatentUNet(
              blueprint,
              DENOISER,
              d.image(latents),
              d.width(),
              d.blocks(),
              d.levels(),
              d.heads(),
              d.embedding(),
              classes,
              wantsInputGradient);
    };
  }

  /** Rows at a time that a model goes through its networks with. */
  public static int rows(RunConfig config, SampleSpace space) {
    boolean convolutions =
        config.autoencoder().kind() == RunConfig.AutoencoderKind.CONVOLUTIONAL
            || config.denoiser().kind() == RunConfig.DenoiserKind.CONVOLUTIONAL;
    if (convolutions) return Math.clamp(NUMBERS / space.dimension(), 4, ROWS);
    if (!space.isMolecule()) return ROWS;
    int numbers = Math.multiplyExact(space.tokens().length(), config.autoencoder().width());
    return Math.clamp(TOKEN_NUMBERS / numbers, 4, ROWS);
  }

  /** Most rows in a call. */
  public int rows() {
    return rows;
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
