package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;

/**
 * A residual block of convolutions: y = s(x) + c₂(φ(n₂(c₁(φ(n₁(x)))))), n group norms, φ SiLU, c 3
 * × 3 convolutions, of which c₂ starts small; s is the identity, or 1 × 1 where the channels
 * change. An embedding of σ modulates n₂ (Dhariwal and Nichol 2021).
 */
public final class ConvBlock implements Layer {
  private final GroupNorm first;
  private final Conv inner;
  private final GroupNorm second;
  private final Conv outer;
  private final Conv skip; // or null
  private final Linear modulation; // or null: a block that does not see σ
  private final Slot dModulation;
  private boolean modulated;

  /**
   * @param outputs channels of y
   * @param embedding columns of the embedding that modulates this block, 0 for none
   */
  public ConvBlock(Blueprint blueprint, String name, ImageShape in, int outputs, int embedding) {
    ImageShape out = new ImageShape(outputs, in.height(), in.width());
    first = new GroupNorm(blueprint, name + ".norm", in, Activation.SILU);
    inner = new Conv(blueprint, name + ".inner", in, outputs, 3, 1, true);
    second = new GroupNorm(blueprint, name + ".inner_norm", out, Activation.SILU);
    outer = new Conv(blueprint, name + ".outer", out, outputs, 3, 0.1, true);
    skip =
        in.channels() == outputs
            ? null
            : new Conv(blueprint, name + ".skip", in, outputs, 1, 1, true);
    modulation =
        embedding == 0
            ? null
            : new Linear(
                blueprint,
                name + ".modulation",
                embedding,
                2 * outputs,
                Activation.IDENTITY,
                0.1,
                false);
    dModulation =
        embedding == 0 ? null : blueprint.rowsForTraining(name + ".dmodulation", 2L * outputs);
  }

  @Override
  public View forward(Stream stream, View x) {
    return forward(stream, x, null);
  }

  /** Forward with an embedding of (B, embedding), or (1, embedding) for all rows; or null. */
  public View forward(Stream stream, View x, View embedding) {
    modulated = embedding != null;
    View shift = modulated ? modulation.forward(stream, embedding) : null;
    View hidden = inner.forward(stream, first.forward(stream, x));
    View residual = skip == null ? x : skip.forward(stream, x);
    return outer.forward(stream, second.forward(stream, hidden, shift), residual);
  }

  @Override
  public View backward(Stream stream, View dy) {
    return backward(stream, dy, null, false);
  }

  /** Backward that also writes, or adds, the gradient of the embedding (B, embedding). */
  public View backward(Stream stream, View dy, View dEmbedding, boolean add) {
    View d = outer.backward(stream, dy);
    View dShift = modulated ? dModulation.view().first(dy.rows()) : null;
    second.backward(stream, d, d, dShift, false);
    if (modulated) modulation.backward(stream, dShift, dEmbedding, add);
    View dNormed = inner.backward(stream, d);
    View dx = skip == null ? dy : skip.backward(stream, dy);
    first.backward(stream, dNormed, dx, null, true); // beside the skip's
    return dx;
  }
}
