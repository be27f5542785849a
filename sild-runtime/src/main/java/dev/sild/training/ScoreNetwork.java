package dev.sild.training;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.network.Layer;

/** F(x; σ) with a written backward pass: what denoising score matching trains. */
interface ScoreNetwork {
  /**
   * F.
   *
   * @param label (B, classes), or null
   */
  View forward(Stream stream, View x, View sigma, View label);

  void backward(Stream stream, View dF);

  /** A network that does not see σ. */
  static ScoreNetwork blind(Layer layer) {
    return new ScoreNetwork() {
      @Override
      public View forward(Stream stream, View x, View sigma, View label) {
        return layer.forward(stream, x);
      }

      @Override
      public void backward(Stream stream, View dF) {
        layer.backward(stream, dF);
      }
    };
  }

  static ScoreNetwork of(LatentNetwork network) {
    return new ScoreNetwork() {
      @Override
      public View forward(Stream stream, View x, View sigma, View label) {
        return network.forward(stream, x, sigma, label);
      }

      @Override
      public void backward(Stream stream, View dF) {
        network.backward(stream, dF);
      }
    };
  }
}
