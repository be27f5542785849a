package dev.sild.theory.regimes;

/**
 * t_S, below which the reverse process has chosen a class. For two clusters at ±μ with e^{2t} large
 * the density of x_t bends at 0 along μ when 2 λ e^{−2t} = 1, λ the largest eigenvalue of the data
 * covariance (Biroli, Bonnaire, de Bortoli, Mézard 2024).
 */
public final class SpeciationTime {
  private static final int ORDER = 40;

  /**
   * P(two clones have the same class) at t_S of two clusters as d → ∞: a² = ‖μ‖²/(v + σ²) is ½
   * there. It is 0.6751; the curve goes from 1 at small t to ½.
   */
  public static final double LEVEL = sameClass(0.5);

  private SpeciationTime() {}

  /** ½ log(2λ). */
  public static double of(double lambda) {
    return 0.5 * Math.log(2 * lambda);
  }

  /**
   * λ of a {@link HiddenManifold} as d → ∞, in its own units: x is ϱ_1 h + ϱ_* ξ in second moments,
   * h = F z at variance 1 (Goldt et al. 2020), and F z has along F m the variance of a spiked
   * covariance, d‖μ̃‖² + 1 + 1/β in units of its variance (Baik, Ben Arous, Péché 2005).
   */
  public static double eigenvalue(
      Nonlinearity phi, FeatureMap map, double beta, int d, double separation) {
    Nonlinearity.Coefficients c = phi.coefficients(map.gain(beta));
    double signal = d * separation * separation;
    double bulk = map == FeatureMap.ISOMETRIC ? 1 / beta : 1 + 1 / beta;
    return c.slope() * c.slope() * (signal + bulk) + c.rest();
  }

  /**
   * ½ log[2 (ϱ_1² β d‖μ̃‖² + ϱ_*²)], ϱ of φ itself: as George, Veiga, Macris 2025 print it. Its β
   * belongs to F of variance 1/d.
   */
  public static double published(Nonlinearity phi, double beta, int d, double separation) {
    Nonlinearity.Coefficients c = phi.coefficients(1);
    return of(c.slope() * c.slope() * beta * d * separation * separation + c.rest());
  }

  /**
   * The same probability at any time: the posterior of the first of two equal clusters is 1/(1 +
   * e^{−l}) with l = 2a² + 2a g under the first, g standard normal, and two clones agree with 1 − 2
   * E p(1 − p).
   *
   * @param a2 a² = ‖μ‖²/(v + σ²)
   */
  public static double sameClass(double a2) {
    double a = Math.sqrt(a2);
    return NormalRule.of(ORDER, 3)
        .mean(g -> {
          double p = 1 / (1 + Math.exp(-2 * a2 - 2 * a * g));
          return 1 - 2 * p * (1 - p);
        });
  }
}
