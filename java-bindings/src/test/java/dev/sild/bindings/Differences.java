package dev.sild.bindings;

import java.util.function.DoubleSupplier;

/** Central finite differences: the witness of every written backward pass. */
final class Differences {
  private static final double H = 1e-5;

  private Differences() {}

  /**
   * The gradient is the derivative of {@code loss} by {@code variable}. The difference quotient
   * errs by H² times a third derivative and by 10⁻¹⁶ |loss| / H, both near 10⁻¹⁰; 10⁻⁷ leaves room
   * for large derivatives and is still far below any mistake in a formula.
   */
  static void confirm(String name, double[] gradient, double[] variable, DoubleSupplier loss) {
    double scale = 1;
    for (double g : gradient) scale = Math.max(scale, Math.abs(g));
    for (int i = 0; i < variable.length; i++) {
      double here = variable[i];
      variable[i] = here + H;
      double above = loss.getAsDouble();
      variable[i] = here - H;
      double below = loss.getAsDouble();
      variable[i] = here;
      double quotient = (above - below) / (2 * H);
      if (!(Math.abs(quotient - gradient[i]) <= 1e-7 * scale))
        throw new AssertionError(
            "%s[%d] is %s, but the quotient %s".formatted(name, i, gradient[i], quotient));
    }
  }

  /** Σ weights ∘ values: makes a scalar of an array. */
  static double dot(double[] weights, double[] values) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) sum += weights[i] * values[i];
    return sum;
  }
}
