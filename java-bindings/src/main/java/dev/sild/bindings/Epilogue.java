package dev.sild.bindings;

/**
 * What happens to the product of a linear layer before it is stored: y = residual + gain ∘ φ(x wᵀ +
 * bias + modulation). Any of the views may be null.
 *
 * @param bias (N)
 * @param modulation (B, N), or (1, N) for all rows
 * @param gain (N)
 * @param residual (B, N), not y itself
 */
public record Epilogue(
    View bias, View modulation, View gain, View residual, Activation activation) {

  /** y = φ(x wᵀ + bias). */
  public static Epilogue of(View bias, Activation activation) {
    return new Epilogue(bias, null, null, null, activation);
  }
}
