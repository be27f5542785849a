package dev.sild.theory.steps;

/** The product law {−1, +1}^d, uniform: m is d times that of one coordinate. */
public record Cube(int dimension) {
  private static final int POINTS = 1000;
  private static final double REACH = 10;

  /** H = d ln 2 nats. */
  public double entropy() {
    return dimension * Math.log(2);
  }

  /**
   * m(γ) = d (1 − E tanh(γ + √γ Z)), Z standard normal: Guo, Shamai and Verdú 2005, equation 14.
   * Trapezoids over a smooth bell; 1 − tanh u = 2/(1 + e^{2u}) does not cancel.
   */
  public double m(double gamma) {
    double root = Math.sqrt(gamma);
    double sum = 0;
    double total = 0;
    for (int i = 0; i <= POINTS; i++) {
      double z = REACH * (2.0 * i / POINTS - 1);
      double weight = Math.exp(-0.5 * z * z);
      sum += weight * 2 / (1 + Math.exp(2 * (gamma + root * z)));
      total += weight;
    }
    return dimension * sum / total;
  }

  /** The exact curve. */
  public DenoisingCurve curve(double sigmaMax, double sigmaMin, int knots) {
    return DenoisingCurve.exact(this::m, sigmaMax, sigmaMin, knots);
  }
}
