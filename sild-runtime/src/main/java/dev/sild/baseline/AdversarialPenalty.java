package dev.sild.baseline;

import dev.sild.bindings.DType;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Mlp;
import java.util.Arrays;

/**
 * An adversary of the latents (WAE-GAN, Tolstikhin et al. 2018): a perceptron learns to tell
 * latents from draws of N(0, I), and the encoder to be taken for a draw, −ln P(draw | z), as in
 * Goodfellow et al. 2014. Both learn in the same step, weighted alike.
 */
public final class AdversarialPenalty implements LatentPenalty {
  /** Name of the adversary among the learned tensors. */
  public static final String NAME = "adversary";

  private static final Noise NONE = new Noise(0, 0);
  private static final byte LATENT = 0;
  private static final byte DRAW = 1;

  private final double weight;
  private final Noise noise;
  private final Mlp adversary;
  private final int batch;
  private final Slot mixed; // latents, then draws
  private final Slot dlogits;
  private final Slot value;
  private final Slot loss;
  private final Slot correct;
  private final Slot truth;
  private final Slot pretence;
  private View z;
  private boolean labelled;

  /**
   * @param blueprint its parameters take in the adversary's
   * @param weight of the loss against the mean squared error of the coordinates
   * @param noise of the prior's draws
   */
  public AdversarialPenalty(
      Blueprint blueprint, int latent, int width, int blocks, double weight, Noise noise) {
    this.weight = weight;
    this.noise = noise;
    batch = blueprint.batch();
    MemoryPlan memory = blueprint.activations();
    Blueprint both = new Blueprint(blueprint.parameters(), memory, 2 * batch, true);
    adversary = new Mlp(both, NAME, latent, width, blocks, 2, true);
    mixed = both.rows("adversary.z", latent);
    dlogits = both.rows("adversary.dlogits", 2);
    value = memory.add("adversary.value", batch);
    loss = memory.add("adversary.loss", 2L * batch);
    correct = memory.add("adversary.correct", 2L * batch);
    truth = memory.add("adversary.truth", DType.U8, 2L * batch);
    pretence = memory.add("adversary.pretence", DType.U8, batch);
  }

  @Override
  public View latent(Stream stream, View code, View step) {
    return z = code;
  }

  /** The encoder's turn first: the adversary's gradients of its own turn are those that stay. */
  @Override
  public View backward(Stream stream, View dz, View step) {
    long rows = z.rows();
    View d = dlogits.view().first(rows);
    stream.crossEntropy(
        d, value(), correct.view().first(rows), adversary.forward(stream, z), labels(), null);
    add(stream, dz, adversary.backward(stream, d));

    View both = mixed.view().first(2 * rows);
    copy(stream, both.first(rows), z);
    stream.samplerStep(both.rows(rows, rows), null, 0, null, 0, null, 0, 1, noise, step, 0);
    View dBoth = dlogits.view().first(2 * rows);
    stream.crossEntropy(
        dBoth,
        loss.view().first(2 * rows),
        correct.view().first(2 * rows),
        adversary.forward(stream, both),
        truth.view().rows(batch - rows, 2 * rows),
        null);
    stream.samplerStep(dBoth, dBoth, weight, null, 0, null, 0, 0, NONE, null, 0);
    adversary.backward(stream, dBoth);
    return dz;
  }

  private void add(Stream stream, View dz, View more) {
    stream.samplerStep(dz, dz, 1, more, weight, null, 0, 0, NONE, null, 0);
  }

  private static void copy(Stream stream, View to, View from) {
    stream.samplerStep(to, from, 1, null, 0, null, 0, 0, NONE, null, 0);
  }

  @Override
  public View value() {
    return value.view().first(z.rows());
  }

  /** Writes the labels, which never change, before the first step is recorded. */
  private View labels() {
    if (!labelled) {
      byte[] all = new byte[2 * batch];
      Arrays.fill(all, batch, 2 * batch, DRAW);
      Arrays.fill(all, 0, batch, LATENT);
      truth.view().write(all);
      byte[] draws = new byte[batch];
      Arrays.fill(draws, DRAW);
      pretence.view().write(draws);
    }
    labelled = true;
    return pretence.view().first(z.rows());
  }
}
