package dev.sild.evaluation;

/** The complementary error function in double, which the JDK lacks. */
final class Erfc {
  private static final double SERIES_UP_TO = 2.5;

  private Erfc() {}

  /** erfc(x) = 2/√π ∫_x^∞ e^{−t²} dt, relative error below 10⁻¹² wherever it does not underflow. */
  static double of(double x) {
    if (Double.isNaN(x)) return x;
    if (x < 0) return 2 - of(-x);
    return x < SERIES_UP_TO ? 1 - series(x) : fraction(x);
  }

  /** erf(x) = 2/√π e^{−x²} Σ 2ⁿ x^{2n+1}/(2n+1)!! (DLMF 7.6.2): every term is positive. */
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; term > 1e-18 * sum; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /** e^{−x²}/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))) (DLMF 7.9.1), from the far end. */
  private static double fraction(double x) {
    double tail = x;
    for (int n = 80; n > 0; n--) tail = x + 0.5 * n / tail;
    return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
  }
}
