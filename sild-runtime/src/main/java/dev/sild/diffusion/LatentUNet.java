package dev.sild.diffusion;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.network.Blueprint;
import dev.sild.network.Conv;
import dev.sild.network.ConvBlock;
import dev.sild.network.GroupNorm;
import dev.sild.network.Resample;
import dev.sild.network.SelfAttention;
import java.util.ArrayList;
import java.util.List;

/**
 * A U-Net (Ronneberger et al. 2015) over latents that are images: on the way down residual blocks
 * at each resolution, self-attention at the coarsest, the same blocks on the way up. What leaves a
 * resolution on the way down is added where the way up comes back to it (Chaurasia and Culurciello
 * 2017). A level has half the sides of the one above it and twice its channels.
 */
public final class LatentUNet extends LatentNetwork {
  private static final Noise NONE = new Noise(0, 0);

  private final NoiseEmbedding embedding;
  private final Conv in;
  private final List<Level> levels = new ArrayList<>();
  private final SelfAttention attention; // or null
  private final GroupNorm norm;
  private final Conv out;

  /**
   * @param latent channels and sides of x
   * @param width channels at its own resolution
   * @param blocks at each resolution, on either way
   * @param depth halvings of the sides, which they must divide
   * @param heads of the self-attention, 0 for none
   * @param columns of the noise embedding, even
   * @param classes of labels, 0 for a denoiser that sees none
   * @param wantsInputGradient whether {@link #backward} returns dx
   */
  public LatentUNet(
      Blueprint blueprint,
      String name,
      ImageShape latent,
      int width,
      int blocks,
      int depth,
      int heads,
      int columns,
      int classes,
      boolean wantsInputGradient) {
    super(blueprint, name, latent.size());
    embedding = new NoiseEmbedding(blueprint, name, columns, classes);
    in = new Conv(blueprint, name + ".in", latent, width, 3, 1, wantsInputGradient);
    ImageShape top = new ImageShape(width, latent.height(), latent.width());
    ImageShape at = top;
    for (int level = 0; level <= depth; level++) {
      ImageShape next =
          level == depth
              ? null
              : new ImageShape(2 * at.channels(), at.height() / 2, at.width() / 2);
      levels.add(new Level(blueprint, name + "." + level, at, next, blocks, columns));
      if (next != null) at = next;
    }
    attention = heads == 0 ? null : new SelfAttention(blueprint, name + ".attention", at, heads);
    norm = new GroupNorm(blueprint, name + ".norm", top, Activation.SILU);
    out = new Conv(blueprint, name + ".out", top, latent.channels(), 3, 0, true);
  }

  /** One resolution, with the ways to and from the one below it. */
  private static final class Level {
    private final List<ConvBlock> down = new ArrayList<>();
    private final List<ConvBlock> up = new ArrayList<>();
    private final Resample halve; // to the level below; null at the lowest, as all that follows
    private final ConvBlock widen; // first of that level's own width
    private final ConvBlock narrow;
    private final Resample twice;
    private final Slot joined;
    private final Slot split;
    private View left;

    Level(
        Blueprint blueprint,
        String name,
        ImageShape at,
        ImageShape below,
        int blocks,
        int columns) {
      for (int i = 0; i < blocks; i++) {
        down.add(new ConvBlock(blueprint, name + ".down." + i, at, at.channels(), columns));
        up.add(new ConvBlock(blueprint, name + ".up." + i, at, at.channels(), columns));
      }
      boolean lowest = below == null;
      ImageShape half = new ImageShape(at.channels(), at.height() / 2, at.width() / 2);
      halve = lowest ? null : new Resample(blueprint, name + ".halve", at, Resampling.DOWN);
      widen =
          lowest
              ? null
              : new ConvBlock(blueprint, name + ".widen", half, below.channels(), columns);
      narrow =
          lowest ? null : new ConvBlock(blueprint, name + ".narrow", below, at.channels(), columns);
      twice = lowest ? null : new Resample(blueprint, name + ".twice", half, Resampling.UP);
      joined = lowest ? null : blueprint.rows(name + ".joined", at.size());
      split = lowest ? null : blueprint.rowsForTraining(name + ".split", at.size());
    }

    /** Down to the entry of the level below. */
    View down(Stream stream, View x, View e) {
      View h = x;
      for (ConvBlock block : down) h = block.forward(stream, h, e);
      left = h;
      return halve == null ? h : widen.forward(stream, halve.forward(stream, h), e);
    }

    /** Up from the exit of the level below. */
    View up(Stream stream, View x, View e) {
      View h = x;
      if (halve != null) {
        View raised = twice.forward(stream, narrow.forward(stream, x, e));
        h = joined.view().first(x.rows());
        stream.samplerStep(h, raised, 1, left, 1, null, 0, 0, NONE, null, 0);
      }
      for (ConvBlock block : up) h = block.forward(stream, h, e);
      return h;
    }

    View backwardUp(Stream stream, View dy, NoiseEmbedding e) {
      View dh = dy;
      for (ConvBlock block : up.reversed()) dh = backward(stream, block, dh, e);
      if (halve == null) return dh;
      View kept = split.view().first(dh.rows());
      stream.samplerStep(kept, dh, 1, null, 0, null, 0, 0, NONE, null, 0);
      return backward(stream, narrow, twice.backward(stream, dh), e);
    }

    View backwardDown(Stream stream, View dy, NoiseEmbedding e) {
      View dh = dy;
      if (halve != null) {
        dh = halve.backward(stream, backward(stream, widen, dy, e));
        View kept = split.view().first(dh.rows());
        stream.samplerStep(dh, dh, 1, kept, 1, null, 0, 0, NONE, null, 0);
      }
      for (ConvBlock block : down.reversed()) dh = backward(stream, block, dh, e);
      return dh;
    }

    private static View backward(Stream stream, ConvBlock block, View dy, NoiseEmbedding e) {
      return block.backward(stream, dy, e.gradient(dy.rows()), e.add());
    }
  }

  @Override
  public View forward(Stream stream, View x, View sigma, View label) {
    View e = embedding.forward(stream, sigma, label);
    View h = in.forward(stream, x);
    for (Level level : levels) h = level.down(stream, h, e);
    if (attention != null) h = attention.forward(stream, h);
    for (Level level : levels.reversed()) h = level.up(stream, h, e);
    return out.forward(stream, norm.forward(stream, h));
  }

  @Override
  public View backward(Stream stream, View dF) {
    View dh = norm.backward(stream, out.backward(stream, dF));
    for (Level level : levels) dh = level.backwardUp(stream, dh, embedding);
    if (attention != null) dh = attention.backward(stream, dh);
    for (Level level : levels.reversed()) dh = level.backwardDown(stream, dh, embedding);
    embedding.backward(stream, dF.rows());
    return in.backward(stream, dh);
  }
}
