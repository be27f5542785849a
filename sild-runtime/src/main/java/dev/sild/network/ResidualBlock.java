package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.List;

/**
 * y = x + W₂ SiLU(W₁ norm(x) + b₁ + modulation) + b₂. W₂ starts small, so that a deep stack starts
 * as the identity.
 */
public final class ResidualBlock implements Layer {
  private final Norm norm;
  private final Linear inner;
  private final Linear outer;
  private final Linear modulation; // or null: a block that does not see σ
  private boolean modulated;

  /**
   * @param width columns of x and y
   * @param hidden columns in between
   * @param embedding columns of the embedding that modulates this block, 0 for none
   */
  public ResidualBlock(Blueprint blueprint, String name, int width, int hidden, int embedding) {
    norm = new Norm(blueprint, name + ".norm", width);
    inner = new Linear(blueprint, name + ".inner", width, hidden, Activation.SILU, 1, true);
    outer = new Linear(blueprint, name + ".outer", hidden, width, Activation.IDENTITY, 0.1, true);
    modulation =
        embedding == 0
            ? null
            : new Linear(
                blueprint, name + ".modulation", embedding, hidden, Activation.IDENTITY, 1, false);
  }

  /** W₁ with the norm before it, and W₂. */
  public List<MlpWeights.Layer> packed() {
    return List.of(inner.packed(norm), outer.packed(null));
  }

  /** What an embedding (B, embedding) adds before the SiLU: (B, hidden). */
  public View modulation(Stream stream, View embedding) {
    return modulation.forward(stream, embedding);
  }

  @Override
  public View forward(Stream stream, View x) {
    return forward(stream, x, null);
  }

  /** Forward with an embedding of (B, embedding), or (1, embedding) for all rows. */
  public View forward(Stream stream, View x, View embedding) {
    modulated = embedding != null;
    View shift = modulated ? modulation(stream, embedding) : null;
    View hidden = inner.forward(stream, norm.forward(stream, x), shift, null);
    return outer.forward(stream, hidden, null, x);
  }

  /** In place: dx is dy. */
  @Override
  public View backward(Stream stream, View dy) {
    return backward(stream, dy, null, false);
  }

  /** Backward that also writes, or adds, the gradient of the embedding. */
  public View backward(Stream stream, View dy, View dEmbedding, boolean add) {
    View dHidden = outer.backward(stream, dy);
    View dNormed = inner.backward(stream, dHidden); // dHidden is then the modulation's gradient
    if (modulated) modulation.backward(stream, dHidden, dEmbedding, add);
    norm.backward(stream, dNormed, dy, true); // beside the identity's
    return dy;
  }
}
