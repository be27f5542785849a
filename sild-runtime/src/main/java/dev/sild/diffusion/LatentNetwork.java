package dev.sild.diffusion;

import dev.sild.bindings.Activation;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
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

  private final int latent;
  private final int width;
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
   * @param wantsInputGradient whether {@link #backward} returns dx
   */
  public LatentNetwork(
      Blueprint blueprint,
      String name,
      int latent,
      int width,
      int blockCount,
      int embedding,
      boolean wantsInputGradient) {
    this.latent = latent;
    this.width = width;
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
    in =
        new Linear(
            blueprint, name + ".in", latent, width, Activation.IDENTITY, 1, wantsInputGradient);
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
    embedding = embed(stream, sigma);
    View h = in.forward(stream, x);
    for (ResidualBlock block : blocks) h = block.forward(stream, h, embedding);
    return out.forward(stream, norm.forward(stream, h));
  }

  /** The same network for {@link Stream#mlpSampler}, or null if its sizes do not fit that. */
  public MlpShape shape() {
    return MlpShape.fits(latent, width, blocks.size())
        ? new MlpShape(latent, width, blocks.size())
        : null;
  }

  /** Its parameters, in the order of {@link #shape}'s layers. */
  public MlpWeights weights() {
    List<MlpWeights.Layer> layers = new ArrayList<>(List.of(in.packed(null)));
    for (ResidualBlock block : blocks) layers.addAll(block.packed());
    layers.add(out.packed(norm));
    return new MlpWeights(shape(), layers);
  }

  /**
   * What σ adds before the SiLU of each block: (levels, blocks, width), on the host.
   *
   * @param sigma (levels), at most the blueprint's batch
   */
  public float[] modulations(Stream stream, View sigma) {
    View embedded = embed(stream, sigma);
    int levels = Math.toIntExact(sigma.elements());
    float[] all = new float[levels * blocks.size() * width];
    for (int l = 0; l < blocks.size(); l++) {
      float[] block = blocks.get(l).modulation(stream, embedded).floats();
      for (int e = 0; e < levels; e++)
        System.arraycopy(block, e * width, all, (e * blocks.size() + l) * width, width);
    }
    return all;
  }

  private View embed(Stream stream, View sigma) {
    View features = fourier.view().first(sigma.elements());
    stream.timeEmbedding(features, sigma);
    return embedder.forward(stream, features);
  }

  /** Gradients of all parameters for the last forward pass; dx (B, latent) if it is wanted. */
  public View backward(Stream stream, View dF) {
    View dh = norm.backward(stream, out.backward(stream, dF));
    View de = dEmbedding.view().first(embedding.rows());
    boolean add = false;
    for (ResidualBlock block : blocks.reversed()) {
      dh = block.backward(stream, dh, de, add);
      add = true; // every block is shifted by the same embedding
    }
    embedder.backward(stream, de);
    return in.backward(stream, dh);
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
