package dev.sild.training;

/**
 * A loss or a gradient left the finite numbers. The message names step, stage and first bad tensor.
 */
public class NotFiniteException extends RuntimeException {
  public NotFiniteException(String message) {
    super(message);
  }
}
