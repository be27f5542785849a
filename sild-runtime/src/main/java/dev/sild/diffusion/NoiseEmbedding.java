package dev.sild.diffusion;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Linear;

/**
 * What the blocks of a denoiser hear of σ and of the label: e = SiLU(W ψ(¼ ln σ) + b + V label).
 */
final class NoiseEmbedding {
  private final Linear noise;
  private final Linear label; // or null
  private final Slot fourier;
  private final Slot gradient;
  private boolean labelled;
  private boolean added;

  /**
   * @param columns of the embedding, even
   * @param classes of labels, 0 for a denoiser that sees none
   */
  NoiseEmbedding(Blueprint blueprint, String name, int columns, int classes) {
    fourier = blueprint.rows(name + ".fourier", columns);
    noise =
        new Linear(
            blueprint, name + ".embedding", columns, columns, Activation.SILU, Math.sqrt(2), false);
    label =
        classes == 0
            ? null
            : new Linear(
                blueprint,
                name + ".label",
                classes,
                columns,
                Activation.IDENTITY,
                Math.sqrt(classes), // a label alone is a one: as large as the rest
                false);
    gradient = blueprint.rowsForTraining(name + ".dembedding", columns);
  }

  /** e, with as many rows as σ has. */
  View forward(Stream stream, View sigma, View labels) {
    labelled = label != null && labels != null;
    View features = fourier.view().first(sigma.elements());
    stream.timeEmbedding(features, sigma);
    View shift = labelled ? label.forward(stream, labels) : null;
    added = false;
    return noise.forward(stream, features, shift, null);
  }

  /** Where a block writes, or adds, its part of the gradient of e. */
  View gradient(long rows) {
    return gradient.view().first(rows);
  }

  /** Whether a block has written its part already. */
  boolean add() {
    boolean before = added;
    added = true;
    return before;
  }

  /** Gradients of the parameters, once all blocks have added theirs. */
  void backward(Stream stream, long rows) {
    View de = gradient(rows);
    noise.backward(stream, de); // leaves the gradient of what is inside the SiLU
    if (labelled) label.backward(stream, de);
  }
}
