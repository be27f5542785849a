package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;

/**
 * A residual multi-layer perceptron: linear + SiLU to the width, residual blocks, linear to the
 * outputs. It sees no noise level.
 */
public final class Mlp implements Layer {
  private final List<Layer> layers = new ArrayList<>();

  public Mlp(
      Blueprint blueprint,
      String name,
      int inputs,
      int width,
      int blocks,
      int outputs,
      boolean wantsInputGradient) {
    layers.add(
        new Linear(
            blueprint,
            name + ".in",
            inputs,
            width,
            Activation.SILU,
            Math.sqrt(2),
            wantsInputGradient));
    for (int i = 0; i < blocks; i++)
      layers.add(new ResidualBlock(blueprint, name + "." + i, width, width, 0));
    layers.add(new Linear(blueprint, name + ".out", width, outputs, Activation.IDENTITY, 1, true));
  }

  @Override
  public View forward(Stream stream, View x) {
    View y = x;
    for (Layer layer : layers) y = layer.forward(stream, y);
    return y;
  }

  @Override
  public View backward(Stream stream, View dy) {
    View dx = dy;
    for (Layer layer : layers.reversed()) dx = layer.backward(stream, dx);
    return dx;
  }
}
