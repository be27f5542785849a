package dev.sild.sampling;

/**
 * One evaluation of the denoiser and the update that follows it. With x the state, y where the
 * denoiser looks (the state, unless the evaluation before was a stage) and D_prev the evaluation
 * before,
 *
 * <pre>D = D(y; σ),   next = a x + b D + c D_prev + s z,   z standard normal.</pre>
 *
 * @param sigma σ
 * @param stage whether next is only where the following evaluation looks, and x stays
 */
public record Evaluation(double sigma, double a, double b, double c, double s, boolean stage) {

  /** A step: next is the new state. */
  static Evaluation step(double sigma, double a, double b, double c, double s) {
    return new Evaluation(sigma, a, b, c, s, false);
  }

  /** A stage within a step: x stays. */
  static Evaluation stage(double sigma, double a, double b) {
    return new Evaluation(sigma, a, b, 0, 0, true);
  }

  /** The last one, which replaces the state: x = D(x; σ). */
  static Evaluation last(double sigma) {
    return step(sigma, 0, 1, 0, 0);
  }
}
