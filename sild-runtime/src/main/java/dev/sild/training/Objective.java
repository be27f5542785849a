package dev.sild.training;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Parameters;

/** What a stage minimises. */
public interface Objective {

  /** The learned tensors, allocated for training. */
  Parameters parameters();

  /**
   * Loss and gradients of one batch.
   *
   * @param step what {@link dev.sild.bindings.Step#writeTo} wrote
   */
  void gradients(Stream stream, View step, long firstSample, int rows);

  /** Weighted loss of each row of the last batch, (B). */
  View loss();

  /** Unweighted ‖D − x‖² of each row, (B); for a classifier 1 where it was right. */
  View error();

  /** σ of each row, (B). */
  View sigma();
}
