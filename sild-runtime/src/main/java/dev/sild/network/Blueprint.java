package dev.sild.network;

import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;

/**
 * What a network is built against.
 *
 * @param parameters where its learned tensors are declared
 * @param activations where everything else is planned
 * @param batch largest number of rows in a call
 * @param training whether backward passes follow
 */
public record Blueprint(
    Parameters parameters, MemoryPlan activations, int batch, boolean training) {

  /** An f32 activation of (batch, columns). */
  public Slot rows(String name, long columns) {
    return activations.add(name, batch, columns);
  }

  /** The same, only where a backward pass needs it; otherwise null. */
  public Slot rowsForTraining(String name, long columns) {
    return training ? rows(name, columns) : null;
  }
}
