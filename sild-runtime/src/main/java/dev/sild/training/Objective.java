package dev.sild.training;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Parameters;

/** What a stage minimises. */
public interface Objective {

  /** The learned tensors, allocated for training. */
  Parameters parameters();

  /** What the host does for the batch that begins at {@code firstSample}, before its gradients. */
  void prepare(Stream stream, long firstSample, int rows);

  /**
   * Loss and gradients of the batch that was prepared; a stream may record it.
   *
   * @param step what {@link dev.sild.bindings.Step#writeTo} wrote
   */
  void gradients(Stream stream, View step, int rows);

  /** Weighted loss of each row of the last batch, (B). */
  View loss();

  /** Unweighted ‖D − x‖² of each row, (B); for a classifier 1 where it was right. */
  View error();

  /** σ of each row, (B). */
  View sigma();
}
