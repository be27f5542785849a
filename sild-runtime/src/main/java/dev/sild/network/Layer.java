package dev.sild.network;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/**
 * A differentiable map of rows. A layer keeps what its backward pass needs from the last forward
 * pass, so it is used by one thread at a time.
 */
public interface Layer {

  /**
   * y (B, outputs) of x (B, inputs), B at most the blueprint's batch. The view is the layer's own.
   */
  View forward(Stream stream, View x);

  /**
   * Writes the gradients of the parameters and returns dx for the last forward pass, or null where
   * the blueprint of the layer leaves it out. May overwrite dy, and may return it.
   */
  View backward(Stream stream, View dy);
}
