package dev.sild.training;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.network.Layer;

/** F(x; σ) with a written backward pass: what denoising score matching trains. */
interface ScoreNetwork {
  View forward(Stream stream, View x, View sigma);

  void backward(Stream stream, View dF);

  /** A network that does not see σ. */
  static ScoreNetwork blind(Layer layer) {
    return new ScoreNetwork() {
      @Override
      public View forward(Stream stream, View x, View sigma) {
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
      public View forward(Stream stream, View x, View sigma) {
        return network.forward(stream, x, sigma);
      }

      @Override
      public void backward(Stream stream, View dF) {
        network.backward(stream, dF);
      }
    };
  }
}
