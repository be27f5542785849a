package dev.sild.diffusion;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Linear;
import dev.sild.network.Norm;
import dev.sild.network.ResidualBlock;
import java.util.ArrayList;
import java.util.List;

/**
 * F(c_in x; c_noise) of the latent denoiser: a residual perceptron whose blocks are shifted by an
 * embedding of σ. With {@link Precondition} around it, it is D(x; σ).
 */
public final class LatentNetwork implements Denoiser {
  /** σ_data of standardised latents. */
  public static final double SIGMA_DATA = 1;

  private static final Noise NONE = new Noise(0, 0);

  private final Linear embedder;
  private final Linear in;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Norm norm;
  private final Linear out;
  private final Slot fourier;
  private final Slot dEmbedding;
  private final Slot scaled;
  private final Slot level;
  private View embedding;

  /**
   * @param latent columns of x
   * @param width columns of the blocks
   * @param embedding columns of the noise embedding, even
   */
  public LatentNetwork(
      Blueprint blueprint, String name, int latent, int width, int blockCount, int embedding) {
    fourier = blueprint.rows(name + ".fourier", embedding);
    embedder =
        new Linear(
            blueprint,
            name + ".embedding",
            embedding,
            embedding,
            Activation.SILU,
            Math.sqrt(2),
            false);
    in = new Linear(blueprint, name + ".in", latent, width, Activation.IDENTITY, 1, false);
    for (int i = 0; i < blockCount; i++)
      blocks.add(new ResidualBlock(blueprint, name + "." + i, width, width, embedding));
    norm = new Norm(blueprint, name + ".norm", width);
    out = new Linear(blueprint, name + ".out", width, latent, Activation.IDENTITY, 0, true);
    dEmbedding = blueprint.rowsForTraining(name + ".dembedding", embedding);
    scaled = blueprint.training() ? null : blueprint.rows(name + ".cin_x", latent);
    level = blueprint.training() ? null : blueprint.activations().add(name + ".sigma", 1);
  }

  /**
   * F for rows that are already multiplied by c_in.
   *
   * @param x (B, latent)
   * @param sigma (B), or (1) for all rows
   */
  public View forward(Stream stream, View x, View sigma) {
    View features = fourier.view().first(sigma.elements());
    stream.timeEmbedding(features, sigma);
    embedding = embedder.forward(stream, features);
    View h = in.forward(stream, x);
    for (ResidualBlock block : blocks) h = block.forward(stream, h, embedding);
    return out.forward(stream, norm.forward(stream, h));
  }

  /** Gradients of all parameters for the last forward pass. */
  public void backward(Stream stream, View dF) {
    View dh = norm.backward(stream, out.backward(stream, dF));
    View de = dEmbedding.view().first(embedding.rows());
    boolean add = false;
    for (ResidualBlock block : blocks.reversed()) {
      dh = block.backward(stream, dh, de, add);
      add = true; // every block is shifted by the same embedding
    }
    in.backward(stream, dh);
    embedder.backward(stream, de);
  }

  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    Precondition c = Precondition.of(sigma, SIGMA_DATA);
    View input = scaled.view().first(x.rows());
    stream.samplerStep(input, x, c.cIn(), null, 0, null, 0, 0, NONE, null, 0);
    stream.fill(level.view(), sigma);
    View f = forward(stream, input, level.view());
    stream.samplerStep(denoised, x, c.cSkip(), f, c.cOut(), null, 0, 0, NONE, null, 0);
  }
}
