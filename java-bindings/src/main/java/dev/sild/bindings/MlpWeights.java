package dev.sild.bindings;

import java.util.List;

/**
 * The parameters of a latent network.
 *
 * @param layers W_in, then W₁ and W₂ of each block, then W_out
 */
public record MlpWeights(MlpShape shape, List<Layer> layers) {
  public MlpWeights {
    layers = List.copyOf(layers);
    if (layers.size() != shape.layers())
      throw new IllegalArgumentException(
          "pack_mlp: %d layers for %s".formatted(layers.size(), shape));
  }

  /**
   * One linear layer, and the norm before it.
   *
   * @param weight (N, K)
   * @param bias (N)
   * @param gain (K) of the norm; null where there is none: W_in, W₂
   * @param shift (K), null with the gain
   */
  public record Layer(View weight, View bias, View gain, View shift) {}
}
