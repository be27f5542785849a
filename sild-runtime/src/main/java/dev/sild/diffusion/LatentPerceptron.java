package dev.sild.diffusion;

import dev.sild.bindings.Activation;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Linear;
import dev.sild.network.Norm;
import dev.sild.network.ResidualBlock;
import java.util.ArrayList;
import java.util.List;

/** A residual perceptron whose blocks are shifted by an embedding of σ. */
public final class LatentPerceptron extends LatentNetwork {
  private final int latent;
  private final int width;
  private final boolean labelled;
  private final NoiseEmbedding embedding;
  private final Linear in;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Norm norm;
  private final Linear out;

  /**
   * @param latent columns of x
   * @param width columns of the blocks
   * @param columns of the noise embedding, even
   * @param classes of labels, 0 for a denoiser that sees none
   * @param wantsInputGradient whether {@link #backward} returns dx
   */
  public LatentPerceptron(
      Blueprint blueprint,
      String name,
      int latent,
      int width,
      int blockCount,
      int columns,
      int classes,
      boolean wantsInputGradient) {
    super(blueprint, name, latent);
    this.latent = latent;
    this.width = width;
    labelled = classes > 0;
    embedding = new NoiseEmbedding(blueprint, name, columns, classes);
    in =
        new Linear(
            blueprint, name + ".in", latent, width, Activation.IDENTITY, 1, wantsInputGradient);
    for (int i = 0; i < blockCount; i++)
      blocks.add(new ResidualBlock(blueprint, name + "." + i, width, width, columns));
    norm = new Norm(blueprint, name + ".norm", width);
    out = new Linear(blueprint, name + ".out", width, latent, Activation.IDENTITY, 0, true);
  }

  @Override
  public View forward(Stream stream, View x, View sigma, View label) {
    View e = embedding.forward(stream, sigma, label);
    View h = in.forward(stream, x);
    for (ResidualBlock block : blocks) h = block.forward(stream, h, e);
    return out.forward(stream, norm.forward(stream, h));
  }

  /**
   * The same network for {@link Stream#mlpSampler}, or null if its sizes do not fit that, or it
   * sees labels.
   */
  public MlpShape shape() {
    return !labelled && MlpShape.fits(latent, width, blocks.size())
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
    View embedded = embedding.forward(stream, sigma, null);
    int levels = Math.toIntExact(sigma.elements());
    float[] all = new float[levels * blocks.size() * width];
    for (int l = 0; l < blocks.size(); l++) {
      float[] block = blocks.get(l).modulation(stream, embedded).floats();
      for (int e = 0; e < levels; e++)
        System.arraycopy(block, e * width, all, (e * blocks.size() + l) * width, width);
    }
    return all;
  }

  @Override
  public View backward(Stream stream, View dF) {
    View dh = norm.backward(stream, out.backward(stream, dF));
    View de = embedding.gradient(dF.rows());
    for (ResidualBlock block : blocks.reversed())
      dh = block.backward(stream, dh, de, embedding.add());
    embedding.backward(stream, dF.rows());
    return in.backward(stream, dh);
  }
}
